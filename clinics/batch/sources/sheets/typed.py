"""What stands in a cell, and the refusal of one that has no certain meaning."""

import datetime
import unicodedata
from typing import TypeAlias

from clinics.errors import ClinicError

Cell: TypeAlias = (
    str | int | float | bool | datetime.datetime | datetime.date | datetime.time | datetime.timedelta
)
"""A cell of an XLSX sheet as calamine gives it; of a CSV file always text."""

MAX_CELL_CHARACTERS = 32_767
"""The longest text of a cell: Excel's own limit."""

_SHOWN_CHARACTERS = 100
_MARKS = frozenset("\u200b\u200c\u200d\u2060\ufeff")


class CellRefused(ClinicError):
    """A cell has no certain meaning; `expected` is an example of what can stand there."""

    code = "sheet.bad-text"

    def __init__(self, code: str, expected: str | None = None) -> None:
        super().__init__(f"a cell is refused: {code}")
        self.code = code
        self.expected = expected


def text_of(cell: Cell) -> str:
    """Return a text cell as text: NFC, one space between words of a line, no invisible marks.

    A leading apostrophe is Excel's way to say "this is text", and no part of it.

    Raises CellRefused: control characters that XML cannot hold, or too long.
    """
    if not isinstance(cell, str):
        return shown(cell)
    if cell.isalnum() and cell.isascii() and len(cell) <= MAX_CELL_CHARACTERS:
        return cell
    if cell.isprintable() and "  " not in cell and unicodedata.is_normalized("NFC", cell):
        text = cell.strip()
    else:
        marked = "".join(letter for letter in unicodedata.normalize("NFC", cell) if letter not in _MARKS)
        text = "\n".join(" ".join(line.split()) for line in marked.strip().splitlines())
        if not all(letter.isprintable() or letter == "\n" for letter in text):
            raise CellRefused("sheet.bad-text")
    if len(text) > MAX_CELL_CHARACTERS:
        raise CellRefused("sheet.bad-text")
    return text[1:] if text[:1] == "'" else text


def shown(cell: Cell) -> str:
    """Return what a person sees in the cell, as far as it can be told; cut to 100 characters."""
    match cell:
        case bool():
            text = "TRUE" if cell else "FALSE"
        case float():
            text = str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime.datetime():
            text = f"{cell:%d/%m/%Y %H:%M}"
        case datetime.date():
            text = f"{cell:%d/%m/%Y}"
        case _:
            text = str(cell)
    return text[:_SHOWN_CHARACTERS]


def whole_number(cell: Cell) -> int | None:
    """Return the integer of a number cell whose digits are all certain, else None."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    if not float(cell).is_integer() or not 0 <= cell < 2**53:
        return None
    return int(cell)


def fold(text: str) -> str:
    """Return `text` so that spellings of one header or label are equal: no case, marks or signs."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    words = "".join(letter if letter.isalnum() else " " for letter in plain if not _is_mark(letter))
    return " ".join(words.split())


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) == "Mn"
