"""Reports of what became of the records: JSON for programs, XLSX and CSV for people; written as it goes.

What a file says is written as text, never as a formula (`cells`).
"""

import csv
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, TextIO

import xlsxwriter

from cardreader.printable import json_line
from clinics.batch.cells import Value, csv_cell, write_cell
from clinics.batch.rows import Counts, FileSaid, Finding, Row, words_of
from clinics.batch.sources.content import draft
from clinics.batch.words import ENDS, hint, kind_in_words, right_value
from clinics.errors import ClinicError

MAX_SHEET_ROWS = 1_000_000
"""Lines of a CSV or XLSX report; a line below says how many more there were."""

MAX_JSON_FINDINGS = 100_000
"""Findings of one file that a JSON report tells in full; of the rest it gives codes and numbers."""

COLUMNS = (
    "Tệp",
    "Thứ tự",
    "Loại",
    "Mã hồ sơ",
    "Kết quả",
    "Cổng tiếp nhận",
    "Quy tắc",
    "Mức độ",
    "Bảng",
    "Dòng",
    "Trường",
    "Giá trị",
    "Giá trị đúng",
    "Gợi ý",
    "Nội dung",
    "Cách xử lý",
    "Message",
    "Remedy",
    "Trùng với",
    "Theo QĐ",
)
_END = COLUMNS.index("Kết quả")
_LONG = frozenset({"Nội dung", "Cách xử lý", "Message", "Remedy"})
_RESULTS = {
    "stored": "đã lưu",
    "already-stored": "đã có từ trước",
    "corrected": "đã thay bản cũ",
    "refused": "không lưu",
}
_SEVERITIES = {"error": "lỗi", "warning": "cảnh báo"}


class ReportUnwritable(ClinicError):
    """The report cannot be written where it was asked for, or in this form."""

    code = "batch.report-unwritable"


class Report(ABC):
    """Hears every file and its rows in order, and at the end the counts."""

    @abstractmethod
    def file(self, said: FileSaid) -> None:
        """Begin a file."""

    @abstractmethod
    def row(self, row: Row) -> None:
        """Write a row of the file that was begun last."""

    @abstractmethod
    def close(self, counts: Counts) -> None:
        """End the report."""


class JsonReport(Report):
    """`{"files": [{..., "rows": [...]}], "counts": {...}}`, a line for each row.

    Behind the rows of a file stands by which `generation` they were read, null if by several or none, and
    all of them (`read_as`). Beyond MAX_JSON_FINDINGS of a file a row has, for findings, how many there
    are of each code (`left_out`).
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._open = False
        self._files = self._rows = self._findings = 0
        self._read_as: set[str] = set()
        out.write('{"files": [')

    def file(self, said: FileSaid) -> None:
        """Begin a file."""
        self._end_file()
        self._out.write((",\n" if self._files else "\n") + json_line(said.to_json())[:-1] + ', "rows": [')
        self._files, self._rows, self._open = self._files + 1, 0, True
        self._findings, self._read_as = 0, set()

    def row(self, row: Row) -> None:
        """Write a row."""
        self._out.write((",\n" if self._rows else "\n") + json_line(self._bounded(row)))
        self._rows += 1
        if row.generation:
            self._read_as.add(row.generation)

    def close(self, counts: Counts) -> None:
        """End the report."""
        self._end_file()
        self._out.write('\n], "counts": ' + json.dumps(counts.to_json()) + "}\n")

    def _end_file(self) -> None:
        if self._open:
            found = sorted(self._read_as)
            read_as = {"generation": found[0] if len(found) == 1 else None, "read_as": found}
            self._out.write("\n], " + json.dumps(read_as)[1:])
            self._open = False

    def _bounded(self, row: Row) -> dict[str, Any]:
        """Return a row as it is written, with its findings as long as there are not too many of the file."""
        self._findings += len(row.findings)
        if self._findings <= MAX_JSON_FINDINGS or not row.findings:
            return row.to_json()
        left_out = Counter(finding.code for finding in row.findings)
        return replace(row, findings=()).to_json() | {"left_out": left_out}


class SheetReport(Report):
    """A line for each finding, and one for each record without any."""

    def __init__(self) -> None:
        self._file = FileSaid(file="")
        self._lines = self._left_out = 0

    def file(self, said: FileSaid) -> None:
        """Begin a file; what is wrong with it as a whole stands in lines of its own."""
        self._file = said
        if said.code:
            whole = Row(number=0, kind=None, key=None, outcome="refused")
            self._write_all(said.findings or [None], whole, said.code)
        elif said.findings:
            self._write_all(said.findings, Row(number=0, kind=None, key=None, outcome="accepted"))

    def row(self, row: Row) -> None:
        """Write a row."""
        self._write_all(row.findings or [None], row)

    def close(self, counts: Counts) -> None:
        """End the report with the counts."""
        del counts
        if self._left_out:
            self._line([f"… còn {self._left_out} dòng / {self._left_out} more lines"])

    def _write_all(self, findings: Iterable[Finding | None], row: Row, code: str | None = None) -> None:
        for finding in findings:
            if self._lines >= MAX_SHEET_ROWS:
                self._left_out += 1
                continue
            self._lines += 1
            self._line(_cells(self._file.file, row, finding, code))

    @abstractmethod
    def _line(self, cells: list[Value]) -> None:
        """Write one line."""


class CsvReport(SheetReport):
    """UTF-8 with a byte-order mark, which Excel wants, and CRLF."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._writer = csv.writer(out)
        out.write("\ufeff")
        self._writer.writerow(COLUMNS)

    def _line(self, cells: list[Value]) -> None:
        self._writer.writerow([csv_cell(cell) for cell in cells])


