"""FHIR JSON on the wire, with every decimal as it was sent.

R4 counts the zeros of a decimal as precision. orjson writes Decimals only as we tell it and
reads none, so reading for exactness goes through the standard library.
"""

import json
from decimal import Decimal
from typing import Any, Final

import orjson

from bhyt.errors import NotJson
from bhyt.r4.systems import Element

MAX_DIGITS = 100
"""How far a decimal may reach before or behind the dot and still be written without exponent."""


_SMALLEST: Final = -(2**63)
_LARGEST: Final = 2**64 - 1


def write(resource: Element) -> bytes:
    """Return the resource as JSON, Decimals as their own digits, and integers of any size as theirs."""
    try:
        return orjson.dumps(resource, default=_decimal)
    except orjson.JSONEncodeError:
        # Most likely an integer beyond 64 bits, which orjson refuses before it asks `default`.
        return orjson.dumps(_without_large_integers(resource), default=_decimal)


def integer(text: str) -> int | Decimal:
    """Return a JSON integer, as Decimal if it goes beyond the 64 bits that the writer knows."""
    number = int(text)
    return number if _SMALLEST <= number <= _LARGEST else Decimal(number)


def read(data: bytes) -> Element:
    """Return the resource with its decimals as Decimal.

    Raises NotJson: not UTF-8, not JSON, no JSON object, nested too deep, or NaN and the like.
    """
    try:
        resource = json.loads(data, parse_float=Decimal, parse_int=integer, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    if not isinstance(resource, dict):
        raise NotJson
    return resource


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


def _without_large_integers(value: Any) -> Any:
    """Return the value with every integer beyond 64 bits as Decimal."""
    if isinstance(value, dict):
        return {key: _without_large_integers(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_large_integers(part) for part in value]
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        return Decimal(value)
    return value


def _decimal(value: object) -> orjson.Fragment:
    """Write a Decimal as the number that it is."""
    if isinstance(value, Decimal):
        return orjson.Fragment(_digits(value))
    raise TypeError(type(value).__name__)


def _constant(_name: str) -> Decimal:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError
