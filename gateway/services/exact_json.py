"""JSON in and out without changing a number: strict reading, decimals as sent, bytes of each entry.

Refused: invalid UTF-8, duplicate keys, NaN and Infinity, and nesting beyond `MAX_DEPTH`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

from gateway.errors import RequestRefused

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 50
MAX_NUMBER_CHARS = 64

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_Reader = Callable[[str, int], tuple[Any, int]]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON object; `resources` are the bytes of each entry's `resource`, exactly as received."""

    value: dict[str, Any]
    resources: tuple[bytes, ...]


def parse(data: bytes) -> Parsed:
    """Read one JSON object, and where it has an `entry` array, the bytes of the resources in it.

    Raises RequestRefused: too large, not UTF-8, not JSON, a duplicate key, too deep, or no object.
    """
    if len(data) > MAX_BYTES:
        raise RequestRefused("request.too-large", f"more than {MAX_BYTES} bytes", http=413)
    try:
        text = data.decode("utf-8-sig")
        _check_depth(text)
        spans: list[tuple[int, int]] = []
        value, end = _object(text, _skip(text, 0), _top_member(spans))
        if _skip(text, end) != len(text):
            raise ValueError("more than one value")
    except (ValueError, RecursionError) as error:
        raise RequestRefused("request.malformed", "the body is not one well-formed JSON object") from error
    return Parsed(value, tuple(text[start:end].encode() for start, end in spans))


def dump(value: dict[str, Any] | list[Any]) -> bytes:
    """Write JSON; a Decimal keeps the digits it was read with."""
    return orjson.dumps(value, default=_plain_decimal)


def canonical(value: dict[str, Any]) -> bytes:
    """Write JSON in one form only: keys sorted, no space; equal values give equal bytes."""
    return orjson.dumps(value, default=_plain_decimal, option=orjson.OPT_SORT_KEYS)


def _plain_decimal(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


def _top_member(spans: list[tuple[int, int]]) -> Callable[[str], _Reader]:
    """Descend into `entry[*].resource` and note where each lies; read all else with the C decoder."""

    def resource(source: str, at: int) -> tuple[Any, int]:
        value, end = _DECODER.raw_decode(source, at)
        spans.append((at, end))
        return value, end

    def element(source: str, at: int) -> tuple[Any, int]:
        if source[at : at + 1] != "{":
            return _DECODER.raw_decode(source, at)
        return _object(source, at, lambda name: resource if name == "resource" else _DECODER.raw_decode)

    def entries(source: str, at: int) -> tuple[Any, int]:
        return _array(source, at, element) if source[at : at + 1] == "[" else _DECODER.raw_decode(source, at)

    return lambda name: entries if name == "entry" else _DECODER.raw_decode


def _object(text: str, at: int, reader: Callable[[str], _Reader]) -> tuple[dict[str, Any], int]:
    at = _expect(text, at, "{")
    pairs: list[tuple[str, Any]] = []
    while text[at : at + 1] != "}":
        if pairs:
            at = _expect(text, at, ",")
        if text[at : at + 1] != '"':
            raise ValueError("a member needs a name")
        name, at = _DECODER.raw_decode(text, at)
        value, at = reader(name)(text, _expect(text, _skip(text, at), ":"))
        pairs.append((name, value))
        at = _skip(text, at)
    return _unique(pairs), at + 1


def _array(text: str, at: int, reader: _Reader) -> tuple[list[Any], int]:
    at = _expect(text, at, "[")
    values: list[Any] = []
    while text[at : at + 1] != "]":
        if values:
            at = _expect(text, at, ",")
        value, at = reader(text, at)
        values.append(value)
        at = _skip(text, at)
    return values, at + 1


def _expect(text: str, at: int, mark: str) -> int:
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark} expected")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_CHARS:
        raise ValueError("number too long")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("number out of range") from error


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_CHARS:
        raise ValueError("number too long")
    return int(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    parse_float=_decimal, parse_int=_integer, parse_constant=_no_constant, object_pairs_hook=_unique
)


def _check_depth(text: str) -> None:
    """Count brackets outside strings: a hostile body costs one pass and no recursion."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH}")
        elif match[0] in "]}":
            depth -= 1
