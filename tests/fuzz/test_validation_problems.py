"""Whatever is sent, validation answers with problems: nothing is raised, and every problem can be shown."""

import contextlib
import json
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bhyt.errors import Unreadable
from bhyt.parsing import parse
from bhyt.validation import MAX_PROBLEMS, RESOURCE_TYPES, Problem, problems
from bhyt.validation.codes import resource_types
from bhyt.validation.problem import ISSUE_TYPES
from failures import all_failures
from tests.unit.validation.resources import valid

# The first resource of a type compiles its schema, which takes longer than any other.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["2026-02-30", "#", "#p1", "Patient/p1", "active", '<div xmlns="http://www.w3.org/1999/xhtml"/>']
    ),
)
NAMES = st.one_of(
    st.text(max_size=10),
    st.sampled_from(
        "resourceType id text div contained extension url valueCode _valueCode valueReference reference "
        "type identifier period start end item sequence careTeamSequence entry resource fullUrl given "
        "_given".split()
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def _paths(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every member and array item inside a JSON value."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, child in members for found in ((*path, key), *_paths(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a valid resource with one to three members replaced, renamed, added or taken away."""
    resource = valid(draw(st.sampled_from(RESOURCE_TYPES)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(_paths(resource) or [("id",)]))
        node: Any = resource
        for step in path[:-1]:
            node = node[step]
        match draw(st.sampled_from(["replace", "remove", "add", "copy"])):
            case "replace":
                node[path[-1]] = draw(VALUES)
            case "remove":
                node.pop(path[-1], None) if isinstance(node, dict) else node.pop(path[-1])
            case "add" if isinstance(node, dict):
                node[draw(NAMES)] = draw(VALUES)
            case "copy" if isinstance(node, list):
                node.append(node[path[-1]])
    return resource


def _show(found: list[Problem]) -> None:
    assert len(found) <= MAX_PROBLEMS
    for problem in found:
        assert problem.code in all_failures()
        assert problem.code in ISSUE_TYPES
        root = problem.expression.partition(".")[0]
        assert root == "" or root in resource_types()
        assert problem.diagnostics


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused_with_an_error_of_ours(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert isinstance(parse(data), dict)
    _show(problems(data))


@PATIENT
@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_any_json_is_parsed_or_refused_with_an_error_of_ours(value: Any) -> None:
    _show(problems(json.dumps({"resourceType": "Patient", "extension": value}).encode()))
    _show(problems(json.dumps(value).encode()))


@PATIENT
@given(mutated())
def test_a_mutated_resource_is_judged_and_never_raises(resource: dict[str, Any]) -> None:
    found = problems(resource)
    _show(found)
    text = json.dumps(resource, default=float)
    _show(problems(text.encode()))


@PATIENT
@given(mutated(), st.data())
def test_damaged_bytes_are_judged_and_never_raise(resource: dict[str, Any], data: st.DataObject) -> None:
    body = bytearray(json.dumps(resource, default=float, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    _show(problems(bytes(body)))


@settings(PATIENT, derandomize=True)
@given(mutated())
def test_what_the_classes_of_r4b_refuse_is_refused(resource: dict[str, Any]) -> None:
    body = json.dumps(resource, default=float)
    assume('"_value' not in body)  # R4B forgets these siblings of an extension's value
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate_json(body)
    except (ValueError, TypeError, LookupError):
        assert problems(body.encode())
