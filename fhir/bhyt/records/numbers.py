"""Decimal numbers as national tables write them: digits with a dot, or what programs print of a double.

Every number that is read can be written into FHIR and read from there again: written out, with
sign and dot, it has at most as many characters as our parser takes.
"""

import re
from decimal import Decimal
from typing import Final

from bhyt.parsing import MAX_NUMBER_LENGTH

WHOLE_DIGITS: Final = 18
"""Digits before the dot, as many as R4 asks a program to know."""

DECIMALS: Final = 37
"""Digits behind the dot; with sign, zero and dot they are the 40 characters of MAX_NUMBER_LENGTH."""

DOUBLE_DIGITS: Final = 20
"""Digits behind the dot of a number with an exponent; a double has 17 digits in all."""

_PLAIN = re.compile(rf"-?(?:\d{{1,{WHOLE_DIGITS}}}(?:\.\d{{0,{DECIMALS}}})?|\.\d{{1,{DECIMALS}}})", re.ASCII)
_WITH_EXPONENT = re.compile(
    rf"-?\d{{1,{WHOLE_DIGITS}}}(?:\.\d{{0,{DOUBLE_DIGITS}}})?[eE][+-]?\d{{1,3}}", re.ASCII
)
_BEYOND = 10**WHOLE_DIGITS


def plain_number(text: str) -> Decimal | None:
    """Return a decimal with the decimals as sent, None if it is not digits with one dot, or too many."""
    if not _PLAIN.fullmatch(text):
        return None
    value = Decimal(text)
    return value if len(text) < MAX_NUMBER_LENGTH else _short(value)


def exponent_number(text: str) -> Decimal | None:
    """Return the number that `3.0E7` stands for, written out; None if it has no exponent or is too long."""
    if not _WITH_EXPONENT.fullmatch(text):
        return None
    return _short(Decimal(text)) if Decimal(text) else Decimal(0)


def any_number(text: str) -> Decimal | None:
    """Return a number in either form, None if it is in neither."""
    value = plain_number(text)
    return exponent_number(text) if value is None else value


def _short(value: Decimal) -> Decimal | None:
    """Return the value without exponent, None if it is too long to be written so."""
    if value.copy_abs() >= _BEYOND:
        return None
    digits = format(value, "f")
    return Decimal(digits) if len(digits) <= MAX_NUMBER_LENGTH else None
