"""A spreadsheet as a source: it travels as the national document that is made of it.

The document holds the rows of which every cell could be read, and is signed where a key is there. The
same sheet gives the same document. The sheet is read once for the document; only where there is something
to tell of a row is it read once more, so that memory stays flat and a finding says what stands in the cell.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import IO, BinaryIO

from bhyt.errors import NoFacility
from bhyt.national import FileKind, NationalFile, ReadRecord
from bhyt.national.outline import outline
from bhyt.national.row_files import RowFile
from bhyt.problems import Problem
from clinics.batch.sources.content import Content, draft
from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets import delimited
from clinics.batch.sources.sheets.columns import SheetKind
from clinics.batch.sources.sheets.rows import SheetRow, SheetRows
from clinics.batch.sources.sheets.typed import Cell, shown
from clinics.batch.sources.sheets.workbook import open_sheet
from clinics.batch.sources.source import Options, Place, Sign, Source

_KINDS: Mapping[SheetKind, FileKind] = {"births": "births", "deaths": "deaths", "checkins": "check-ins"}
_PLAIN, _WARNED, _LEFT_BEHIND = range(3)
_OF_ONE_CELL = frozenset(
    {
        "record.missing-field",
        "record.missing-conditional-field",
        "record.no-visit-id",
        "record.too-long",
        "record.unknown-code",
        "record.bad-card-number",
    }
)
"""What can be told of a row of which other cells could not be read."""


class SheetSource(Source):
    """A sheet of births, deaths or check-ins; `workbook` tells XLSX from CSV.

    Raises SourceRefused: the sheet cannot be read, or has no row. FileRefused (see bhyt.errors): the
    document that was made of it has none that names a facility.
    """

    made_here = True

    def __init__(self, name: str, content: Content, options: Options, *, workbook: bool) -> None:
        super().__init__(name)
        self._sheet = content
        self._options = options
        self._workbook = workbook
        self._places = _Places()
        with ExitStack() as opened:
            document = opened.enter_context(draft())
            written = self._write(document)
            if written and options.sign:
                document = opened.enter_context(_signed(document, options.sign))
            self._document = Content(document)
            self._file = self._read(written) if written else None
            opened.pop_all()

    def open(self) -> BinaryIO:
        """Return a reader of the national document; empty when no row could be read."""
        return self._document.open()

    def told(self, read: ReadRecord) -> int:
        """Return the row of a record in the sheet."""
        return self._places.travelling[read.number - 1]

    def place(self, read: ReadRecord, field: str | None) -> Place:
        """Return the sheet, the row and the header of a field."""
        return self._name, self.told(read), field and self._plan.header(field)

    def close(self) -> None:
        """Close the sheet and the document."""
        self._document.close()
        self._sheet.close()

    def _records(self) -> Iterator[ReadRecord]:
        """Yield the record of every row; findings name sheet, row, header and cell as they stand there."""
        travelling = self._file.records() if self._file else iter(())
        with ExitStack() as opened:
            rows: SheetRows | None = None
            for number, (line, state) in enumerate(self._places, start=1):
                read = next(travelling) if state != _LEFT_BEHIND else None
                if read is not None and state == _PLAIN and not read.findings:
                    yield read
                    continue
                rows = rows or opened.enter_context(self._open())
                cells = rows.cells(line)
                if read is not None and state == _PLAIN:
                    yield _told(rows, line, cells, (), read)
                else:
                    one = rows.read(line, number, cells)
                    yield _told(rows, line, cells, one.faults, read or self._left_behind(rows, one))

    def _read(self, written: RowFile) -> NationalFile:
        """Return the document to read from. Raises NoFacility: no row names one that can be read."""
        found = outline(self._document.open()) if self._options.sign else written.outline()
        if found.facility is None:
            raise NoFacility
        file = NationalFile(self._document.open(), found, self._options.generation)
        self.facility, self.outline = file.facility, file.outline
        return file

    @contextmanager
    def _open(self) -> Iterator[SheetRows]:
        """Give the rows of the sheet. Raises SourceRefused: it cannot be read."""
        shared = self._options.shared
        if not self._workbook:
            yield SheetRows("CSV", delimited.rows(self._sheet), shared=shared, serials=False)
            return
        with self._sheet.open() as file, open_sheet(file) as sheet:
            yield SheetRows(sheet.name, sheet.rows, shared=shared, serials=sheet.serials, others=sheet.others)

    def _write(self, document: IO[bytes]) -> RowFile | None:
        """Write the document of the rows that are whole; nothing, and return None, if there are none.

        Raises SourceRefused: the sheet cannot be read, or has no row. FileRefused: the document would be
        beyond a limit.
        """
        written: RowFile | None = None
        with self._open() as rows:
            self.problems = tuple(rows.warnings())
            self._name = rows.name
            self._plan = rows.plan
            for one in rows:
                self._places.add(one)
                if one.whole:
                    written = written or RowFile(_KINDS[rows.plan.kind], document)
                    written.add(one.row)
        if not self._places:
            raise SourceRefused("sheet.no-rows")
        if written:
            written.finish()
        return written

    def _left_behind(self, rows: SheetRows, one: SheetRow) -> ReadRecord:
        """Return what else is wrong with a row that is not whole; it does not travel."""
        document = BytesIO()
        written = RowFile(_KINDS[rows.plan.kind], document)
        written.add(one.row)
        written.finish()
        (read,) = NationalFile(document, written.outline(), self._options.generation).records()
        return replace(read, number=0, record=None)


@dataclass(slots=True)
class _Places:
    """Where each row of a sheet stands, from 1, and what became of it: 9 bytes a row.

    `travelling` holds the places of those that travel.
    """

    lines: "array[int]" = field(default_factory=lambda: array("I"))
    travelling: "array[int]" = field(default_factory=lambda: array("I"))
    states: bytearray = field(default_factory=bytearray)

    def add(self, one: SheetRow) -> None:
        """Note a row."""
        self.lines.append(one.line)
        if one.whole:
            self.travelling.append(one.line)
        self.states.append((_WARNED if one.whole else _LEFT_BEHIND) if one.faults else _PLAIN)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the place and the state of each row."""
        return zip(self.lines, self.states, strict=True)

    def __len__(self) -> int:
        return len(self.states)


