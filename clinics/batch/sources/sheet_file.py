"""A spreadsheet as a source: it travels as the national document that is made of it.

The document holds the rows of which every cell could be read, and is signed where a key is there. The
same sheet gives the same document. The sheet is read once for the document and once more for the
records, so that memory stays flat and a finding can tell what stands in the cell.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, BinaryIO

from bhyt.errors import NoRecords, RecordsError
from bhyt.national import NationalFile, ReadRecord, open_file, read_chunk
from bhyt.national.writing import write_births, write_check_ins, write_deaths
from bhyt.problems import Problem
from bhyt.records.row import Row
from clinics.batch.sources.content import Content, draft
from clinics.batch.sources.sheets import delimited
from clinics.batch.sources.sheets.columns import SheetKind
from clinics.batch.sources.sheets.rows import SheetRow, SheetRows
from clinics.batch.sources.sheets.typed import shown
from clinics.batch.sources.sheets.workbook import open_sheet
from clinics.batch.sources.source import Options, Sign, Source

ROWS_AT_ONCE = 500
"""How many rows are written at once."""

_WRITERS: Mapping[SheetKind, Callable[[Sequence[Row]], bytes]] = {
    "births": write_births,
    "deaths": write_deaths,
    "checkins": write_check_ins,
}
_ELEMENTS: Mapping[SheetKind, bytes] = {
    "births": b"GIAYCHUNGSINH",
    "deaths": b"GIAYBAOTU",
    "checkins": b"TRANG_THAI_KCB",
}
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

    Raises SourceRefused: the sheet cannot be read. FileRefused (see bhyt.errors): it has no row,
    or the document that was made of it has none that names a facility.
    """

    def __init__(self, name: str, content: Content, options: Options, *, workbook: bool) -> None:
        super().__init__(name)
        self._sheet = content
        self._options = options
        self._workbook = workbook
        self._document, self.problems = self._write()
        try:
            self._file = self._read()
        except RecordsError:
            self._document.close()
            raise

    def open(self) -> BinaryIO:
        """Return a reader of the national document; empty when no row could be read."""
        return self._document.open()

    def records(self) -> Iterator[ReadRecord]:
        """Yield the record of every row; findings name sheet, row, header and cell as they stand there."""
        travelling = self._file.records() if self._file else iter(())
        with self._open() as rows:
            for one in rows:
                read = next(travelling) if one.whole else self._left_behind(rows, one)
                yield _told(rows, one, read)

    def close(self) -> None:
        """Close the sheet and the document."""
        self._document.close()
        self._sheet.close()

    def _read(self) -> NationalFile | None:
        """Return the document to read from, None if no row travels. Raises FileRefused: it is none."""
        if not self._document.size:
            return None
        file = open_file(self._document.open(), generation=self._options.generation)
        self.facility, self.generation, self.outline = file.facility, file.generation, file.outline
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

    def _write(self) -> tuple[Content, tuple[Problem, ...]]:
        """Return the document of the rows that are whole, and what is odd about the sheet.

        Raises SourceRefused: the sheet cannot be read. NoRecords: it has no row.
        """
        document = draft()
        try:
            with self._open() as rows:
                unknown = tuple(rows.warnings())
                _write_rows(rows, document)
        except BaseException:
            document.close()
            raise
        if document.tell() and self._options.sign:
            document = _signed(document, self._options.sign)
        return Content(document), unknown

    def _left_behind(self, rows: SheetRows, one: SheetRow) -> ReadRecord:
        """Return what else is wrong with a row that is not whole; it does not travel."""
        head, element, tail = _cut(_WRITERS[rows.plan.kind]([one.row]), rows.plan.kind)
        (read,) = read_chunk(head, tail, element, first=1, generation=self._options.generation)
        return replace(read, number=0, record=None)


def _write_rows(rows: SheetRows, document: IO[bytes]) -> None:
    """Write the document of the rows that are whole; nothing if there are none.

    Raises NoRecords: there is no row at all.
    """
    tail, found = b"", False
    batch: list[Row] = []
    for one in rows:
        found = True
        if one.whole:
            batch.append(one.row)
        if len(batch) == ROWS_AT_ONCE:
            tail = _write_batch(batch, rows.plan.kind, document)
            batch.clear()
    if batch:
        tail = _write_batch(batch, rows.plan.kind, document)
    document.write(tail)
    if not found:
        raise NoRecords


def _write_batch(batch: Sequence[Row], kind: SheetKind, document: IO[bytes]) -> bytes:
    """Write the elements of some rows, behind the head if they are the first; return the tail."""
    head, elements, tail = _cut(_WRITERS[kind](batch), kind)
    if not document.tell():
        document.write(head)
    document.write(elements)
    return tail


def _cut(document: bytes, kind: SheetKind) -> tuple[bytes, bytes, bytes]:
    """Return what stands before, in and behind the record elements of a document."""
    end_tag = b"</" + _ELEMENTS[kind] + b">"
    start = document.index(b"<" + _ELEMENTS[kind])
    end = document.rindex(end_tag) + len(end_tag)
    return document[:start], document[start:end], document[end:]


def _signed(document: IO[bytes], sign: Sign) -> IO[bytes]:
    """Return the document with its signature; the unsigned one is gone."""
    with document:
        document.seek(0)
        signed = sign(document.read())
    into = draft()
    into.write(signed)
    return into


def _told(rows: SheetRows, one: SheetRow, read: ReadRecord) -> ReadRecord:
    """Return the record with its findings named as the sheet names things, and those of its cells."""
    unread = {fault.field for fault in one.faults if fault.severity == "error"}
    found = (_named(rows, one, problem) for problem in read.findings)
    findings = [replace(fault, record_key=read.key) for fault in one.faults]
    findings += [
        problem
        for problem in found
        if not unread or (problem.code in _OF_ONE_CELL and problem.field not in unread)
    ]
    return replace(read, findings=tuple(findings))


def _named(rows: SheetRows, one: SheetRow, problem: Problem) -> Problem:
    """Return a problem of a national row as one of a sheet: its name, the row, the header, the cell."""
    if problem.field is None:
        return replace(problem, dossier=one.line, table=rows.name, line=one.line)
    column = rows.plan.column(problem.field)
    value = problem.value
    if column is not None and one.cells[column.index] != "":
        value = shown(one.cells[column.index])
    header = rows.plan.header(problem.field)
    return replace(problem, dossier=one.line, table=rows.name, line=one.line, field=header, value=value)
