"""The texts of national fields as FHIR values and back, letter for letter.

FHIR knows the value, not the spelling: `007` is the number 7, `K01; K02` two codes, `199500000000`
the year 1995. What does not come back from its home as it was sent stands beside it, in the
extension `as-sent`, a part for each field; a part `false` says that the field was not there.
White space other than space, tab and line break becomes a space: R4's strings know no other.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from bhyt.errors import BadDate
from bhyt.national import forms
from bhyt.r4.checked import other_space
from bhyt.r4.lookup import decimal, extensions_of, objects
from bhyt.r4.systems import Element, extension, one_spaced
from bhyt.records.dates import PartialDate
from bhyt.records.numbers import exponent_number

AS_SENT = "as-sent"
"""The extension that holds spellings which their homes cannot hold."""

DAY = 8
"""Characters of a national day: yyyyMMdd."""
MINUTE = 12
"""Characters of a national point in time: yyyyMMddHHmm."""
SECOND = 14
"""Characters of the one field that counts seconds: yyyyMMddHHmmss."""

_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,6})?", re.ASCII)
MAX_INTEGER = 2**31 - 1
"""The largest `integer` of R4."""
_FLAGS = frozenset({"0", "1"})
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)
# Days that every month has; the others take the longer way.
_PLAIN_MOMENT = re.compile(
    r"[12]\d{3}(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])(?:[01]\d|2[0-3])[0-5]\d", re.ASCII
)
# What surely comes back as it was sent, a number also with its dot moved by two places.
_PLAIN_NUMBER = re.compile(r"(?:0|-?[1-9]\d{0,14})(?:\.\d{1,6})?", re.ASCII)
_PLAIN_FHIR = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\+07:00", re.ASCII)


def number(text: str | None) -> Decimal | None:
    """Return a decimal with its decimals as sent; None if there is none or it is no number."""
    if not text:
        return None
    value = forms.number(text)
    if value is None:
        value = exponent_number(text)
    return value if value is None or value else value.copy_abs()


def integer(text: str | None) -> int | None:
    """Return a whole number that R4's `integer` can hold; None if there is none or it is none."""
    value = forms.integer(text) if text else None
    return None if value is None or value > MAX_INTEGER else value


def digits(value: Any) -> str | None:
    """Return the digits of a FHIR number as a national field has them, None for anything else."""
    if type(value) is Decimal:
        return format(value, "f")
    found = decimal(value)
    return None if found is None else format(found, "f")


def flag(text: str | None) -> bool | None:
    """Return what `1` or `0` says, None if the text is neither."""
    return None if text not in _FLAGS else text == "1"


def flagged(value: Any) -> str | None:
    """Return a FHIR boolean as `1` or `0`, None for anything else."""
    return ("1" if value else "0") if isinstance(value, bool) else None


def moment(text: str | None) -> str | None:
    """Return the FHIR date or dateTime of a national day or point in time, None if it is none."""
    if text is None:
        return None
    if _PLAIN_MOMENT.fullmatch(text):
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:]}:00+07:00"
    found = forms.moment(text)
    return None if found is None else found.to_fhir()


def day(text: str | None) -> str | None:
    """Return the FHIR date of a national day, None if it is none or has a time."""
    found = moment(text)
    return None if found is None or "T" in found else found


def birth(text: str | None) -> str | None:
    """Return the FHIR date or dateTime of a national birth, in which the time 0000 is unknown."""
    found = forms.birth(text) if text else None
    return None if found is None else found.to_fhir()


def national(value: Any, width: int = MINUTE) -> str | None:
    """Return a FHIR date or dateTime in the national form, None for anything else.

    A day has 8 characters and a point in time `width`. Months and days that are not known are
    zeros. For a birth, whose unknown time is zeros too, use `national_birth`.
    """
    if not isinstance(value, str):
        return None
    if width == MINUTE and _PLAIN_FHIR.fullmatch(value):
        return f"{value[:4]}{value[5:7]}{value[8:10]}{value[11:13]}{value[14:16]}"
    return _national(value, width)


def national_birth(value: Any, width: int = MINUTE) -> str | None:
    """Return the birth that a FHIR date or dateTime tells, filled up with zeros to `width` characters."""
    text = national(value, width)
    return None if text is None else text.ljust(width, "0")


def spaced(values: Mapping[str, str]) -> Mapping[str, str]:
    """Return the values with every white space that R4's strings do not know as a space."""
    return {name: text if text.isascii() else other_space.sub(" ", text) for name, text in values.items()}


def joined(parts: Iterable[str | None]) -> str | None:
    """Return the parts of a semicolon-separated field as one text, None if there is none."""
    return ";".join(part or "" for part in parts) or None


def parts(text: str | None) -> list[str]:
    """Return the non-empty parts of a semicolon-separated field."""
    if not text:
        return []
    return [part for piece in text.split(";") if (part := piece.strip())]


def plain_code(text: str) -> bool:
    """Say whether a code surely comes back as it was sent: FHIR's have no outer and no doubled space."""
    return text.isalnum() or one_spaced(text) == text


def plain_codes(text: str) -> bool:
    """Say whether a list of codes surely comes back as it was sent."""
    return text.isalnum() or ";".join(one_spaced(part) for part in parts(text)) == text


plain_number: Callable[[str], object] = _PLAIN_NUMBER.fullmatch
plain_time: Callable[[str], object] = _PLAIN_MOMENT.fullmatch


def as_sent(sent: Mapping[str, str], back: Mapping[str, str | None], fields: Iterable[str]) -> list[Element]:
    """Return the extension for those `fields` that come `back` otherwise than `sent`, or nothing."""
    found: list[Element] = []
    for name in fields:
        text = sent.get(name)
        if text != back.get(name):
            found.append({"url": name, "valueBoolean": False} if text is None else _spelled(name, text))
    return [extension(AS_SENT, extension=found)] if found else []


def corrected(back: dict[str, str | None], element: Any) -> dict[str, str]:
    """Return what came back from the homes, with the spellings that the element's `as-sent` keeps."""
    for item in extensions_of(element, AS_SENT):
        for part in objects(item, "extension"):
            text = part.get("valueString")
            back[str(part.get("url"))] = text if isinstance(text, str) else None
    return {name: text for name, text in back.items() if text}


def _spelled(name: str, text: str) -> Element:
    """Return one part of `as-sent`."""
    return {"url": name, "valueString": text}


@lru_cache(maxsize=4096)
def _national(value: str, width: int) -> str | None:
    """Read what the quick way does not know."""
    try:
        found = PartialDate.from_fhir(value)
    except BadDate:
        return None
    text = found.to_national()
    if found.minute is None:
        return text[:DAY]
    second = f"{found.second or 0:02d}"
    return text + second if width == SECOND or found.second else text
