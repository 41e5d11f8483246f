"""Finding things in a FHIR resource that anybody may have made: what is not there is None, never an error.

Who cannot do without a thing says so with `needed`; a date that is there but unusable is refused.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from bhyt.errors import BadDate, MissingElement
from bhyt.r4.systems import Element, code_url, extension_url, identifier_url
from bhyt.records.dates import PartialDate

_T = TypeVar("_T")


def objects(element: Any, name: str) -> list[Element]:
    """Return the objects of a list element, none if it is not a list of objects."""
    values = element.get(name) if isinstance(element, dict) else None
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def first(element: Any, name: str) -> Element:
    """Return the first object of a list element, an empty one if there is none."""
    return next(iter(objects(element, name)), {})


def child(element: Any, *names: str) -> Element:
    """Return the object at the end of a path of single elements, an empty one if there is none."""
    for name in names:
        element = element.get(name) if isinstance(element, dict) else None
    return element if isinstance(element, dict) else {}


def text(value: Any) -> str | None:
    """Return a non-empty text, None for anything else."""
    return value if isinstance(value, str) and value else None


def decimal(value: Any) -> Decimal | None:
    """Return a number, which JSON may have made an int or float, as Decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def partial_date(value: object, path: str) -> PartialDate | None:
    """Return a FHIR date or dateTime, None if it is absent. Raises MissingElement: it is unusable."""
    if value is None:
        return None
    try:
        return PartialDate.from_fhir(str(value))
    except BadDate as error:
        raise MissingElement(path) from error


def whole_day(value: object, path: str) -> date:
    """Return a day that must be there. Raises MissingElement: it is not, or only its month or year is."""
    day = partial_date(value, path)
    if day is None or day.day is None:
        raise MissingElement(path)
    return day.to_date()


def needed(value: _T | None, path: str) -> _T:
    """Return what must be there, found at `path`. Raises MissingElement: it is not."""
    if value is None:
        raise MissingElement(path)
    return value


def identifier_of(element: Any, name: str) -> str | None:
    """Return the value of the identifier of a known system in a resource's `identifier` list."""
    url = identifier_url(name)
    for item in objects(element, "identifier"):
        if item.get("system") == url:
            return text(item.get("value"))
    return None


def reference_value(reference: Any, name: str) -> str | None:
    """Return the value of a logical reference, if its identifier is of the known system."""
    identifier = child(reference, "identifier")
    return text(identifier.get("value")) if identifier.get("system") == identifier_url(name) else None


def extensions_of(element: Any, name: str) -> list[Element]:
    """Return every extension of ours with this name."""
    url = extension_url(name)
    return [item for item in objects(element, "extension") if item.get("url") == url]


def extension_value(element: Any, name: str, kind: str) -> Any:
    """Return the `value[x]` (named in full by `kind`) of the first extension of ours, or None."""
    for item in extensions_of(element, name):
        if kind in item:
            return item[kind]
    return None


def parts_of(element: Element) -> dict[str, Any]:
    """Return the value of each part of a complex extension, by the part's name."""
    return {
        str(part.get("url")): value
        for part in objects(element, "extension")
        for key, value in part.items()
        if key.startswith("value")
    }


def extension_parts(element: Element, name: str) -> dict[str, Any]:
    """Return the value of each part of our extensions of this name, by the part's name; the last one wins."""
    found: dict[str, Any] = {}
    for item in extensions_of(element, name):
        found |= parts_of(item)
    return found


def contained(resource: Element, reference: Any) -> Element:
    """Return the contained resource that a reference of the form `#id` names, an empty one otherwise."""
    target = child(reference).get("reference") if isinstance(reference, dict) else None
    for item in objects(resource, "contained"):
        if isinstance(target, str) and target == f"#{item.get('id')}":
            return item
    return {}


def code_of(concept: Any, system: str) -> str | None:
    """Return the code of a CodeableConcept in a system."""
    for coding in objects(concept, "coding"):
        if coding.get("system") == system:
            return text(coding.get("code"))
    return None


def is_of(concept: Any, name: str) -> bool:
    """Say whether a CodeableConcept is of one of our code lists, with or without a code."""
    url = code_url(name)
    return any(coding.get("system") == url for coding in objects(concept, "coding"))
