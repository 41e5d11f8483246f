"""A record is about one person: its reference, what it contains and its identifiers agree."""

from typing import Any

import pytest

from tests.integration.gateway.world import MOTHER, PUBLIC_URL, SID, World, claim, codes, encounter

FATHER, FATHERS_NUMBER, MOTHERS_NUMBER = "033040000002", "9900000002", "9900000001"
SYSTEMS = {"cccd": f"{SID}/vn-cccd", "bhxh": f"{SID}/vn-bhxh-number"}


def named(**numbers: str) -> list[dict[str, str]]:
    return [{"system": SYSTEMS[name], "value": value} for name, value in numbers.items()]


def person(**numbers: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": named(**numbers)}


def about(kind: str, subject: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An Encounter or Claim about a person."""
    body, element = (encounter("X"), "subject") if kind == "Encounter" else (claim("X"), "patient")
    return body | {element: subject} | more


def father(world: World, **numbers: str) -> str:
    """Store the father as a Patient of this facility and return his id."""
    stored = world.post("desk", "/fhir/Patient", person(**(numbers or {"cccd": FATHER})))
    assert stored.status_code == 201, stored.text
    return str(stored.json["id"])


both = pytest.mark.parametrize("kind", ["Encounter", "Claim"])


@both
@pytest.mark.parametrize(
    "address", ["Patient/{}", PUBLIC_URL + "/fhir/Patient/{}"], ids=["relative", "absolute"]
)
def test_a_reference_to_another_than_the_identifier_is_refused(world: World, kind: str, address: str) -> None:
    subject = {"reference": address.format(father(world)), "identifier": named(cccd=MOTHER)[0]}
    answer = world.post("desk", f"/fhir/{kind}", about(kind, subject))
    assert (answer.status_code, codes(answer)) == (422, ["record.persons-differ"])


@both
def test_a_reference_that_shares_no_number_is_refused(world: World, kind: str) -> None:
    key = father(world, bhxh=FATHERS_NUMBER)
    subject = {"reference": f"Patient/{key}", "identifier": named(cccd=MOTHER)[0]}
    answer = world.post("desk", f"/fhir/{kind}", about(kind, subject))
    assert (answer.status_code, codes(answer)) == (422, ["record.persons-differ"])


@both
def test_a_contained_person_other_than_the_identifier_is_refused(world: World, kind: str) -> None:
    subject = {"reference": "#p", "identifier": named(cccd=FATHER)[0]}
    body = about(kind, subject, contained=[person(cccd=MOTHER) | {"id": "p"}])
    answer = world.post("desk", f"/fhir/{kind}", body)
    assert (answer.status_code, codes(answer)) == (422, ["record.persons-differ"])


def test_a_chip_does_not_prove_a_check_in_of_another(world: World) -> None:
    subject = {"reference": f"Patient/{father(world)}", "identifier": named(cccd=MOTHER)[0]}
    body = encounter("X", receipt=world.receipt()) | {"subject": subject}
    assert codes(world.post("desk", "/fhir/Encounter", body)) == ["record.persons-differ"]
    found = world.get("insurer", f"/fhir/Encounter?patient.identifier={FATHER}")
    assert found.json["entry"] == []


def test_a_patient_with_two_citizen_numbers_is_refused(world: World) -> None:
    two = {"resourceType": "Patient", "identifier": [*named(cccd=MOTHER), *named(cccd=FATHER)]}
    assert codes(world.post("desk", "/fhir/Patient", two)) == ["record.persons-differ"]


def test_inside_a_transaction_too_the_patient_is_the_person_of_the_claim(world: World) -> None:
    urn = "urn:uuid:0f4f6f3e-7a52-5f5c-9a7a-4f5d2b8c1a02"
    body = about("Claim", {"reference": urn, "identifier": named(cccd=MOTHER)[0]})
    entries = [
        {"fullUrl": urn, "resource": person(cccd=FATHER), "request": {"method": "POST", "url": "Patient"}},
        {"resource": body, "request": {"method": "POST", "url": "Claim"}},
    ]
    answer = world.post("desk", "/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert (answer.status_code, codes(answer)) == (422, ["record.persons-differ"])


@both
def test_the_same_person_named_in_every_way_is_stored(world: World, kind: str) -> None:
    key = father(world, cccd=MOTHER, bhxh=MOTHERS_NUMBER)
    contained = [person(cccd=MOTHER, bhxh=MOTHERS_NUMBER) | {"id": "p"}]
    identifier = named(cccd=MOTHER)[0]
    for number, (subject, more) in enumerate(
        (
            ({"reference": f"Patient/{key}", "identifier": identifier}, {}),
            ({"reference": f"Patient/{key}"}, {}),
            ({"reference": "#p", "identifier": identifier}, {"contained": contained}),
        )
    ):
        visit = [{"system": f"{SID}/vn-ma-lk", "value": f"LK-{number}"}]
        body = about(kind, subject, **more) | {"identifier": visit}
        answer = world.post("desk", f"/fhir/{kind}", body)
        assert answer.status_code == 201, answer.text
    found = world.get("insurer", f"/fhir/{kind}?patient.identifier={MOTHER}")
    assert len(found.json["entry"]) == 3
