"""Which resources are taken, how much is said of one, and that an OperationOutcome can be made of it."""

import subprocess
import sys

import pytest

from bhyt.validation import MAX_PROBLEMS, Problem, problems
from bhyt.validation.problem import ISSUE_TYPES
from bhyt.validation.walk import MAX_NODES
from tests.unit.validation.resources import changed, valid


@pytest.mark.parametrize(
    ("resource", "code", "expression"),
    [
        pytest.param({}, "fhir.unknown-type", "", id="no type"),
        pytest.param({"resourceType": 1}, "fhir.unknown-type", "", id="type that is a number"),
        pytest.param({"resourceType": "patient"}, "fhir.unknown-type", "", id="type in small letters"),
        pytest.param({"resourceType": "Ingredient"}, "fhir.unknown-type", "", id="type of R4B alone"),
        pytest.param({"resourceType": "DomainResource"}, "fhir.unknown-type", "", id="abstract type"),
        pytest.param(
            {"resourceType": "Condition"}, "fhir.unsupported-type", "Condition", id="type not taken"
        ),
    ],
)
def test_a_type_that_cannot_be_meant_is_one_fatal_problem(
    resource: dict[str, object], code: str, expression: str
) -> None:
    found = problems(resource)
    assert [(each.severity, each.code, each.expression) for each in found] == [("fatal", code, expression)]


def test_several_faults_are_all_named_each_once() -> None:
    change = {"gender": "F", "birthDate": "1995-02-30", "deceasedBoolean": True, "deceasedDateTime": "2026"}
    found = [(each.code, each.expression) for each in problems(changed("Patient", change))]
    assert sorted(found) == [
        ("fhir.code-not-allowed", "Patient.gender"),
        ("fhir.impossible-date", "Patient.birthDate"),
        ("fhir.two-choices", "Patient.deceased"),
    ]


def test_no_more_problems_are_named_than_the_limit() -> None:
    names = [{"text": ""} for _ in range(MAX_PROBLEMS + 1)]
    assert len(problems(changed("Patient", {"name": names}))) == MAX_PROBLEMS


def test_a_resource_of_absurd_size_is_refused_before_its_faults_are_counted() -> None:
    for change in ({"name": [1] * MAX_NODES}, {f"x{n}": 1 for n in range(MAX_NODES)}):
        found = problems(changed("Patient", change))
        assert [(each.severity, each.code, each.expression) for each in found] == [
            ("fatal", "fhir.too-large", "Patient")
        ]


def test_a_resource_inside_may_be_of_any_r4_type() -> None:
    medication = {"resourceType": "Medication", "id": "m", "whatever": None}
    reference = {"url": "urn:x", "valueReference": {"reference": "#m"}}
    assert problems(changed("Patient", {"contained": [medication], "extension": [reference]})) == []


@pytest.mark.parametrize("code", ISSUE_TYPES)
def test_an_operation_outcome_can_be_made_of_every_problem(code: str) -> None:
    problem = Problem("error", code, "Claim.item[0].serviced", "this day does not exist")
    outcome = valid("OperationOutcome") | {
        "issue": [
            {
                "severity": problem.severity,
                "code": ISSUE_TYPES[code],
                "details": {"coding": [{"code": problem.code}]},
                "diagnostics": problem.diagnostics,
                "expression": [problem.expression],
            }
        ]
    }
    assert problems(outcome) == []


def test_importing_the_room_does_not_import_the_fhir_classes() -> None:
    script = "import sys, bhyt.validation; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
