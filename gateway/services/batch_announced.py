"""What a sender says of a file before its chunks come, and of each chunk, held to the limits of the door."""

import hashlib
from dataclasses import dataclass
from typing import Literal, Self

from gateway.errors import RequestRefused
from gateway.services.batch_national import frame_of
from gateway.services.batch_rounds import first_fingerprint
from gateway.services.versions import Correction
from gateway.store.bodies import pack

MAX_FILE_BYTES = 4 * 1024**3
"""The largest file."""
MAX_EDGE_BYTES = 1024 * 1024
"""The most that may stand before the first record of a file, and behind the last one."""
MAX_CHUNK_BYTES = 8 * 1024 * 1024
"""The largest chunk; a record that is longer cannot travel."""
MAX_CHUNK_RECORDS = 200
"""Record elements in one chunk: what one transaction stores."""
MAX_CHUNKS = 100_000
"""Chunks of one file."""
Format = Literal["xml", "ndjson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A file as its sender announces it, before any chunk."""

    sha256: str
    size: int
    format: Format
    file_name: str
    head: bytes
    tail: bytes
    chunks: int
    records: int
    generation: str | None = None
    reason: str | None = None

    @property
    def fingerprint(self) -> str:
        """Which sending this is."""
        return first_fingerprint(self.sha256, self.format, self.generation, self.reason)


@dataclass(frozen=True, slots=True, repr=False)
class Chunk:
    """A chunk as it is kept, made ready before its transaction begins."""

    sha256: str
    size: int
    records: int
    packed: bytes

    @classmethod
    def of(cls, data: bytes, records: int) -> Self:
        """Return the chunk of these bytes.

        Raises RequestRefused: it is too large, or holds too many records.
        """
        if len(data) > MAX_CHUNK_BYTES or not 0 < records <= MAX_CHUNK_RECORDS:
            detail = f"at most {MAX_CHUNK_RECORDS} records and {MAX_CHUNK_BYTES} bytes"
            raise RequestRefused("batch.chunk-too-large", detail, status=413)
        return cls(hashlib.sha256(data).hexdigest(), len(data), records, pack(data))


def check_announced(announced: Announced, *, facility: str) -> None:
    """Check what is announced by itself; to be done before a transaction, because it reads the edges.

    Raises RequestRefused: a limit is passed. FileRefused, AccessDenied: the edges are not those of a
    national file of this facility.
    """
    check_limits(announced)
    if announced.reason is not None:
        Correction(announced.reason)
    if announced.format == "xml":
        frame_of(announced.head, announced.tail, facility=facility)


def check_limits(announced: Announced) -> None:
    """Refuse what cannot be worked off.

    Raises RequestRefused: 413.
    """
    edges = max(len(announced.head), len(announced.tail))
    if announced.size > MAX_FILE_BYTES or edges > MAX_EDGE_BYTES or announced.chunks > MAX_CHUNKS:
        detail = f"at most {MAX_FILE_BYTES} bytes in {MAX_CHUNKS} chunks, {MAX_EDGE_BYTES} before and behind"
        raise RequestRefused("batch.too-large", detail, status=413)
    if not announced.chunks <= announced.records <= announced.chunks * MAX_CHUNK_RECORDS:
        detail = f"a chunk holds 1 to {MAX_CHUNK_RECORDS} records"
        raise RequestRefused("batch.chunk-too-large", detail, status=413)
