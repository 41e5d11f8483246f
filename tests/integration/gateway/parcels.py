"""A file cut as the batch door takes it, and its sending through a test client."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.integration.gateway.world import World


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
