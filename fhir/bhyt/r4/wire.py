"""FHIR JSON on the wire, with every decimal as it was sent; `bhyt.parsing` reads it.

R4 counts the zeros of a decimal as precision. orjson writes Decimals only as we tell it.
"""

from decimal import Decimal
from typing import Any

import orjson

from bhyt.parsing import MAX_NUMBER_LENGTH
from bhyt.r4.systems import Element

MAX_DIGITS = 100
"""How far a decimal may reach before or behind the dot and still be written without exponent."""


def write(resource: Element) -> bytes:
    """Return the resource as JSON, Decimals as their own digits."""
    return orjson.dumps(resource, default=_decimal)


def plain(value: Any) -> Any:
    """Return JSON in the form in which equal content is equal: numbers as text without extra zeros."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    digits = _digits(Decimal(value))
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _digits(value: Decimal) -> str:
    """Return the digits of a Decimal; one with a huge exponent keeps it, or it would fill the memory."""
    return format(value, "f") if abs(value.adjusted()) < MAX_DIGITS else str(value)


def _decimal(value: object) -> orjson.Fragment:
    """Write a Decimal as the number that it is, with an exponent if nobody would read it without."""
    if isinstance(value, Decimal):
        digits = _digits(value)
        return orjson.Fragment(digits if len(digits) <= MAX_NUMBER_LENGTH else str(value))
    raise TypeError(type(value).__name__)
