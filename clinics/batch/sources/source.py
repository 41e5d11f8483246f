"""What a file of the hospital is to whoever checks or uploads it: the bytes that travel, and its records."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from types import TracebackType
from typing import BinaryIO, ClassVar, Literal, Self

from bhyt.national import Outline, ReadRecord
from bhyt.problems import Problem
from bhyt.tables.generations import Generation

Format = Literal["xml", "ndjson"]
Sign = Callable[[bytes], bytes]
Place = tuple[str | None, int | None, str | None]
"""Table, line and field, as findings name them."""

Heard = Callable[[int, int], None]
"""Hears how many records were read, of how many; of 0 where that is not known before."""

HEARD_EVERY = 100
"""After how many records is told how far the reading is."""


def _unheard(_done: int, _total: int) -> None:
    """Let nobody hear how far the reading is."""


@dataclass(frozen=True, slots=True)
class Options:
    """How files are read; nothing of it comes from the files.

    `generation` forces the generation of the national tables. `shared` gives, by official field
    name, what every row of a spreadsheet shares where its own cell is empty (MACSKCB, DIACHI_CSKCB).
    `sign` signs the national document that is made of a spreadsheet.
    """

    generation: Generation | None = None
    shared: Mapping[str, str] = field(default_factory=dict)
    sign: Sign | None = None


class Source(ABC):
    """One file, or one member of an archive; `name` is as given (`a.zip!/b.xml`), safe to show.

    `format` is that of the bytes that travel: a spreadsheet travels as the national document made
    of it. With `refused` (a code), nothing of it was read: no bytes, no records. `problems` are
    those of the file as a whole. `outline` tells where each record lies in the bytes of a national
    file. A source is good until it is closed.
    """

    format: ClassVar[Format] = "xml"
    made_here: ClassVar[bool] = False
    """Whether the bytes that travel are made here, and so signed here where there is a key."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.refused: str | None = None
        self.facility: str | None = None
        self.problems: tuple[Problem, ...] = ()
        self.outline: Outline | None = None
        self.heard: Heard = _unheard

    @abstractmethod
    def open(self) -> BinaryIO:
        """Return a reader of the bytes that travel; empty when nothing does."""

    def records(self) -> Iterator[ReadRecord]:
        """Yield every record once, in the order of the file, and each time anew; tell `heard` how far it is.

        `number` counts the record elements of the bytes that travel from 1; it is 0 for a row of
        a spreadsheet that is refused, which does not travel.
        """
        done, total = 0, len(self.outline.pieces) if self.outline else 0
        for count, read in enumerate(self._records(), start=1):
            yield read
            done = read.number or done
            if count % HEARD_EVERY == 0:
                self.heard(done, total)
        self.heard(done, total)

    def told(self, read: ReadRecord) -> int:
        """Return the number by which a person finds a record: that of its element, or its line."""
        return read.number

    def place(self, read: ReadRecord, field: str | None) -> Place:
        """Return where a field of a record of `records` stands, or the record, as its findings say it."""
        row = read.record.row if read.record else None
        return (row.table, row.line, field) if row else (None, None, field)

    @abstractmethod
    def close(self) -> None:
        """Let go of the file; temporary bytes are gone then."""

    def __enter__(self) -> Self:
        """Return the source."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None, /
    ) -> None:
        """Close the source."""
        self.close()

    @abstractmethod
    def _records(self) -> Iterator[ReadRecord]:
        """Yield every record as `records` does."""


class Refused(Source):
    """A file of which nothing was read; `problems` says where, if it is one place."""

    def __init__(self, name: str, code: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(name)
        self.refused = code
        self.problems = problems

    def open(self) -> BinaryIO:
        """Return a reader of no bytes."""
        return BytesIO()

    def close(self) -> None:
        """There is nothing to let go of."""

    def _records(self) -> Iterator[ReadRecord]:
        """Yield nothing."""
        return iter(())
