"""Finding things in a FHIR resource that anybody may have made: what is not there is None, never an error."""

from typing import Any

from bhyt.r4.systems import Element, extension_url, identifier_url


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
