"""The gateway's batch door as the hospital uses it (docs/batches.md): every step may be repeated."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args
from urllib.parse import urlencode
from uuid import UUID

from clinics import answers
from clinics.batch.parcel import Parcel
from clinics.connection import Answer, Connection, Repeat
from clinics.errors import BatchUnknown, GatewayNonsense

PLAIN = {"Content-Type": "application/json"}
PAGE = 500
"""Receipts asked for at once."""
UNKNOWN = "request.not-found"
"""The gateway's word for a batch that is not there, or is another facility's; a proxy's 404 has none."""
State = Literal["receiving", "queued", "working", "done", "refused"]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the gateway tells of it; `missing` are ranges of chunk numbers, both ends included."""

    id: str
    state: State
    code: str | None
    missing: tuple[tuple[int, int], ...]
    records: int
    receipts: int
    said: Mapping[str, Any] = field(repr=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {"done", "refused"}

    def missing_numbers(self) -> Iterator[int]:
        """Yield the number of each chunk that has not come."""
        for first, last in self.missing:
            yield from range(first, last + 1)


class BatchDoor:
    """One gateway's batch door over a signed-in connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def announce(self, parcel: Parcel, *, generation: str | None, reason: str | None) -> Batch:
        """Return the batch of a file; one that was announced before is the same one while its receipts hold.

        Raises GatewayError: it is refused, or no answer came.
        """
        said = {
            "sha256": parcel.sha256,
            "size": parcel.size,
            "format": parcel.format,
            "file_name": parcel.file_name,
            "head": base64.b64encode(parcel.head).decode("ascii"),
            "tail": base64.b64encode(parcel.tail).decode("ascii"),
            "chunks": len(parcel.cuts),
            "records": parcel.records,
            "generation": generation,
            "reason": reason,
        }
        return _batch(self._connection.post("/batches", PLAIN, json.dumps(said).encode(), Repeat.ALWAYS))

    def put(self, batch: Batch, number: int, data: bytes, *, records: int) -> None:
        """Send a chunk. Raises GatewayError: it is refused, or no answer came."""
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
        headers = {
            "Content-Type": "application/octet-stream",
            "Repr-Digest": f"sha-256=:{digest}:",
            "Tiepdon-Records": str(records),
        }
        self._connection.put(f"/batches/{batch.id}/chunks/{number}", headers, data)

    def commit(self, batch: Batch) -> Batch:
        """Say that every chunk was sent. Raises GatewayError: it is refused, or no answer came."""
        return _batch(self._connection.post(f"/batches/{batch.id}/commit", PLAIN, b"{}", Repeat.ALWAYS))

    def status(self, batch_id: str) -> Batch:
        """Return how far a batch is. Raises GatewayError: BatchUnknown, or no answer came."""
        return _batch(self._fetch(batch_id))

    def newest(self, limit: int) -> list[Batch]:
        """Return the newest batches. Raises GatewayError: no answer came."""
        answer = answers.read_object(self._connection.fetch(f"/batches?limit={limit}").body)
        found = answer.get("batches")
        if not isinstance(found, list):
            raise GatewayNonsense("the answer holds no batches")
        return [_batch_of(one) for one in found]

    def receipts(self, batch_id: str) -> Iterator[Mapping[str, Any]]:
        """Yield the receipts that there are by now, in the order of the file.

        Raises GatewayError: BatchUnknown, or no answer came.
        """
        after: int | None = 0
        while after is not None:
            query = urlencode({"after": after, "limit": PAGE})
            page = answers.read_object(self._fetch(batch_id, f"/receipts?{query}").body)
            rows, following = page.get("receipts"), page.get("next")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise GatewayNonsense("the answer holds no receipts")
            yield from rows
            moves = isinstance(following, int) and rows and following > after
            after = following if moves else None

    def _fetch(self, batch_id: str, below: str = "") -> Answer:
        """Return what stands at a batch, or below it. Raises BatchUnknown: there is none of this id."""
        path = f"/batches/{_identifier(batch_id)}{below}"
        try:
            return self._connection.fetch(path)
        except GatewayNonsense as answer:
            if answer.code == UNKNOWN:
                raise BatchUnknown("no batch of this facility has this id") from answer
            raise


def _identifier(batch_id: str) -> str:
    """Return an id as it stands in a path. Raises BatchUnknown: it is none."""
    try:
        return str(UUID(batch_id))
    except ValueError as fault:
        raise BatchUnknown("not of the form of a batch's id") from fault


def _batch(answer: Answer) -> Batch:
    return _batch_of(answers.read_object(answer.body))


def _batch_of(said: Mapping[str, Any]) -> Batch:
    """Return a batch out of an answer. Raises GatewayNonsense: a part of it is missing."""
    try:
        counts = said["counts"]
        state = said["state"]
        if state not in get_args(State):
            raise ValueError
        return Batch(
            id=str(UUID(said["batch"])),
            state=cast("State", state),
            code=said.get("code"),
            missing=tuple((int(first), int(last)) for first, last in said.get("missing", ())),
            records=int(said["records"]),
            receipts=int(counts["receipts"]),
            said=said,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise GatewayNonsense("the answer is no batch") from fault
