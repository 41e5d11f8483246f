"""One walk through a resource that finds the nodes which the rules look at.

Python walks every node once, so this is the dearest part of a validation:
nothing is computed here but paths.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Final

from bhyt.parsing import JsonObject
from bhyt.validation.elements import elements_of, reachable
from bhyt.validation.primitives import INTEGERS

MAX_NODES: Final = 100_000
"""Members and array items of one resource, nested resources not counted."""

Path = tuple[str | int, ...]


class TooManyNodes(Exception):
    """The resource has more than MAX_NODES members and array items."""


@dataclass(slots=True)
class Nodes:
    """What one walk found, each with its path from the resource.

    `references` look like References (a type checker for them needs the
    path's element), `periods` like Periods, `narratives` like Narratives;
    `gaps` are arrays with a null, `fractions` numbers with a point or exponent
    under the name of a whole number, `nested` the resources inside.
    """

    references: list[tuple[Path, JsonObject]] = field(default_factory=list)
    periods: list[tuple[Path, JsonObject]] = field(default_factory=list)
    narratives: list[tuple[Path, JsonObject]] = field(default_factory=list)
    gaps: list[tuple[Path, JsonObject]] = field(default_factory=list)
    fractions: list[Path] = field(default_factory=list)
    nested: list[tuple[Path, JsonObject]] = field(default_factory=list)


def walk(resource: JsonObject, resource_type: str) -> Nodes:
    """Return the nodes of interest; resources inside are listed, not entered.

    Raises TooManyNodes: the resource is larger than any honest one.
    """
    found = Nodes()
    integers = _integer_names(resource_type)
    stack: list[tuple[Path, JsonObject]] = [((), resource)]
    count = 0
    while stack:
        path, node = stack.pop()
        count += len(node)
        for key, value in node.items():
            kind = type(value)
            if kind is str:
                continue
            if kind is dict:
                if resource_type == "Bundle" and key in _NESTED_IN_BUNDLE:
                    found.nested.append(((*path, key), value))
                else:
                    stack.append(((*path, key), value))
            elif kind is list:
                count += len(value)
                _array(found, stack, node, (*path, key), value, whole=key in integers)
            elif kind in _FRACTIONS and key in integers:
                found.fractions.append((*path, key))
        if count > MAX_NODES:
            raise TooManyNodes
        _notice(found, path, node)
    return found


_NESTED_IN_BUNDLE: Final = frozenset({"resource", "outcome"})
_FRACTIONS: Final = frozenset({Decimal, float})


@cache
def _integer_names(resource_type: str) -> frozenset[str]:
    """Return the names that are whole numbers somewhere in a resource of this type."""
    return frozenset(
        element.name
        for type_name in reachable(resource_type)
        for element in elements_of(type_name).values()
        if element.type in INTEGERS
    )


def _array(
    found: Nodes,
    stack: list[tuple[Path, JsonObject]],
    owner: JsonObject,
    path: Path,
    values: list[Any],
    *,
    whole: bool,
) -> None:
    nested = path == ("contained",)
    for index, value in enumerate(values):
        kind = type(value)
        if kind is dict:
            (found.nested if nested else stack).append(((*path, index), value))
        elif value is None:
            found.gaps.append((path, owner))
            return
        elif kind in _FRACTIONS and whole:
            found.fractions.append((*path, index))


def _notice(found: Nodes, path: Path, node: JsonObject) -> None:
    if "reference" in node or ("type" in node and "identifier" in node):
        found.references.append((path, node))
    if "start" in node and "end" in node:
        found.periods.append((path, node))
    if "div" in node:
        found.narratives.append((path, node))


def strings(value: Any) -> Iterator[str]:
    """Yield every text inside a JSON value, in no particular order."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
