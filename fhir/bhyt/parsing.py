"""Bytes -> a JSON object, within named limits and with decimals exactly as sent (R4 §2.6.2, RFC 8259).

All FHIR is read here: what is posted, what is stored, and what the desk is answered.

The standard library's decoder is used on purpose: orjson is four times as
fast but turns decimals into floats (`1.50` becomes `1.5`) and keeps the last
of two equal keys without a word.
"""

import json
from decimal import Decimal, DecimalException
from typing import Any, Final, TypeAlias

from bhyt.errors import (
    AbsurdNumber,
    BodyTooLarge,
    DuplicateKey,
    NestedTooDeep,
    NotAnObject,
    NotJson,
    NotUtf8,
)

MAX_BYTES: Final = 10 * 1024 * 1024
"""The largest body of a synchronous request, as `/metadata` announces it."""
MAX_DEPTH: Final = 50
"""How many objects and arrays may stand inside each other."""
MAX_NUMBER_LENGTH: Final = 40
"""Characters of one number; FHIR asks for 18 digits."""
MAX_EXPONENT: Final = 400
"""The largest power of ten of one number, above that of a double, so that none is costly to write out."""
_INT_LENGTH: Final = 18

JsonObject: TypeAlias = dict[str, Any]


def parse(data: bytes) -> JsonObject:
    """Return the JSON object in `data`; every number with a point or an exponent is a Decimal.

    Raises Unreadable: larger or deeper than our limits, not UTF-8, not JSON, two
    equal keys in one object, NaN, Infinity or an absurd number, not an object.
    """
    if len(data) > MAX_BYTES:
        raise BodyTooLarge(f"the body has {len(data)} bytes, {MAX_BYTES} are allowed")
    try:
        value = _DECODER.decode(data.decode("utf-8"))
        if b"\\u" in data:
            # An escaped half of a surrogate pair is valid JSON but no character.
            json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeError as error:
        raise NotUtf8("the body is not valid UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"the body is not JSON: {where}") from error
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(value, dict):
        raise NotAnObject("a resource is a JSON object")
    check_depth(value)
    return value


def check_depth(value: JsonObject) -> None:
    """Go through the levels of a JSON value from the top.

    Raises NestedTooDeep: more than MAX_DEPTH levels.
    """
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> NestedTooDeep:
    return NestedTooDeep(f"more than {MAX_DEPTH} objects and arrays inside each other")


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise DuplicateKey("an object has two members of the same name")
    return members


def _decimal(text: str) -> Decimal:
    if len(text) <= MAX_NUMBER_LENGTH:
        try:
            number = Decimal(text)
        except DecimalException as error:
            raise _absurd_number() from error
        if number.is_finite() and abs(number.adjusted()) <= MAX_EXPONENT:
            return number
    raise _absurd_number()


def _integer(text: str) -> int | Decimal:
    if len(text) > MAX_NUMBER_LENGTH:
        raise _absurd_number()
    # orjson writes whole numbers of 64 bits; a longer one can only be a decimal, and is written as one.
    return int(text) if len(text) <= _INT_LENGTH else Decimal(text)


def _constant(name: str) -> None:
    raise AbsurdNumber(f"{name} is not a JSON number")


def _absurd_number() -> AbsurdNumber:
    limits = f"{MAX_NUMBER_LENGTH} characters and a power of {MAX_EXPONENT}"
    return AbsurdNumber(f"a number goes beyond {limits}")


_DECODER: Final = json.JSONDecoder(
    parse_float=_decimal, parse_int=_integer, parse_constant=_constant, object_pairs_hook=_object
)
