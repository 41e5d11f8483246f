"""Who sees what: each sentence of ARCHITECTURE's decision is a test here."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.services.mismatches import MISMATCHES_PER_HOUR
from gateway.store.database import Caller
from gateway.store.tables_access import Access
from tests.integration.gateway.answers import extensions, reasons
from tests.integration.gateway.deaths import death
from tests.integration.gateway.world import (
    MOTHER,
    SID,
    THERE,
    UNKNOWN,
    World,
    claim,
    codes,
    encounter,
    question,
)

SUBMIT = "/fhir/CoverageEligibilityRequest/$submit"
BY_MOTHER = f"identifier={SID}/vn-cccd|{MOTHER}"


def found(answer) -> int:
    assert answer.status_code == 200, answer.text
    return len(answer.json["entry"])


class TestAFacilityReadsItsOwnRecords:
    def test_and_the_insurer_reads_them_too(self, world: World) -> None:
        location = world.post("desk", "/fhir/Claim", claim()).headers["Location"]
        path = location.removeprefix("https://gateway.example").split("/_history")[0]
        assert world.get("desk", path).status_code == 200
        assert world.get("insurer", path).status_code == 200

    def test_another_facilitys_are_not_found_by_id(self, world: World) -> None:
        for body in (claim(), encounter(), death()):
            location = world.post("desk", f"/fhir/{body['resourceType']}", body).headers["Location"]
            path = location.removeprefix("https://gateway.example").split("/_history")[0]
            answer = world.get("elsewhere", path)
            assert (answer.status_code, codes(answer)) == (404, ["request.not-found"])

    def test_another_facilitys_are_left_out_of_every_search(self, world: World) -> None:
        for body in (claim(), encounter(), death()):
            kind = body["resourceType"]
            world.post("desk", f"/fhir/{kind}", body)
            assert found(world.get("desk", f"/fhir/{kind}")) == 1
            assert found(world.get("insurer", f"/fhir/{kind}")) == 1
            assert found(world.get("elsewhere", f"/fhir/{kind}")) == 0

    def test_a_record_in_another_facilitys_name_is_refused(self, world: World) -> None:
        answer = world.post("elsewhere", "/fhir/Claim", claim())
        assert (answer.status_code, codes(answer)) == (403, ["auth.other-facility"])
        assert found(world.get("insurer", "/fhir/Claim")) == 0


class TestDataOfOtherFacilitiesLeavesOnlyThroughEligibility:
    def test_as_date_facility_and_category_of_earlier_visits(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", claim("LK-1"))
        asked = question(facility=THERE, receipt=world.receipt("elsewhere"))
        (visit,) = extensions(world.post("elsewhere", SUBMIT, asked), "earlier-visit")
        parts = {part["url"]: part.get("valueDate") or part.get("valueString") for part in visit["extension"]}
        assert {name: value for name, value in parts.items() if value} == {
            "date": "2026-07-14",
            "facility": "33999",
        }

    def test_but_not_to_data_that_were_once_read_off_a_chip(self, world: World) -> None:
        """A copied SOD opens nobody's history; a facility sees what it stored itself."""
        world.post("desk", "/fhir/Claim", claim("LK-1"))
        read = world.receipt("elsewhere", proven=False)
        answer = world.post("elsewhere", SUBMIT, question(facility=THERE, receipt=read))
        assert extensions(answer, "earlier-visit") == []
        own = world.post("desk", SUBMIT, question(receipt=world.receipt(proven=False)))
        assert len(extensions(own, "earlier-visit")) == 1

    def test_never_of_another_person(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", claim("LK-1", national_id=UNKNOWN))
        asked = question(facility=THERE, receipt=world.receipt("elsewhere"))
        by_card = claim("LK-2", national_id=UNKNOWN) | {"insurance": []}
        world.post("desk", "/fhir/Claim", by_card)
        visits = extensions(world.post("elsewhere", SUBMIT, asked), "earlier-visit")
        assert len(visits) == 1  # LK-1 names the mother's card


class TestANumberWithoutChip:
    def test_needs_a_matching_name_and_birth_date(self, world: World) -> None:
        right = world.post("desk", SUBMIT, question())
        assert extensions(right, "eligibility-status")[0]["valueCode"] == "covered"
        for wrong in (
            question(name="NGUYỄN THỊ MẪU THỦ"),
            question(birth_date="1995-04-13"),
            question(name=None),
            question(birth_date=None),
        ):
            answer = world.post("desk", SUBMIT, wrong)
            assert extensions(answer, "eligibility-status")[0]["valueCode"] == "unknown"
            assert "insurance" not in answer.json
            assert "contained" not in answer.json

    def test_returns_no_history(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", claim())
        assert extensions(world.post("desk", SUBMIT, question()), "earlier-visit") == []


class TestAnAnswerSaysHowSureItIs:
    def level(self, world: World, **asked: Any) -> str:
        answer = world.post("desk", SUBMIT, question(**asked))
        (extension,) = extensions(answer, "assurance")
        level: str = extension["valueCode"]
        return level

    @pytest.mark.parametrize("entered_by", ["qr", "typed"])
    def test_of_a_number_as_the_desk_entered_it(self, world: World, entered_by: str) -> None:
        assert self.level(world, entered_by=entered_by) == entered_by

    def test_of_a_chip_as_the_gateway_found_it_and_never_as_the_desk_says(self, world: World) -> None:
        assert self.level(world, receipt=world.receipt()) == "chip-proven"
        assert self.level(world, receipt=world.receipt(proven=False)) == "chip-read"
        assert self.level(world, receipt=world.receipt(proven=False), entered_by="typed") == "chip-read"
        assert self.level(world, entered_by="chip") == "typed"

    def test_and_does_not_warn_of_a_name_that_the_zone_writes_in_its_own_way(self, world: World) -> None:
        answer = world.post("desk", SUBMIT, question(receipt=world.receipt()))
        assert reasons(answer) == ["cover.in-force"]
        assert reasons(answer, "warning") == []


class TestAFacilityCannotSearchPersonsThatItHasNotCheckedIn:
    @pytest.mark.parametrize("path", [f"/fhir/Patient?{BY_MOTHER}", "/fhir/Patient", "/fhir/Coverage"])
    def test_the_register_is_closed_to_it(self, world: World, path: str) -> None:
        assert found(world.get("desk", path)) == 0
        assert found(world.get("insurer", path)) >= 1

    def test_and_what_it_typed_itself_opens_nothing(self, world: World) -> None:
        assert world.post("desk", "/fhir/Encounter", encounter()).status_code == 201
        assert found(world.get("desk", f"/fhir/Patient?{BY_MOTHER}")) == 0

    def test_a_check_in_with_the_chip_opens_that_person_at_that_facility(self, world: World) -> None:
        assert world.check_in().status_code == 201
        assert found(world.get("desk", "/fhir/Patient")) == 1
        (entry,) = world.get("desk", f"/fhir/Patient?{BY_MOTHER}").json["entry"]
        assert entry["resource"]["birthDate"] == "1995-04-12"
        path = f"/fhir/Patient/{entry['resource']['id']}"
        assert world.get("desk", path).status_code == 200
        assert world.get("elsewhere", path).status_code == 404
        assert found(world.get("elsewhere", "/fhir/Patient")) == 0
        assert found(world.get("desk", "/fhir/Coverage")) == 1


class TestMismatchAnswersAreLimitedPerDesk:
    def test_the_desk_waits_and_its_neighbor_does_not(self, world: World) -> None:
        wrong = question(name="AI ĐÓ")
        for _ in range(MISMATCHES_PER_HOUR):
            assert world.post("desk", SUBMIT, wrong).status_code == 200
        refused = world.post("desk", SUBMIT, question())
        assert (refused.status_code, codes(refused)) == (429, ["request.too-many-mismatches"])
        assert 0 < int(refused.headers["Retry-After"]) <= 3600
        assert world.post("second-desk", SUBMIT, question()).status_code == 200

    def test_a_chip_is_answered_all_the_same_and_the_next_hour_is_new(self, world: World) -> None:
        for _ in range(MISMATCHES_PER_HOUR):
            world.post("desk", SUBMIT, question(national_id=UNKNOWN))
        assert world.post("desk", SUBMIT, question()).status_code == 429
        assert world.post("desk", SUBMIT, question(receipt=world.receipt())).status_code == 200
        world.clock.pass_(hours=1)
        world.tokens.clear()
        assert world.post("desk", SUBMIT, question()).status_code == 200


class TestPeopleHaveNames:
    def test_a_question_is_logged_with_its_clerk(self, world: World) -> None:
        answer = world.post("desk", SUBMIT, question(), X_Request_Id="r-77")
        assert answer.headers["X-Request-Id"] == "r-77"
        with world.database.begin(Caller("insurer", "audit")) as session:
            row = session.scalars(select(Access).where(Access.request_id == "r-77")).one()
        assert (row.clerk_name, row.clerk_id) == ("LÊ THỊ TIẾP ĐÓN", "033190000009")
        assert (row.person, row.facility, row.action) == (MOTHER, "33999", "eligibility")

    def test_a_question_without_a_clerk_is_refused(self, world: World) -> None:
        nameless = question() | {"enterer": None}
        nameless = {name: value for name, value in nameless.items() if value}
        nameless["contained"] = [
            part for part in nameless["contained"] if part["resourceType"] != "Practitioner"
        ]
        answer = world.post("desk", SUBMIT, nameless)
        assert (answer.status_code, codes(answer)) == (422, ["fhir.missing-element"])

    def test_every_look_leaves_a_row(self, world: World) -> None:
        location = world.post("desk", "/fhir/Claim", claim()).headers["Location"]
        path = location.removeprefix("https://gateway.example").split("/_history")[0]
        world.get("insurer", path, **{"X-Request-Id": "look"})
        world.get("insurer", f"/fhir/Claim?patient.identifier={MOTHER}", **{"X-Request-Id": "search"})
        with world.database.begin(Caller("insurer", "audit")) as session:
            rows = {row.request_id: row for row in session.scalars(select(Access))}
        assert (rows["look"].action, rows["look"].person) == ("read", MOTHER)
        assert (rows["search"].action, rows["search"].person) == ("search", MOTHER)


def test_a_question_in_another_facilitys_name_is_refused(world: World) -> None:
    answer = world.post("elsewhere", SUBMIT, question())
    assert (answer.status_code, codes(answer)) == (403, ["auth.other-facility"])