class XlsxReport(SheetReport):
    """One sheet with a frozen header and a filter; cells are strings and numbers, never formulas.

    Refused rows come first: the others wait in a draft, as a sheet is written from its top to its end.
    """

    def __init__(self, out: Path | IO[bytes]) -> None:
        super().__init__()
        self._book = xlsxwriter.Workbook(
            out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._sheet = self._book.add_worksheet("Kết quả")
        bold = self._book.add_format({"bold": True})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._sheet.freeze_panes(1, 0)
        for column, title in enumerate(COLUMNS):
            self._sheet.set_column(column, column, 50 if title in _LONG else max(12, 2 * len(title)))
            self._sheet.write_string(0, column, title, bold)
        self._next = 1
        self._later = draft()

    def close(self, counts: Counts) -> None:
        """End the report and write the file."""
        with self._later as later:
            later.seek(0)
            for line in later:
                self._write(json.loads(line))
        super().close(counts)
        self._sheet.autofilter(0, 0, max(1, self._next - 1), len(COLUMNS) - 1)
        self._book.close()

    def _line(self, cells: list[Value]) -> None:
        if len(cells) < len(COLUMNS) or cells[_END] == ENDS["refused"].vi:
            self._write(cells)
        else:
            self._later.write(json.dumps(cells).encode() + b"\n")

    def _write(self, cells: list[Value]) -> None:
        for column, cell in enumerate(cells):
            write_cell(self._sheet, self._next, column, cell, self._wrapped)
        self._next += 1


@contextmanager
def report_to(path: Path | None, counts: Counts) -> Iterator[Report | None]:
    """Give a report in the form that the name's ending asks for, None without a name; it is closed after.

    Raises ReportUnwritable: another ending, or the file cannot be written.
    """
    if path is None:
        yield None
        return
    try:
        with _opened(path) as report:
            yield report
            report.close(counts)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as fault:
        raise ReportUnwritable("the report cannot be written") from fault


@contextmanager
def _opened(path: Path) -> Iterator[Report]:
    match path.suffix.casefold():
        case ".json":
            with path.open("w", encoding="utf-8") as out:
                yield JsonReport(out)
        case ".csv":
            with path.open("w", encoding="utf-8", newline="") as out:
                yield CsvReport(out)
        case ".xlsx":
            yield XlsxReport(path)
        case _:
            raise ReportUnwritable("a report is .json, .csv or .xlsx")


def _cells(file: str, row: Row, finding: Finding | None, code: str | None) -> list[Value]:
    words: dict[str, Any] = finding.to_json() if finding else _refusal(code)
    return [
        file,
        row.number or None,
        kind_in_words(row.kind),
        row.key,
        ENDS[row.end].vi,
        _RESULTS[row.result] if row.result else None,
        words.get("rule"),
        _SEVERITIES.get(words.get("severity", "")),
        words.get("table"),
        words.get("line") if row.line is None else row.line,
        words.get("field"),
        words.get("value"),
        right_value(finding) if finding else None,
        hint(finding) if finding else None,
        words.get("message_vi"),
        words.get("remedy_vi"),
        words.get("message_en"),
        words.get("remedy_en"),
        words.get("first"),
        row.generation,
    ]


def _refusal(code: str | None) -> dict[str, Any]:
    """Return what a line tells of a whole file that is refused without a finding; nothing of any other."""
    return {"rule": code, "severity": "error", **words_of(code)} if code else {}
