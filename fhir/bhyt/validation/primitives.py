"""R4's primitive types as JSON Schemas (R4 §2.24.0.1), with months and leap years that exist.

The expressions are R4's own with three differences: they are anchored,
`string` refuses the control characters that R4's text forbids, and a day must
exist in its month. Rust's regular expressions run in linear time.
"""

import datetime as dt
import re
from typing import Any, Final

_YEAR: Final = r"([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)"
_LEAP_YEAR: Final = r"([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
_MONTH: Final = r"(0[1-9]|1[0-2])"
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE: Final = r"(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_TIME: Final = f"T{_CLOCK}{_ZONE}"
# A day that its month has, and any day as R4's expression lets it through.
_DAY: Final = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_ANY_DAY: Final = f"{_YEAR}-{_MONTH}-(0[1-9]|[12][0-9]|3[01])"
_MAX_STRING: Final = 1024 * 1024
_TEXT: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": _MAX_STRING,
    "pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$",
}
_INT32: Final = 2**31 - 1
MAX_MONEY_DIGITS: Final = 18
"""Digits of a sum of money before its point: as many as R4 asks a program to know."""
_BEYOND: Final = 10**MAX_MONEY_DIGITS
MONEY_VALUE: Final = {"type": "number", "exclusiveMinimum": -_BEYOND, "exclusiveMaximum": _BEYOND}


def _matching(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})$"}


PRIMITIVES: Final[dict[str, dict[str, Any]]] = {
    "base64Binary": _matching(r"(\s*([0-9a-zA-Z+/=]){4}\s*)+"),
    "boolean": {"type": "boolean"},
    "canonical": _matching(r"\S+"),
    "code": _matching(r"[^\s]+(\s[^\s]+)*"),
    "date": _matching(f"{_YEAR}(-{_MONTH})?|{_DAY}"),
    "dateTime": _matching(f"{_YEAR}(-{_MONTH})?|{_DAY}({_TIME})?"),
    "decimal": {"type": "number"},
    "id": _matching(r"[A-Za-z0-9\-.]{1,64}"),
    "instant": _matching(f"{_DAY}{_TIME}"),
    "integer": {"type": "integer", "minimum": -_INT32 - 1, "maximum": _INT32},
    "markdown": _TEXT,
    "oid": _matching(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+"),
    "positiveInt": {"type": "integer", "minimum": 1, "maximum": _INT32},
    "string": _TEXT,
    "time": _matching(_CLOCK),
    "unsignedInt": {"type": "integer", "minimum": 0, "maximum": _INT32},
    "uri": _matching(r"\S+"),
    "url": _matching(r"\S+"),
    "uuid": _matching(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "xhtml": {"type": "string", "minLength": 1},
}

INTEGERS: Final = frozenset({"integer", "positiveInt", "unsignedInt"})
_DAY_FORM: Final = re.compile(f"{_ANY_DAY}({_TIME})?", re.ASCII)


def names_a_missing_day(text: str) -> bool:
    """Tell whether `text` has the form of a day or a moment, but its month has no such day."""
    if _DAY_FORM.fullmatch(text) is None:
        return False
    try:
        dt.date.fromisoformat(text[:10])
    except ValueError:
        return True
    return False