def _signed(document: IO[bytes], sign: Sign) -> IO[bytes]:
    """Return the document with its signature; the unsigned one is gone."""
    with document:
        document.seek(0)
        signed = sign(document.read())
    into = draft()
    into.write(signed)
    return into


def _told(
    rows: SheetRows, line: int, cells: Sequence[Cell], faults: Sequence[Problem], read: ReadRecord
) -> ReadRecord:
    """Return the record with its findings named as the sheet names things, and the faults of its cells."""
    unread = {fault.field for fault in faults if fault.severity == "error"}
    named = (_named(rows, line, cells, problem) for problem in read.findings)
    findings = [replace(fault, record_key=read.key) for fault in faults]
    findings += [
        problem
        for problem in named
        if not unread or (problem.code in _OF_ONE_CELL and problem.field not in unread)
    ]
    return replace(read, findings=tuple(findings))


def _named(rows: SheetRows, line: int, cells: Sequence[Cell], problem: Problem) -> Problem:
    """Return a problem of a national row as one of a sheet: its name, the row, the header, the cell."""
    if problem.field is None:
        return replace(problem, dossier=line, table=rows.name, line=line)
    column = rows.plan.column(problem.field)
    value = problem.value
    if column is not None and cells[column.index] != "":
        value = shown(cells[column.index])
    header = rows.plan.header(problem.field)
    return replace(problem, dossier=line, table=rows.name, line=line, field=header, value=value)
