"""A file cut for its journey (ADR 11): head, chunks of whole records, tail. Joined they are the file.

The same file is always cut the same way, so that whoever goes on with an upload that was broken off
finds the chunks that have come.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO

from bhyt.errors import NoRecords
from clinics.batch.sources import Format, Source
from clinics.errors import ClinicError

MAX_CHUNK_RECORDS = 200
"""Record elements in one chunk, as the gateway takes them."""
MAX_CHUNK_BYTES = 8 * 1024 * 1024
"""The largest chunk; a single record that is longer cannot travel."""
_BLOCK = 1 << 20


class Untransportable(ClinicError):
    """A record of the file is longer than a chunk may be."""

    code = "batch.chunk-too-large"


@dataclass(frozen=True, slots=True)
class Cut:
    """One chunk: where it lies in the file, and how many record elements it holds."""

    start: int
    end: int
    records: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file ready to be sent; its bytes are read when they are needed."""

    sha256: str
    size: int
    format: Format
    file_name: str
    head: bytes = field(repr=False)
    tail: bytes = field(repr=False)
    cuts: tuple[Cut, ...]

    @property
    def records(self) -> int:
        """How many record elements the file has."""
        return sum(cut.records for cut in self.cuts)


def pack(source: Source) -> Parcel:
    """Return how a source travels. The source must have been read without a refusal.

    Raises NoRecords: nothing of it travels. Untransportable: a record is too long.
    """
    with source.open() as file:
        if source.outline is not None:
            edges = [*(start for start, _ in source.outline.pieces), source.outline.tail_start]
        else:
            edges = list(_lines(file))
        cuts = tuple(_cuts(edges))
        digest, size = _digest(file)
        file.seek(0)
        head = file.read(edges[0])
        file.seek(edges[-1])
        return Parcel(digest, size, source.format, bare_name(source.name), head, file.read(), cuts)


def bare_name(name: str) -> str:
    """Return a file's name without its folder, which is nobody's business but the hospital's.

    The gateway takes printable names only: in place of a blank of another kind stands a blank, of any other
    such character a replacement.
    """
    bare = name.replace("\\", "/").rstrip("/").rpartition("/")[2][-255:] or "file"
    return "".join(letter if letter.isprintable() else _in_place_of(letter) for letter in bare)


def _in_place_of(letter: str) -> str:
    return " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}"


def _cuts(edges: list[int]) -> Iterator[Cut]:
    """Yield chunks of as many pieces as a chunk may hold."""
    start, records = edges[0], 0
    for begin, end in pairwise(edges):
        if end - begin > MAX_CHUNK_BYTES:
            raise Untransportable("a record is longer than a chunk may be")
        if records == MAX_CHUNK_RECORDS or end - start > MAX_CHUNK_BYTES:
            yield Cut(start, begin, records)
            start, records = begin, 0
        records += 1
    yield Cut(start, edges[-1], records)


def _lines(file: BinaryIO) -> Iterator[int]:
    """Yield where each line begins that is not blank, and the end of the file.

    Raises NoRecords: there is no line.
    """
    position, found = 0, False
    for line in file:
        if line.strip():
            found = True
            yield position
        position += len(line)
    if not found:
        raise NoRecords
    yield position


def _digest(file: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size
