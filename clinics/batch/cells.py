"""Texts of others written into CSV and XLSX so that no spreadsheet program takes them for a formula.

A cell that begins with one of FORMULA_STARTS is run when the file is opened ("CSV injection"). In an
XLSX file a text is stored as a text, which is enough; in a CSV file an apostrophe goes before it,
which Excel and LibreOffice show as text, and which our own reading takes away again.

Where Windows separates lists by `;`, as in Vietnam, Excel cuts our lines there, and at tabs and line
ends, whatever quotes stand around. What would be a formula behind one of them has an apostrophe of its
own, which stays when the cell is read again: it stands inside of a text.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from clinics.batch.sources.sheets.typed import MAX_CELL_CHARACTERS

Value: TypeAlias = str | int | Decimal | date | datetime | None

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a formula may begin, for one program or another, in narrow or wide signs."""

_CUT_FORMULA = re.compile(r"""([;\t\r\n])(?=(?:[^\S\t\r\n]|")*[=+\-@＝＋－＠])""")
"""What may end a cell, where a formula follows: also behind blanks, and quotes that would be taken away."""

_XML_HAS_NOT = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
    if code not in (9, 10, 13)
}


def csv_cell(value: Value) -> str:
    """Return what stands in a CSV file for a value; a number stays a number, also a negative one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return _plain(value)
    text = _CUT_FORMULA.sub(r"\1'", value[:MAX_CELL_CHARACTERS].translate(_XML_HAS_NOT))
    if text.lstrip(" \u00a0").startswith((*FORMULA_STARTS, "'")):
        text = f"'{text}"
    return text[:MAX_CELL_CHARACTERS]


def write_cell(sheet: Worksheet, row: int, column: int, value: Value, style: Format | None = None) -> None:
    """Write a value into a cell of a sheet: numbers as numbers, texts as texts whatever they begin with."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value[:MAX_CELL_CHARACTERS].translate(_XML_HAS_NOT), style)
    elif isinstance(value, datetime | date):
        sheet.write_string(row, column, _plain(value), style)
    else:
        sheet.write_number(row, column, value, style)


def _plain(value: int | Decimal | date | datetime) -> str:
    """Return a number in plain digits, a date as ISO writes it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
