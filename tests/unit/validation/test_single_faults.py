"""A corpus of valid resources with one fault each: refused for that reason alone, a near miss accepted.

The reasons are clauses and invariants of R4, by hand from the standard; among
them is what R4B's classes let through and what a JSON schema of R4 lets through.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bhyt.validation import RESOURCE_TYPES, problems
from bhyt.validation.problem import ISSUE_TYPES
from tests.unit.validation.resources import changed, valid

FAULTS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("single_faults.json").read_text(encoding="utf-8"), parse_float=Decimal
)
every_fault = pytest.mark.parametrize("fault", FAULTS, ids=[fault["name"] for fault in FAULTS])


@pytest.mark.parametrize("resource_type", RESOURCE_TYPES)
def test_the_valid_resource_of_each_type_has_no_problem(resource_type: str) -> None:
    assert problems(valid(resource_type)) == []


@every_fault
def test_a_single_fault_is_refused_for_its_own_reason_alone(fault: dict[str, Any]) -> None:
    found = problems(changed(fault["resource"], fault["change"]))
    assert [(each.code, each.expression) for each in found] == [(fault["code"], fault["expression"])]


@every_fault
def test_its_near_miss_is_accepted(fault: dict[str, Any]) -> None:
    assert problems(changed(fault["resource"], fault["near_miss"])) == []


def test_every_code_has_a_single_fault_or_is_one_of_the_whole_body() -> None:
    of_the_whole_body = {
        "fhir.duplicate-key",
        "fhir.invalid-utf8",
        "fhir.malformed-json",
        "fhir.not-an-object",
        "fhir.number-out-of-range",
        "fhir.too-deep",
        "fhir.too-large",
        "fhir.unsupported-type",
    }
    of_another_type_than_the_door_takes = {"fhir.wrong-resource"}
    whole = of_the_whole_body | of_another_type_than_the_door_takes
    assert {fault["code"] for fault in FAULTS} | whole == ISSUE_TYPES.keys()


def test_no_diagnostics_quote_the_faulty_value() -> None:
    secret = "Bí mật 0912345678"
    resource = changed("Patient", {"gender": secret, "birthDate": secret, secret: 1, "active": secret})
    found = problems(resource)
    assert len(found) == 4
    assert not any("0912345678" in each.diagnostics + each.expression for each in found)
