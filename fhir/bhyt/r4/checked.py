"""Every resource that we write passes through its class of `fhir.resources.R4B`.

The class checks elements, cardinality and types. What is returned is the dict that went in, not
the class's dump, because the dump turns Decimals into floats (1250.500 into 1250.5).
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from bhyt.r4.systems import Element

other_space = re.compile(r"[^\S \r\n\t]")
"""White space that R4's strings do not know."""


def checked(resource: Element) -> Element:
    """Return the resource after R4B accepted it, without empty elements.

    Raises pydantic.ValidationError: the mapping made something that is no R4 resource, which is
    a fault of ours, never of the record.
    """
    kept = without_empty(resource)
    name = str(kept["resourceType"])
    # Imported late: the classes cost 0.3 s, and reading national files does not need them.
    module = import_module(f"fhir.resources.R4B.{name.lower()}")
    getattr(module, name).model_validate(kept)
    return kept


def without_empty(element: Element) -> Element:
    """Return the element without None, empty texts, empty lists and empty objects, all the way down.

    R4's strings know four kinds of white space, so others become a space. Every resource passes
    here, so it asks for exact types, the most frequent first.
    """
    result: Element = {}
    for key, value in element.items():
        kind = type(value)
        if kind is str:
            kept: Any = value if value.isascii() else other_space.sub(" ", value)
        elif kind is dict:
            kept = without_empty(value)
        elif kind is list or kind is tuple:
            kept = _parts(value)
        elif value is not None:
            result[key] = value
            continue
        else:
            continue
        if kept:
            result[key] = kept
    return result


def _parts(values: Iterable[Any]) -> list[Any]:
    """Return the parts of a list that are not empty."""
    found: list[Any] = []
    for value in values:
        kind = type(value)
        if kind is dict:
            kept: Any = without_empty(value)
        elif kind is str:
            kept = value if value.isascii() else other_space.sub(" ", value)
        elif kind is list or kind is tuple:
            kept = _parts(value)
        elif value is not None:
            found.append(value)
            continue
        else:
            continue
        if kept:
            found.append(kept)
    return found
