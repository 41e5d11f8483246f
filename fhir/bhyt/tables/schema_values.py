"""What one text says, for the marshmallow schemas: numbers, times, words; slow and clear."""

import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Final

from marshmallow import ValidationError

MAX_WHOLE: Final = 18
MAX_WRITTEN: Final = 40
MAX_EXPONENT_DIGITS: Final = 3
MAX_DOUBLE_DECIMALS: Final = 20
MAX_COUNT: Final = 10
"""Digits before the dot; characters of a number written out; digits of an exponent, and behind the dot
where there is one; digits of a count."""

DIGITS = frozenset("0123456789")
NULLS = frozenset({"NULL", "Null", "null"})
_TIMES = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def number_said(text: str, *, whole: bool) -> Decimal | int:
    """Return a number. Raises ValidationError: it has a comma, or is none."""
    digits = text.removeprefix("-")
    if "," in digits and set(digits) <= DIGITS | {",", "."}:
        raise ValidationError("record.comma-in-number")
    before, _, after = digits.partition(".")
    plain = bool(before + after) and set(before + after) <= DIGITS
    if not whole:
        exact = _written_out(text) if plain and len(before) <= MAX_WHOLE else exponent_number(text)
        if exact is None:
            raise ValidationError("record.bad-number")
        return exact
    if (
        not plain
        or text != digits
        or not 1 <= len(before) <= MAX_COUNT
        or set(after) > {"0"}
        or after.strip("0")
    ):
        raise ValidationError("record.bad-number")
    return int(before)


def exponent_number(text: str) -> Decimal | None:
    """Return the number that a mantissa and an exponent of ten make, None if there are not both."""
    mantissa, _, exponent = text.replace("E", "e").partition("e")
    before, _, after = mantissa.removeprefix("-").partition(".")
    if not before or len(before) > MAX_WHOLE or not set(before + after) <= DIGITS:
        return None
    size = exponent[1:] if exponent[:1] in {"+", "-"} else exponent
    if (
        not 1 <= len(size) <= MAX_EXPONENT_DIGITS
        or not set(size) <= DIGITS
        or len(after) > MAX_DOUBLE_DECIMALS
    ):
        return None
    return _written_out(text) if (before + after).strip("0") else Decimal(0)


def _written_out(text: str) -> Decimal | None:
    """Return a number without exponent, None if it is longer so than any number may be."""
    digits = format(Decimal(text), "f")
    long = len(digits.removeprefix("-").partition(".")[0]) > MAX_WHOLE or len(digits) > MAX_WRITTEN
    return None if long else Decimal(digits)


def time_said(text: str) -> tuple[int, ...]:
    """Return the known parts of a time, coarse to fine. Raises ValidationError: there is no such time."""
    if not set(text) <= DIGITS or len(text) not in _TIMES:
        raise ValidationError("record.bad-date")
    known = 4 if text[4:6] == "00" else 6 if text[6:8] == "00" else len(text)
    try:
        moment = datetime.strptime(text[:known], _TIMES[known])  # noqa: DTZ007 - the parts alone count
    except ValueError as error:
        raise ValidationError("record.bad-date") from error
    if text[known:].strip("0"):
        raise ValidationError("record.bad-date")
    return moment.timetuple()[: {4: 1, 6: 2, 8: 3, 12: 5, 14: 6}[known]]


def clean(text: str) -> str:
    """Return a text without outer space, composed; nothing if it is the word NULL."""
    said = composed(text)
    return "" if said in NULLS else said


def composed(text: str) -> str:
    """Return a text without outer space, composed."""
    return unicodedata.normalize("NFC", text.strip())
