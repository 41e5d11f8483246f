"""Bytes -> problems: is this FHIR R4, as far as the records of this house need it?

`problems` checks the JSON, the structure, R4's required codes and the rules in
the modules beside; each problem carries the FHIRPath of its element. It is not
a validator of profiles: `https://hl7.org/fhir/R4` alone is meant.
"""

from typing import Final

from bhyt.errors import Unreadable
from bhyt.parsing import JsonObject, check_depth, parse
from bhyt.validation.problem import Problem
from bhyt.validation.resource import root_problems
from bhyt.validation.types import RESOURCE_TYPES

__all__ = ["MAX_PROBLEMS", "RESOURCE_TYPES", "Problem", "problems"]

MAX_PROBLEMS: Final = 100
"""No more than this many problems are returned; the first ones are enough to start mending."""


def problems(resource: JsonObject | bytes) -> list[Problem]:
    """Return what is wrong with a resource, each fault once; an empty list means that it may be stored.

    Bytes are parsed by `bhyt.parsing`; an object must come from there or from our own
    writers. Of a resource type outside RESOURCE_TYPES that lies inside another
    resource only the type's name is checked, so whoever stores the entries of a
    bundle must refuse the types that it does not take.
    """
    try:
        if isinstance(resource, bytes):
            parsed = parse(resource)
        else:
            check_depth(parsed := resource)
    except Unreadable as refused:
        return [Problem("fatal", refused.code, "", str(refused))]
    unique: dict[tuple[str, str], Problem] = {}
    for problem in root_problems(parsed):
        unique.setdefault((problem.code, problem.expression), problem)
        if len(unique) == MAX_PROBLEMS:
            break
    return list(unique.values())
