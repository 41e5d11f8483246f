"""Counts and weights as people type them -> the digits of the national tables.

A count is digits and nothing else. A weight at birth is in grams, which have no decimals, so that a dot,
comma or space before three digits can only part the thousands: `3200`, `3.200`, `3,200 g`; and zeros
behind whole grams are nothing: `3200,0`, `3.200,00`. Kilograms must be named: `3,2 kg`. A number under
LEAST_GRAMS names no weight of a child: its unit is unclear.
"""

import re
from decimal import Decimal

from clinics.batch.sources.sheets.typed import Cell, CellRefused, text_of, whole_number

LEAST_GRAMS = 100
"""Below this a number is no weight in grams; somebody meant kilograms, or forgot a digit."""

MOST_GRAMS = 20_000
"""Above this a number is no weight at birth."""

_COUNT = re.compile(r"\d{1,9}", re.ASCII)
# Three zeros behind four digits are decimals: `3200.000`. Behind three they may be thousands: `320.000`.
_GRAMS = re.compile(
    r"(?P<whole>\d{1,5}|\d{1,2}(?P<mark>[., ])\d{3})"
    r"(?:(?<=\d{3})(?!(?P=mark))[.,]0{1,2}|(?<=\d{4})[.,]000)? ?(?:g|gr|gam|gram)?",
    re.ASCII | re.IGNORECASE,
)
_KILOGRAMS = re.compile(r"(\d{1,2}(?:[.,]\d{1,3})?) ?kg", re.ASCII | re.IGNORECASE)
_WEIGHT = "3200"


def count(cell: Cell) -> str:
    """Return a whole number. Raises CellRefused: decimals, signs, words, a date."""
    number = whole_number(cell)
    if number is None:
        text = text_of(cell) if isinstance(cell, str) else ""
        if not _COUNT.fullmatch(text):
            raise CellRefused("sheet.bad-number", "1")
        number = int(text)
    return str(number)


def grams(cell: Cell) -> str:
    """Return a weight at birth in grams.

    Raises CellRefused: no number, no unit where it is unclear, or no weight of a child.
    """
    weight = _weight(cell)
    if weight < LEAST_GRAMS:
        raise CellRefused("sheet.unit-unclear", _WEIGHT)
    if weight > MOST_GRAMS:
        raise CellRefused("sheet.bad-number", _WEIGHT)
    return str(weight)


def _weight(cell: Cell) -> int:
    """Return the grams that a cell says. Raises CellRefused: none, or parts of a gram."""
    if isinstance(cell, str):
        text = text_of(cell)
        if found := _GRAMS.fullmatch(text):
            return int(re.sub(r"\D", "", found["whole"]))
        if found := _KILOGRAMS.fullmatch(text):
            return int(Decimal(found[1].replace(",", ".")) * 1000)
        if re.fullmatch(r"\d{1,2}[.,]\d{1,2}", text, re.ASCII):
            raise CellRefused("sheet.unit-unclear", _WEIGHT)
        raise CellRefused("sheet.bad-number", _WEIGHT)
    number = whole_number(cell)
    if number is None:
        small = isinstance(cell, float) and 0 < cell < LEAST_GRAMS
        raise CellRefused("sheet.unit-unclear" if small else "sheet.bad-number", _WEIGHT)
    return number
