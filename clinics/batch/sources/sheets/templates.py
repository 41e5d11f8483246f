"""Templates of births, deaths and check-ins: headers that are known again, and what to write below them.

Columns of dates and codes are formatted as text, so that Excel leaves alone what is typed: in an
English Excel it would turn 5/3/2026 into the third of May, and drop the zeros before a number.
"""

import csv
import datetime
import io
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from bhyt.tables import rows
from bhyt.tables.fields import all_fields
from clinics.batch.cells import csv_cell, write_cell
from clinics.batch.sources.sheets.codes import choice_text
from clinics.batch.sources.sheets.columns import (
    INSTRUCTIONS,
    LISTS,
    SHEET_NAMES,
    TABLES,
    Known,
    SheetKind,
    known_columns,
)
from clinics.errors import ClinicError

PREPARED_ROWS = 5_000
"""To how many rows the template gives its formats and lists."""

_MADE = datetime.datetime(2026, 1, 1)  # noqa: DTZ001 - XlsxWriter takes a time without a zone
_WIDTHS = {"text": 24, "birth": 14, "day": 14, "moment": 18, "choice": 24}
_REQUIRED = {"yes": "Bắt buộc", "should": "Nên có", "if": "Tùy trường hợp", "no": ""}
_FORMS = {
    "text": "Chữ",
    "day": "Ngày/tháng/năm",
    "moment": "Ngày/tháng/năm giờ:phút (24 giờ)",
    "birth": "Ngày/tháng/năm, tháng/năm hoặc năm",
    "count": "Số nguyên",
    "grams": "Số gam; hoặc kg có ghi đơn vị",
    "choice": "Chọn trong danh sách, hoặc ghi mã",
    "yesno": "có / không",
    "id": "9 hoặc 12 chữ số, dạng văn bản; hoặc số hộ chiếu",
    "insurance": "10 chữ số, dạng văn bản",
    "card": "15 ký tự",
    "code": "Chữ số, dạng văn bản",
    "digits": "5 chữ số, dạng văn bản",
    "facility": "5 ký tự, dạng văn bản",
}
_TEXT = 49  # "@" of the formats that every program has (ECMA-376 part 1, 18.8.30)
_NUMBERS = frozenset({"count", "grams"})


class TemplateExists(ClinicError):
    """A file of this name is there, and was not to be overwritten."""

    code = "sheet.template-exists"


class TemplateUnwritable(ClinicError):
    """The template cannot be written where it was asked for."""

    code = "sheet.template-unwritable"


def write_template(kind: SheetKind, path: Path, *, force: bool = False) -> None:
    """Write the template of a kind of sheet: a workbook, or its header alone if `path` ends in `.csv`.

    The same template is the same bytes.

    Raises TemplateExists: the file is there and `force` is not given. TemplateUnwritable.
    """
    columns = [known for known in known_columns(kind) if known.template]
    content = _csv(columns) if path.suffix.lower() == ".csv" else _workbook(kind, columns)
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(content)
    except FileExistsError as fault:
        raise TemplateExists(path.name) from fault
    except OSError as fault:
        raise TemplateUnwritable(type(fault).__name__) from fault


