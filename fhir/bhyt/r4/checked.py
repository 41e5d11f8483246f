"""Every resource that we write passes through its class of `fhir.resources.R4B`.

The class checks elements, cardinality and types. What is returned is the dict that went in, not
the class's dump, because the dump turns Decimals into floats (1250.500 into 1250.5).
"""

import re
from importlib import import_module

from bhyt.r4.systems import Element

_OTHER_SPACE = re.compile(r"[^\S \r\n\t]")


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
    """Return the element without None, empty texts, empty lists and empty objects, all the way down."""
    result: Element = {}
    for key, value in element.items():
        kept = _kept(value)
        if kept is not None and kept not in ("", [], {}):
            result[key] = kept
    return result


def _kept(value: object) -> object:
    """Clean one value; R4's strings know four kinds of white space, so others become a space."""
    if isinstance(value, str):
        return value if value.isascii() else _OTHER_SPACE.sub(" ", value)
    if isinstance(value, dict):
        return without_empty(value)
    if isinstance(value, list | tuple):
        parts = [_kept(part) for part in value]
        return [part for part in parts if part is not None and part not in ("", [], {})]
    return value
