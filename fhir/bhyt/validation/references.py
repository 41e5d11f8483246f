"""References: to a type that the element allows, and to a contained resource that is there (R4 §2.3.0)."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bhyt.parsing import JsonObject
from bhyt.validation.codes import resource_types
from bhyt.validation.elements import element_at, expression
from bhyt.validation.problem import Problem
from bhyt.validation.walk import Nodes, Path

# [base/]Type/id[/_history/version], or the conditional Type?search of a transaction.
_LITERAL: Final = re.compile(
    r"(?:https?://.+/)?([A-Z][A-Za-z]*)(?:/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?|\?.+)",
    re.ASCII,
)
_R4_TYPE_URL: Final = "http://hl7.org/fhir/StructureDefinition/"


def names_only(path: Path) -> tuple[str, ...]:
    """Return a path without its indexes."""
    return tuple(step for step in path if isinstance(step, str))


def reference_problems(
    nodes: Nodes, resource_type: str, prefix: str, known: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield the references of one resource that point to a wrong type or to nothing inside.

    `known` gives the type behind each `#id` of a contained resource and each
    fullUrl of the bundle around. What lies elsewhere is not looked up.
    """
    for path, node in nodes.references:
        element = element_at(resource_type, names_only(path))
        if element is None or element.type != "Reference":
            continue
        where = expression(prefix, resource_type, path)
        literal = node.get("reference")
        if isinstance(literal, str) and literal.startswith("#") and literal not in known:
            yield Problem(
                "error", "fhir.reference-unresolved", where, "ref-1: no contained resource has this id"
            )
        elif element.targets and (_types(node, known) & resource_types()) - element.targets:
            listed = ", ".join(sorted(element.targets))
            yield Problem("error", "fhir.reference-wrong-type", where, f"must refer to {listed}")


def _types(reference: JsonObject, known: Mapping[str, str]) -> set[str]:
    """Return the types that a reference names, by its address and by its `type`."""
    types = set()
    literal = reference.get("reference")
    if isinstance(literal, str):
        if literal in known:
            types.add(known[literal])
        elif match := _LITERAL.fullmatch(literal):
            types.add(match[1])
    named = reference.get("type")
    if isinstance(named, str):
        types.add(named.removeprefix(_R4_TYPE_URL))
    return types
