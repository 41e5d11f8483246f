"""Rules that no schema of the structure can say: invariants of R4 and numbers that point to lines.

Each rule takes what `walk` found and bears any malformed shape, because it
runs beside the structure check and not after it.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Final

from bhyt.parsing import JsonObject
from bhyt.validation.elements import element_at, expression
from bhyt.validation.narrative import narrative_fault
from bhyt.validation.primitives import INTEGERS
from bhyt.validation.problem import Problem
from bhyt.validation.references import names_only
from bhyt.validation.walk import Nodes, Path, strings

# (type, list of lines, its field of numbers, list that the numbers point into)
_SEQUENCES: Final = (
    ("Claim", "item", "careTeamSequence", "careTeam"),
    ("Claim", "item", "diagnosisSequence", "diagnosis"),
    ("Claim", "item", "procedureSequence", "procedure"),
    ("Claim", "item", "informationSequence", "supportingInfo"),
    ("CoverageEligibilityRequest", "item", "supportingInfoSequence", "supportingInfo"),
)

Rule = Callable[[JsonObject, Nodes, "Where"], Iterator[Problem]]


class Where:
    """Makes problems of one resource: its type and its FHIRPath are known once."""

    def __init__(self, resource_type: str, prefix: str) -> None:
        self.type = resource_type
        self.prefix = prefix

    def problem(self, code: str, path: Path, diagnostics: str) -> Problem:
        """Return the problem of the element at `path`."""
        return Problem("error", code, expression(self.prefix, self.type, path), diagnostics)

    def element_type(self, path: Path) -> str | None:
        """Return the type of the element at `path`, None when R4 has no such element."""
        element = element_at(self.type, names_only(path))
        return element.type if element else None


def rule_problems(resource: JsonObject, nodes: Nodes, where: Where) -> Iterator[Problem]:
    """Yield the problems of every rule."""
    for rule in _RULES:
        yield from rule(resource, nodes, where)


def _nulls(_resource: JsonObject, nodes: Nodes, where: Where) -> Iterator[Problem]:
    """A null in an array needs something at its place in the array beside (R4 §2.6.2.3)."""
    for path, owner in nodes.gaps:
        name = str(path[-1])
        values, beside = owner[name], owner.get(name[1:] if name.startswith("_") else f"_{name}")
        for index, value in enumerate(values):
            if value is None and not (
                isinstance(beside, list) and index < len(beside) and beside[index] is not None
            ):
                text = "null may stand only in an array beside a `_` element"
                yield where.problem("fhir.null-value", (*path, index), text)
                break


def _whole_numbers(_resource: JsonObject, nodes: Nodes, where: Where) -> Iterator[Problem]:
    """JSON Schema takes 1.0 for an integer; R4 does not."""
    for path in nodes.fractions:
        if where.element_type(path) in INTEGERS:
            yield where.problem("fhir.wrong-format", path, "a whole number has no point and no exponent")


def _periods(_resource: JsonObject, nodes: Nodes, where: Where) -> Iterator[Problem]:
    for path, period in nodes.periods:
        start, end = period["start"], period["end"]
        both = isinstance(start, str) and isinstance(end, str)
        if both and _is_after(start, end) and where.element_type(path) == "Period":
            yield where.problem("fhir.period-reversed", path, "per-1: the start is after the end")


def _is_after(start: str, end: str) -> bool:
    """Tell whether `start` is later for certain; a day and a moment are compared by the day."""
    if "T" in start and "T" in end:
        try:
            return dt.datetime.fromisoformat(start) > dt.datetime.fromisoformat(end)
        except (ValueError, TypeError, OverflowError):
            return False  # a malformed one is a fault of structure; a leap second is never far off
    length = min(len(start.partition("T")[0]), len(end.partition("T")[0]))
    return start[:length] > end[:length]


def _narratives(_resource: JsonObject, nodes: Nodes, where: Where) -> Iterator[Problem]:
    for path, narrative in nodes.narratives:
        div = narrative["div"]
        if (
            isinstance(div, str)
            and where.element_type(path) == "Narrative"
            and (fault := narrative_fault(div))
        ):
            yield where.problem("fhir.narrative-content", (*path, "div"), fault)


def _contained(resource: JsonObject, nodes: Nodes, where: Where) -> Iterator[Problem]:
    """dom-2 and dom-3: contained resources hold no others and are referred to, or refer to their holder."""
    contained = [(path, child) for path, child in nodes.nested if path[0] == "contained"]
    if not contained:
        return
    addresses = [f"#{child.get('id')}" for _, child in contained]
    mentioned = {text for _, node in nodes.references if isinstance(text := node.get("reference"), str)}
    if not mentioned.issuperset(addresses):  # not only References mention: a canonical, a contained one
        mentioned = {text for text in strings(resource) if text.startswith("#")}
    for (path, child), address in zip(contained, addresses, strict=True):
        if "contained" in child:
            yield where.problem("fhir.contained-nested", path, "dom-2: holds contained resources itself")
        if address not in mentioned and "#" not in strings(child):
            yield where.problem("fhir.contained-unreferenced", path, "dom-3: nothing refers to it")


def _contacts(resource: JsonObject, _nodes: Nodes, where: Where) -> Iterator[Problem]:
    """pat-1."""
    for index, contact in _objects(resource, "contact") if where.type == "Patient" else ():
        if not contact.keys() & {"name", "telecom", "address", "organization"}:
            text = "pat-1: a contact has at least a name, telecom, address or organization"
            yield where.problem("fhir.contact-without-details", ("contact", index), text)


def _documents(resource: JsonObject, _nodes: Nodes, where: Where) -> Iterator[Problem]:
    """bdl-9, bdl-10, bdl-11."""
    if where.type != "Bundle" or resource.get("type") != "document":
        return
    identifier = resource.get("identifier")
    if not isinstance(identifier, dict) or not identifier.keys() >= {"system", "value"}:
        text = "bdl-9: a document has an identifier with system and value"
        yield where.problem("fhir.document-without-identifier", ("identifier",), text)
    if not resource.keys() & {"timestamp", "_timestamp"}:
        yield where.problem(
            "fhir.document-without-timestamp", ("timestamp",), "bdl-10: a document has a timestamp"
        )
    first = next(iter(_objects(resource, "entry")), (0, {}))[1].get("resource")
    if not isinstance(first, dict) or first.get("resourceType") != "Composition":
        text = "bdl-11: the first resource of a document is its Composition"
        yield where.problem("fhir.document-without-composition", ("entry",), text)


def _sequences(resource: JsonObject, _nodes: Nodes, where: Where) -> Iterator[Problem]:
    """Numbers that point to a line which is not there."""
    for resource_type, lines, field, target in _SEQUENCES:
        if where.type != resource_type:
            continue
        there = {_number(entry.get("sequence")) for _, entry in _objects(resource, target)}
        for index, line in _objects(resource, lines):
            numbers = line.get(field)
            for position, number in enumerate(numbers if isinstance(numbers, list) else ()):
                if _number(number) is not None and _number(number) not in there:
                    text = f"no {target} has this sequence"
                    yield where.problem("fhir.dangling-sequence", (lines, index, field, position), text)


def _number(value: Any) -> int | None:
    return value if type(value) is int else None


def _objects(resource: JsonObject, name: str) -> Iterator[tuple[int, JsonObject]]:
    """Yield the objects of an array with their places; nothing when it is no array."""
    values = resource.get(name)
    for index, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, dict):
            yield index, value


_RULES: Final[tuple[Rule, ...]] = (
    _nulls,
    _whole_numbers,
    _periods,
    _narratives,
    _contained,
    _contacts,
    _documents,
    _sequences,
)
