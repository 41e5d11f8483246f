"""One resource and the resources inside it: which checks run, and under which path."""

from collections import ChainMap
from collections.abc import Iterator

from bhyt.parsing import JsonObject
from bhyt.validation.codes import resource_types
from bhyt.validation.elements import expression
from bhyt.validation.faults import structural_problems
from bhyt.validation.problem import Problem
from bhyt.validation.references import reference_problems
from bhyt.validation.rules import Where, rule_problems
from bhyt.validation.types import RESOURCE_TYPES
from bhyt.validation.walk import MAX_NODES, Nodes, TooManyNodes, walk


def root_problems(resource: JsonObject) -> Iterator[Problem]:
    """Yield the problems of a resource that stands alone, most telling first; some may repeat."""
    name = resource.get("resourceType")
    if not isinstance(name, str) or name not in resource_types():
        yield Problem("fatal", "fhir.unknown-type", "", "`resourceType` must name a resource of R4")
    elif name not in RESOURCE_TYPES:
        yield Problem("fatal", "fhir.unsupported-type", name, f"{name} is not taken here")
    else:
        yield from _resource_problems(resource, name, name, ChainMap())


def _resource_problems(
    resource: JsonObject, resource_type: str, prefix: str, around: ChainMap[str, str]
) -> Iterator[Problem]:
    """Yield the problems of a resource at `prefix`; `around` is what references in it can resolve to."""
    try:
        nodes = walk(resource, resource_type)
    except TooManyNodes:
        yield Problem("fatal", "fhir.too-large", prefix, f"more than {MAX_NODES} members and array items")
        return
    known = ChainMap(_resolvable(nodes, resource, resource_type), *around.maps)
    yield from structural_problems(resource, resource_type, prefix)
    yield from rule_problems(resource, nodes, Where(resource_type, prefix))
    yield from reference_problems(nodes, resource_type, prefix, known)
    for path, child in nodes.nested:
        where = expression(prefix, resource_type, path)
        name = child.get("resourceType")
        if not isinstance(name, str) or name not in resource_types():
            yield Problem("error", "fhir.unknown-type", where, "`resourceType` must name a resource of R4")
        elif name in RESOURCE_TYPES:
            yield from _resource_problems(child, name, where, known)


def _resolvable(nodes: Nodes, resource: JsonObject, resource_type: str) -> dict[str, str]:
    """Return what a reference in this resource can mean: `#` and `#id`, or the fullUrls of a bundle."""
    known: dict[str, str] = {}
    if resource_type == "Bundle":
        entries = resource.get("entry")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
                _know(known, entry.get("fullUrl"), entry["resource"])
        return known
    for path, child in nodes.nested:
        if path[0] == "contained" and isinstance(child.get("id"), str):
            _know(known, f"#{child['id']}", child)
    if known:
        _know(known, "#", resource)
    return known


def _know(known: dict[str, str], address: object, resource: JsonObject) -> None:
    name = resource.get("resourceType")
    if isinstance(address, str) and isinstance(name, str):
        known[address] = name
