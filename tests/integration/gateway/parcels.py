"""A file cut as the batch door takes it, and its sending through a test client."""

import base64
import hashlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from bhyt.national.outline import outline
from bhyt.r4.wire import write
from gateway.services.batch_work import Workshop
from gateway.services.batches import Job
from gateway.store.database import Caller
from gateway.store.tables_batches import Batch
from tests.integration.gateway.world import World
from tests.unit.bhyt.samples import envelope, inner_files

VISIT = "SYN-33999-0000001"


def digest(data: bytes) -> str:
    """The value of `Repr-Digest` (RFC 9530) for these bytes."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


@dataclass
class Parcel:
    """A file in its parts; `records` counts the record elements of each chunk."""

    chunks: list[bytes]
    head: bytes = b""
    tail: bytes = b""
    records: list[int] = field(default_factory=list)
    format: str = "ndjson"

    def __post_init__(self) -> None:
        self.records = self.records or [max(1, chunk.count(b"\n")) for chunk in self.chunks]

    @property
    def data(self) -> bytes:
        return self.head + b"".join(self.chunks) + self.tail

    def announced(self, **changes: Any) -> dict[str, Any]:
        return {
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "size": len(self.data),
            "format": self.format,
            "file_name": "thang-07.xml" if self.format == "xml" else "thang-07.ndjson",
            "head": base64.b64encode(self.head).decode(),
            "tail": base64.b64encode(self.tail).decode(),
            "chunks": len(self.chunks),
            "records": sum(self.records),
        } | changes


def create(world: World, parcel: Parcel, name: str = "desk", **changes: Any) -> TestResponse:
    return world.post(name, "/batches", parcel.announced(**changes), Content_Type="application/json")


def put(
    world: World, batch: str, number: int, data: bytes, *, name: str = "desk", records: int = 1, **said: str
) -> TestResponse:
    headers = {
        "Authorization": f"Bearer {world.token(name)}",
        "Content-Type": "application/octet-stream",
        "Repr-Digest": digest(data),
        "Tiepdon-Records": str(records),
    }
    headers |= {name.replace("_", "-"): value for name, value in said.items()}
    return world.app.test_client().put(f"/batches/{batch}/chunks/{number}", data=data, headers=headers)


def commit(world: World, batch: str, name: str = "desk") -> TestResponse:
    return world.post(name, f"/batches/{batch}/commit", b"")


def send(world: World, parcel: Parcel, name: str = "desk", **changes: Any) -> str:
    """Announce, send and commit; return the batch's id."""
    answer = create(world, parcel, name, **changes)
    assert answer.status_code in {200, 201}, answer.text
    batch: str = answer.json["batch"]
    for number, (data, records) in enumerate(zip(parcel.chunks, parcel.records, strict=True), start=1):
        answer = put(world, batch, number, data, name=name, records=records)
        assert answer.status_code in {200, 201}, answer.text
    answer = commit(world, batch, name)
    assert answer.status_code == 202, answer.text
    return batch


def claims_file(*visits: str, births: bool = False, change: tuple[str, str, str] | None = None) -> bytes:
    """A national file of claims made from the sample; `change` (table, old, new) is made in every one."""
    dossiers = []
    for number, visit in enumerate(visits, start=1):
        tables = {
            name: text.replace(VISIT, visit).replace("00001.GCS", f"{number:05d}.GCS")
            for name, text in inner_files().items()
            if births or name != "XML9"
        }
        if change:
            table, old, new = change
            assert old in tables[table]
            tables[table] = tables[table].replace(old, new)
        dossiers.append(tables)
    return envelope(*dossiers)


def cut(data: bytes, per_chunk: int = 2) -> Parcel:
    """A national file, cut between its records."""
    found = outline(BytesIO(data))
    pieces = list(found.pieces)
    groups = [pieces[start : start + per_chunk] for start in range(0, len(pieces), per_chunk)]
    return Parcel(
        chunks=[data[group[0][0] : group[-1][1]] for group in groups],
        head=data[: found.head_end],
        tail=data[found.tail_start :],
        records=[len(group) for group in groups],
        format="xml",
    )


def lines(*resources: dict[str, Any], per_chunk: int = 2) -> Parcel:
    """Resources as NDJSON."""
    said = [write(resource) + b"\n" for resource in resources]
    return Parcel([b"".join(said[start : start + per_chunk]) for start in range(0, len(said), per_chunk)])


def work_off(world: World, batch: str, *, shop: Workshop | None = None) -> dict[str, Any]:
    """Do in this process what a worker does with a committed batch; return its status."""
    job = Job(UUID(batch), *_owner(world, batch))
    shop = shop or workshop(world)
    for number in range(1, shop.check_whole(job) + 1):
        shop.store_chunk(job, number)
    shop.close(job)
    status: dict[str, Any] = world.get("insurer", f"/batches/{batch}").json
    return status


def workshop(world: World) -> Workshop:
    held = world.app.extensions["gateway"]
    return Workshop(held.database, held.receipts, held.now, training=True)


def receipts(world: World, batch: str, name: str = "desk", query: str = "") -> list[dict[str, Any]]:
    answer = world.get(name, f"/batches/{batch}/receipts{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["receipts"]
    return found


def _owner(world: World, batch: str) -> tuple[str, str]:
    with world.database.begin(Caller("insurer", "test")) as session:
        row = session.execute(select(Batch.facility, Batch.client_id).where(Batch.id == UUID(batch))).one()
        return row.facility, row.client_id


def stored(world: World, table: type[Any]) -> int:
    """How many rows of a table the insurer sees."""
    with world.database.begin(Caller("insurer", "test")) as session:
        return len(session.scalars(select(table)).all())


def results(found: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Key, result and code of each receipt."""
    return [(one["key"], one["result"], one["code"]) for one in found]
