"""The bytes of each resource in a Bundle, exactly as they were received: those are kept, and hashed.

For text that `bhyt.validation.parse` has accepted. Only the three outer levels are walked here; each
resource is stepped over by the C decoder.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def entry_bytes(bundle: bytes) -> list[bytes]:
    """Return the bytes of `entry[*].resource`, in order; entries without one are left out."""
    text = bundle.decode("utf-8")
    found: list[bytes] = []
    for name, start in _members(text, _skip(text, 0)):
        if name == "entry" and text[start] == "[":
            for element in _elements(text, start):
                found += [_slice(text, at) for key, at in _members(text, element) if key == "resource"]
    return found


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Yield each member's name and where its value starts; nothing for what is no object."""
    if text[at] != "{":
        return
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        yield name, at
        at = _after(text, at)


def _elements(text: str, at: int) -> Iterator[int]:
    """Yield where each element of an array starts."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        at = _after(text, at)


def _after(text: str, at: int) -> int:
    """Step over a value and the comma behind it."""
    at = _skip(text, _end(text, at))
    return _skip(text, at + 1) if text[at] == "," else at


def _slice(text: str, at: int) -> bytes:
    return text[at : _end(text, at)].encode()


def _end(text: str, at: int) -> int:
    value: tuple[Any, int] = _DECODER.raw_decode(text, at)
    return value[1]


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
