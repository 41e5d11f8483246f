"""The access log says whose data was shown, one row for each person."""

import json

import pytest

from tests.integration.gateway.answers import logged
from tests.integration.gateway.world import MOTHER, SID, UNKNOWN, World, claim

FATHER = "033040000002"


@pytest.fixture
def stocked(world: World) -> World:
    """Two claims of the mother, one of the father."""
    for number, person in enumerate((MOTHER, MOTHER, FATHER)):
        world.clock.pass_(seconds=1)  # so that their order is certain
        world.post(
            "desk", "/fhir/Claim", claim(f"LK-{number}", national_id=person) | {"insurance": card(person)}
        )
    return world


def card(person: str) -> list:
    number = {MOTHER: "DN4339900000001", FATHER: "HT3339900000002"}[person]
    identifier = {"system": f"{SID}/vn-bhyt-card", "value": number}
    return [{"sequence": 1, "focal": True, "coverage": {"identifier": identifier}}]


def rows(world: World, path: str) -> list[tuple[str | None, str]]:
    world.get("insurer", path, **{"X-Request-Id": "asked"})
    found = logged(world, "asked")
    assert {(row.action, row.resource) for row in found} == {("search", path[6:].partition("?")[0])}
    return [(row.person, row.outcome) for row in found]


def test_a_search_without_a_person_logs_everybody_on_the_page(stocked: World) -> None:
    assert rows(stocked, "/fhir/Claim") == [(FATHER, "1"), (MOTHER, "2")]


def test_a_search_of_the_register_logs_everybody_on_the_page(stocked: World) -> None:
    people = [person for person, _ in rows(stocked, "/fhir/Patient")]
    assert people == [FATHER, "033085000003", MOTHER]


def test_only_who_is_on_the_page_is_logged(stocked: World) -> None:
    page = stocked.get("insurer", "/fhir/Claim?_count=1").json["entry"]
    (logged_person,) = rows(stocked, "/fhir/Claim?_count=1")
    assert len(page) == 1
    assert logged_person[0] in json.dumps(page[0])


def test_a_search_by_reference_logs_the_person(stocked: World) -> None:
    found = stocked.get("insurer", f"/fhir/Patient?identifier={MOTHER}").json["entry"]
    assert rows(stocked, f"/fhir/Claim?patient=Patient/{found[0]['resource']['id']}") == [(MOTHER, "2")]


def test_a_number_that_nobody_has_does_not_hide_who_was_shown(stocked: World) -> None:
    assert rows(stocked, f"/fhir/Claim?patient.identifier=000,{MOTHER}") == [(MOTHER, "2")]


def test_a_search_that_shows_nobody_logs_whom_it_asked_about(stocked: World) -> None:
    path = f"/fhir/Claim?patient.identifier={SID}/vn-cccd|{UNKNOWN},000"
    assert rows(stocked, path) == [("000", "0"), (UNKNOWN, "0")]


def test_a_search_that_shows_and_names_nobody_is_logged_all_the_same(world: World) -> None:
    assert rows(world, "/fhir/Claim") == [(None, "0")]
