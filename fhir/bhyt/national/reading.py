"""National files read record by record: claims, check-ins, deaths, births.

A first pass finds where each record element lies; then one element after the other is read, so
that memory stays flat. Every record of the file has exactly one outcome.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import BinaryIO

from bhyt.national.claims import read_claim
from bhyt.national.dossier import Dossier, read_dossier
from bhyt.national.envelopes import Envelope, envelope_of
from bhyt.national.layouts import FileKind
from bhyt.national.outcomes import ReadRecord
from bhyt.national.outline import Outline, outline, outline_part
from bhyt.national.single import read_single, read_single_row
from bhyt.problems import Findings, Problem
from bhyt.records.content import Record
from bhyt.records.row import Row
from bhyt.tables.generations import Generation


class NationalFile:
    """A national file whose form is sound; its records are read when they are asked for.

    `problems` are those of the file as a whole, all warnings. The file is the caller's to close.
    """

    def __init__(self, file: BinaryIO, found: Outline, generation: Generation | None) -> None:
        self.outline = found
        self.problems = found.problems
        self._file = file
        self._forced = generation

    @property
    def kind(self) -> FileKind:
        """Return what the file holds."""
        return self.outline.kind

    @property
    def facility(self) -> str:
        """Return the facility that the envelope, or the first record that names one, is from."""
        return self.outline.facility or ""

    @property
    def made_on(self) -> date | None:
        """Return NGAYLAP."""
        return self.outline.made_on

    @property
    def generation(self) -> Generation:
        """Return the generation that was forced, or else that of the first record."""
        return self._forced or next(self.records()).generation

    def records(self) -> Iterator[ReadRecord]:
        """Yield every record of the file with its outcome, in the order of the file."""
        return _records(self._file, self.outline, self._forced, first=1)

    def dossiers(self) -> Iterator[Dossier]:
        """Yield every HOSO with its inner files to the letter; none of a file that is no envelope."""
        if self.kind == "claims":
            for number, (start, end) in enumerate(self.outline.pieces, start=1):
                yield read_dossier(_piece(self._file, start, end), self.outline.frame, Findings(number))

    def envelope(self) -> Envelope:
        """Return what stands around the dossiers, to write one of them again."""
        return envelope_of(self._file, self.outline)

    def rows(self) -> Iterator[Row]:
        """Yield the row of every check-in, notice or certificate that can be read; none of an envelope."""
        if self.kind != "claims":
            for number, (start, end) in enumerate(self.outline.pieces, start=1):
                row = read_single_row(_piece(self._file, start, end), self.outline, number, Findings(number))
                if row is not None:
                    yield row


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A small file read at once: its records that have no error, and all problems."""

    kind: FileKind
    facility: str
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


def open_file(file: BinaryIO, *, generation: Generation | None = None) -> NationalFile:
    """Return a national file to read from; `generation` forces that of every record.

    Raises FileRefused (see bhyt.errors): the file as a whole is not read.
    """
    return NationalFile(file, outline(file), generation)


def read_chunk(
    head: bytes,
    tail: bytes,
    data: bytes,
    *,
    first: int,
    generation: Generation | None = None,
) -> Iterator[ReadRecord]:
    """Yield the records of a part of a file, cut at `pieces` boundaries of its outline.

    `head` and `tail` are what stands before the first and behind the last record of the whole
    file; `first` is the number of the part's first record element in it.

    Raises FileRefused (see bhyt.errors): the three are not a part of a national file.
    """
    file = BytesIO(head + data + tail)
    return _records(file, outline_part(file), generation, first=first)


def read_file(data: bytes) -> WholeFile:
    """Return the records of a file that is small enough to be held whole.

    Raises FileRefused (see bhyt.errors): the file as a whole is not read.
    """
    file = open_file(BytesIO(data))
    read = list(file.records())
    problems = (problem for one in read for problem in one.findings)
    return WholeFile(
        kind=file.kind,
        facility=file.facility,
        records=tuple(one.record for one in read if one.record is not None),
        problems=(*file.problems, *problems),
    )


def _records(
    file: BinaryIO, found: Outline, generation: Generation | None, *, first: int
) -> Iterator[ReadRecord]:
    """Yield the records of each piece."""
    for number, (start, end) in enumerate(found.pieces, start=first):
        piece = _piece(file, start, end)
        if found.kind == "claims":
            yield from read_claim(piece, found, number=number, generation=generation)
        else:
            yield read_single(piece, found, number=number, generation=generation)


def _piece(file: BinaryIO, start: int, end: int) -> bytes:
    """Return the bytes of one piece."""
    file.seek(start)
    return file.read(end - start)
