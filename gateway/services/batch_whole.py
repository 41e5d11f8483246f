"""Is a committed batch the file that was announced, and are its records the ones that the file shows?

A chunk is read by itself, and the signature is of the whole. What one of them showed and the other hid
would be stored with nobody's signature, so both must show the same. The file is read part by part: memory
stays flat.
"""

import hashlib
import io
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import accumulate, pairwise
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select

from bhyt.errors import FileRefused
from bhyt.national.layouts import Frame
from bhyt.national.outline import outline_part
from bhyt.national.signature import MAX_SIGNED_BYTES, SignatureFound, verify_signature
from gateway.store.bodies import unpack
from gateway.store.database import Caller, Database
from gateway.store.tables_batches import Batch, BatchChunk

TOO_LARGE = SignatureFound("too-large-to-verify")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Kept:
    """A batch as it is kept; `sizes` and `records` are those of its chunks, as they came.

    `chunk` returns a chunk by its number.
    """

    state: str
    format: str
    facility: str
    created_at: datetime
    sha256: str
    size: int
    announced: int
    head: bytes
    tail: bytes
    sizes: Sequence[int]
    records: Sequence[int]
    chunk: Callable[[int], bytes]

    def chunks(self) -> Iterator[bytes]:
        """Yield the chunks in their order."""
        return map(self.chunk, range(1, len(self.sizes) + 1))


@dataclass(frozen=True, slots=True)
class Whole:
    """What the parts are together; `signature` is worth nothing if they are not the announced file."""

    is_the_file: bool
    signature: SignatureFound


def find(database: Database, batch_id: UUID, *, caller: Caller) -> Kept:
    """Return what is kept of a batch; each chunk is read in a transaction of its own: nobody waits."""

    def chunk(number: int) -> bytes:
        body = select(BatchChunk.body).where(BatchChunk.batch_id == batch_id, BatchChunk.number == number)
        with database.read(caller) as session:
            found = session.scalars(body).one_or_none()
        return unpack(found) if found is not None else b""  # refused in the meantime: it is not the file

    told = select(BatchChunk.size, BatchChunk.records).where(BatchChunk.batch_id == batch_id)
    with database.read(caller) as session:
        batch = session.scalars(select(Batch).where(Batch.id == batch_id)).one()
        chunks = session.execute(told.order_by(BatchChunk.number)).all()
    return Kept(
        state=batch.state,
        format=batch.format,
        facility=batch.facility,
        created_at=batch.created_at,
        sha256=batch.sha256,
        size=batch.size,
        announced=batch.records,
        head=unpack(batch.head),
        tail=unpack(batch.tail),
        sizes=[one.size for one in chunks],
        records=[one.records for one in chunks],
        chunk=chunk,
    )


def judge_whole(kept: Kept) -> Whole:
    """Return whether the parts are the announced file, cut between its records, and what its signature is."""
    digest, size, held = hashlib.sha256(kept.head), len(kept.head), bytearray(kept.head)
    for part in _behind_the_head(kept):
        digest.update(part)
        size += len(part)
        held += part if size <= MAX_SIGNED_BYTES else b""
    same = (digest.hexdigest(), size, sum(kept.records)) == (kept.sha256, kept.size, kept.announced)
    if not (same and is_cut_between_records(kept)):
        return Whole(False, TOO_LARGE)
    return Whole(True, verify_signature(bytes(held)) if len(held) == size else TOO_LARGE)


def is_cut_between_records(kept: Kept) -> bool:
    """Return whether the whole file has its records where the chunks have theirs, as many as announced."""
    if kept.format == "ndjson":
        return _is_cut_between_lines(kept)
    try:
        return _stand_alone(kept) and _stand_together(kept)
    except FileRefused:
        return False


def _behind_the_head(kept: Kept) -> Iterator[bytes]:
    yield from kept.chunks()
    yield kept.tail


def _stand_alone(kept: Kept) -> bool:
    """Return whether the head, and each chunk, is sound between the tags of the file, without its tail.

    So nothing that one part opens, be it a comment or CDATA, is closed by another. Raises FileRefused:
    one is not.
    """
    frame = outline_part(BytesIO(kept.head + kept.tail)).frame
    head = outline_part(BytesIO(kept.head + frame.closing))
    if head.frame != frame or head.pieces:
        return False
    return all(
        _records_alone(frame, chunk) == records
        for chunk, records in zip(kept.chunks(), kept.records, strict=True)
    )


def _records_alone(frame: Frame, chunk: bytes) -> int:
    return len(outline_part(BytesIO(frame.around(chunk))).pieces)


def _stand_together(kept: Kept) -> bool:
    """Return whether a reader of the whole file finds each record in its chunk, and none in an edge.

    Raises FileRefused: it cannot be read.
    """
    pieces = outline_part(_joined(kept)).pieces
    bounds = list(accumulate(kept.sizes, initial=len(kept.head)))
    before = [bisect_left(pieces, (bound, 0)) for bound in bounds]
    if before[0] != 0 or before[-1] != len(pieces):
        return False
    return [there - here for here, there in pairwise(before)] == list(kept.records)


def _is_cut_between_lines(kept: Kept) -> bool:
    """Return whether nothing stands around the lines, and none goes on in another chunk."""
    if kept.head.strip() or kept.tail.strip():
        return False
    ended = True
    for chunk, records in zip(kept.chunks(), kept.records, strict=True):
        if not ended or sum(1 for line in chunk.split(b"\n") if line.strip()) != records:
            return False
        ended = chunk.endswith(b"\n")
    return True


def _joined(kept: Kept) -> BinaryIO:
    """Return the file as one, to read and seek in."""
    return io.BufferedReader(_Joined(kept))


class _Joined(io.RawIOBase):
    """The parts as one file; the one that was read last is at hand."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self._kept = kept
        sizes = (len(kept.head), *kept.sizes, len(kept.tail))
        self._starts = list(accumulate(sizes, initial=0))
        self._place = 0
        self._part: tuple[int, bytes] = (0, kept.head)

    def readable(self) -> bool:
        """Say that it is read."""
        return True

    def seekable(self) -> bool:
        """Say that it is read anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; return it."""
        behind = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._starts[-1]}
        self._place = behind[whence] + offset
        return self._place

    def readinto(self, buffer: Any, /) -> int:
        """Read what the part at hand still has, at most as much as fits; return how many bytes."""
        if self._place >= self._starts[-1]:
            return 0
        number = bisect_right(self._starts, self._place) - 1
        offset = self._place - self._starts[number]
        piece = self._bytes_of(number)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _bytes_of(self, number: int) -> bytes:
        """Return a part: the head is 0, the tail the last."""
        if self._part[0] != number:
            self._part = (number, self._fetched(number))
        return self._part[1]

    def _fetched(self, number: int) -> bytes:
        if number == 0:
            return self._kept.head
        return self._kept.tail if number > len(self._kept.sizes) else self._kept.chunk(number)