def _csv(columns: Sequence[Known]) -> bytes:
    """Return the header as a CSV file of UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO()
    csv.writer(text).writerow([csv_cell(known.header) for known in columns])
    return text.getvalue().encode("utf-8-sig")


def _workbook(kind: SheetKind, columns: Sequence[Known]) -> bytes:
    """Return the workbook: the sheet to fill, the instructions, the lists."""
    content = io.BytesIO()
    workbook = Workbook(content, {"in_memory": True})
    workbook.set_properties({"created": _MADE, "title": SHEET_NAMES[kind]})
    sheet, help_sheet, lists = map(workbook.add_worksheet, (SHEET_NAMES[kind], INSTRUCTIONS, LISTS))
    ranges = _write_lists(workbook, lists, columns)
    _write_header(workbook, sheet, kind, columns)
    for place, known in enumerate(columns):
        sheet.data_validation(1, place, PREPARED_ROWS, place, _validation(known, ranges))
    _write_help(workbook, help_sheet, kind, columns)
    workbook.close()
    return content.getvalue()


def _write_header(workbook: Workbook, sheet: Worksheet, kind: SheetKind, columns: Sequence[Known]) -> None:
    """Write the header, frozen, and format the columns below it."""
    demanded = _demanded(kind)
    text, number = workbook.add_format({"num_format": _TEXT}), workbook.add_format({"num_format": "0"})
    plain: dict[str, object] = {
        "bold": True,
        "text_wrap": True,
        "valign": "top",
        "border": 1,
        "num_format": _TEXT,
    }
    optional = workbook.add_format(plain | {"bg_color": "#EDEDED"})
    required = workbook.add_format(plain | {"bg_color": "#FFE699"})
    for place, known in enumerate(columns):
        rule = known.rule.partition(":")[0]
        sheet.set_column(place, place, _WIDTHS.get(rule, 16), number if rule in _NUMBERS else text)
        write_cell(sheet, 0, place, known.header, required if demanded[known.field] == "yes" else optional)
    sheet.set_row(0, 45)
    sheet.freeze_panes(1, 0)


def _validation(known: Known, ranges: dict[str, str]) -> dict[str, Any]:
    """Return what Excel shows and offers at a cell; a value outside a list is asked about, not refused."""
    rule, _, table = known.rule.partition(":")
    offered = {"yesno": ["có", "không"], "choice": ranges.get(table)}.get(rule)
    shown = {"input_title": known.header[:32], "input_message": _message(known)[:255]}
    if offered is None:
        return shown | {"validate": "any"}
    return shown | {"validate": "list", "source": offered, "error_type": "warning"}


def _message(known: Known) -> str:
    return f"{known.help}\nVí dụ: {known.example}" if known.example else known.help


def _write_lists(workbook: Workbook, sheet: Worksheet, columns: Sequence[Known]) -> dict[str, str]:
    """Write one column for each code table; return where each one's codes stand."""
    bold, text = workbook.add_format({"bold": True}), workbook.add_format({"num_format": _TEXT})
    ranges: dict[str, str] = {}
    places = count()
    for known in columns:
        table = known.rule.partition(":")[2]
        if not table or table in ranges:
            continue
        place = next(places)
        offered = list(dict.fromkeys(choice_text(row) for row in rows(table) if not row["valid_to"]))
        write_cell(sheet, 0, place, known.header, bold)
        sheet.set_column(place, place, 50)
        for line, words in enumerate(offered, start=1):
            write_cell(sheet, line, place, words, text)
        letter = chr(ord("A") + place)
        ranges[table] = f"='{LISTS}'!${letter}$2:${letter}${len(offered) + 1}"
    return ranges


def _write_help(workbook: Workbook, sheet: Worksheet, kind: SheetKind, columns: Sequence[Known]) -> None:
    """Write what each column means, how its cells are written, and an example."""
    bold, wrap = (
        workbook.add_format({"bold": True}),
        workbook.add_format({"text_wrap": True, "valign": "top"}),
    )
    demanded = _demanded(kind)
    titles = ("Cột", "Tên trường quốc gia", "Bắt buộc", "Cách ghi", "Ví dụ", "Ý nghĩa")
    lines = [
        (
            known.header,
            known.field,
            _REQUIRED[demanded[known.field]],
            _FORMS[known.rule.partition(":")[0]],
            known.example,
            known.help,
        )
        for known in columns
    ]
    for place, (title, width) in enumerate(zip(titles, (32, 24, 16, 40, 26, 70), strict=True)):
        sheet.set_column(place, place, width, wrap)
        write_cell(sheet, 0, place, title, bold)
    for number, cells in enumerate(lines, start=1):
        for place, cell in enumerate(cells):
            write_cell(sheet, number, place, cell, wrap)
    sheet.freeze_panes(1, 1)


def _demanded(kind: SheetKind) -> dict[str, str]:
    """Return how far each field is asked for, by its newest form."""
    return {field.name: field.required for field in all_fields(TABLES[kind])}
