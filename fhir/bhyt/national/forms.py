"""What a value of a national table says, by its kind, or why it cannot be read.

The same few numbers and times stand on every line of a claim, so what a text says is kept. The
forms are those that the decision prints, and those that hospital systems write for them without
any doubt about their meaning: `.5`, `1000.`, `3.00` for a count.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Generic, TypeVar

from bhyt.errors import BadDate
from bhyt.records.dates import PartialDate
from bhyt.records.numbers import plain_number
from bhyt.tables.fields import Kind

Value = int | Decimal | PartialDate

KEPT_VALUES: Final = 16_384
"""How many different texts of each kind are kept with what they say, until all are forgotten."""

FORMS: Final[dict[Kind, str]] = {
    "number": "0.00",
    "integer": "0",
    "day": "yyyyMMdd",
    "moment": "yyyyMMddHHmm",
    "birth": "yyyyMMddHHmm",
    "code": "0-9",
}
"""How a value of each kind is written, to be shown beside one that cannot be read."""

MAX_COUNT_DIGITS: Final = 10
"""Digits of a whole number: as many as STT may have, the longest of them."""

_INTEGER = re.compile(rf"(\d{{1,{MAX_COUNT_DIGITS}}})(?:\.0*)?", re.ASCII)
_WITH_COMMA = re.compile(r"-?[\d.]*,[\d.,]*", re.ASCII)


_T = TypeVar("_T")


class _Kept(dict[str, _T], Generic[_T]):
    """What texts say, read once: a dict needs no more than a lookup for the text that came before."""

    def __init__(self, read: Callable[[str], _T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> _T:
        """Read a text for the first time."""
        if len(self) >= KEPT_VALUES:
            self.clear()
        value = self[text] = self._read(text)
        return value


def _integer(text: str) -> int | None:
    """Return a whole number of at most MAX_COUNT_DIGITS, None for anything else."""
    match = _INTEGER.fullmatch(text)
    return int(match[1]) if match else None


def _moment(text: str) -> PartialDate | None:
    """Return a day or point in time as exact as it was sent, None if there is no such time."""
    try:
        return PartialDate.moment_from_national(text)
    except BadDate:
        return None


def _birth(text: str) -> PartialDate | None:
    """Return a date of birth, in which the time 0000 is not known; None if there is no such day."""
    try:
        return PartialDate.from_national(text)
    except BadDate:
        return None


number: Final = _Kept(plain_number).__getitem__
integer: Final = _Kept(_integer).__getitem__
moment: Final = _Kept(_moment).__getitem__
birth: Final = _Kept(_birth).__getitem__
READERS: Final[dict[Kind, Callable[[str], Value | None]]] = {
    "integer": integer,
    "number": number,
    "day": moment,
    "moment": moment,
    "birth": birth,
}
"""The kinds whose values are more than their text."""


def fault(kind: Kind, text: str) -> str:
    """Return the failure code of a text that its kind's reader could not read."""
    if kind in {"day", "moment", "birth"}:
        return "record.bad-date"
    return "record.comma-in-number" if _WITH_COMMA.fullmatch(text) else "record.bad-number"
