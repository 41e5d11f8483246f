"""A record that is sent again: replayed, refused, or the next version of what stands, with its history."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.store.bodies import unpack
from gateway.store.tables_records import Claim, Document, Encounter, Visit
from tests.integration.gateway.answers import logged
from tests.integration.gateway.corrections import (
    DESK,
    address,
    cancel,
    correct,
    decide,
    key_of,
    older,
)
from tests.integration.gateway.deaths import death
from tests.integration.gateway.world import EXPIRED, MOTHER, World, claim, codes, encounter

LEVEL = "https://tiepdon.example/fhir/CodeSystem/presence-level"
REASON = "https://tiepdon.example/fhir/StructureDefinition/version-reason"
FIRST, SECOND = claim() | {"created": "2026-07-14"}, claim() | {"created": "2026-07-15"}


def levels(resource: dict[str, Any]) -> list[str]:
    return [tag["code"] for tag in resource["meta"].get("tag", ()) if tag["system"] == LEVEL]


def visits(world: World) -> list[tuple[str, str | None]]:
    with world.database.begin(DESK) as session:
        return [(row.visit_id, row.national_id) for row in session.scalars(select(Visit))]


def at(day: str) -> dict[str, dict[str, str]]:
    return {"billablePeriod": {"start": f"{day}T08:00:00+07:00", "end": f"{day}T10:00:00+07:00"}}


class TestACorrection:
    def test_takes_the_place_of_the_older_version_which_is_kept_as_received(self, world: World) -> None:
        sent = world.app.json.dumps(FIRST).encode()
        first = world.post("desk", "/fhir/Claim", sent)
        world.clock.pass_(minutes=1)
        answer = correct(world, SECOND, "nh%E1%BA%ADp%20nh%E1%BA%A7m%20ng%C3%A0y")
        assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"')
        assert answer.headers["Location"] == first.headers["Location"].replace("/1", "/2")
        assert answer.json["meta"]["versionId"] == "2"
        assert answer.json["meta"]["lastUpdated"] == "2026-07-15T03:01:00.000Z"
        assert answer.json["meta"]["extension"] == [{"url": REASON, "valueString": "nhập nhầm ngày"}]
        assert older(world) == [(1, sent, "nhập nhầm ngày")]
        newest = world.get("insurer", address(first)).json
        assert (newest["created"], newest["meta"]) == ("2026-07-15", answer.json["meta"])
        (found,) = world.get("insurer", "/fhir/Claim").json["entry"]
        assert found["resource"] == newest

    def test_is_found_by_what_it_says_now_and_not_by_what_it_said(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        correct(world, claim(national_id=EXPIRED) | {"created": "2026-06-30"})
        for query, count in (
            (f"patient.identifier={EXPIRED}", 1),
            (f"patient.identifier={MOTHER}", 0),
            ("created=2026-06", 1),
            ("created=2026-07", 0),
        ):
            assert len(world.get("desk", f"/fhir/Claim?{query}").json["entry"]) == count, query

    def test_sent_again_is_a_replay_of_the_same_version(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        corrected = correct(world, SECOND)
        again = [correct(world, SECOND), world.post("desk", "/fhir/Claim", SECOND)]
        assert {answer.headers["Location"] for answer in again} == {corrected.headers["Location"]}
        assert {answer.data for answer in again} == {corrected.data}
        assert key_of(world) == (2, False)

    def test_back_to_an_earlier_content_is_a_version_of_its_own(self, world: World) -> None:
        for body in (FIRST, SECOND, FIRST):
            answer = correct(world, body)
        assert answer.headers["ETag"] == 'W/"3"'
        assert [version for version, _, _ in older(world)] == [1, 2]

    def test_of_a_key_that_is_new_is_its_first_version(self, world: World) -> None:
        answer = correct(world, FIRST)
        assert (answer.status_code, answer.headers["ETag"]) == (201, 'W/"1"')
        assert older(world) == []

    def test_without_a_reason_is_a_conflict_as_ever(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        answer = world.post("desk", "/fhir/Claim", SECOND)
        assert (answer.status_code, codes(answer)) == (409, ["record.conflict"])
        assert key_of(world) == (1, False)

    def test_under_an_idempotency_key_has_its_first_answer_again(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        header = {"Idempotency_Key": "k", "Tiepdon_Correction": "resubmitted"}
        first = world.post("desk", "/fhir/Claim", SECOND, **header)
        correct(world, FIRST)
        again = world.post("desk", "/fhir/Claim", SECOND, **header)
        assert (again.data, again.headers["ETag"]) == (first.data, 'W/"2"')
        assert key_of(world) == (3, False)

    @pytest.mark.parametrize("reason", ["", "%20", "x" * 201, "a%0Ab", "%FF"])
    def test_with_a_reason_that_is_none_is_refused(self, world: World, reason: str) -> None:
        answer = correct(world, FIRST, reason)
        assert (answer.status_code, codes(answer)) == (400, ["request.reason"])

    def test_of_another_facility_under_the_same_key_is_its_own_first_version(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        body = claim(facility="01999") | {"created": "2026-07-15"}
        answer = world.post("elsewhere", "/fhir/Claim", body, Tiepdon_Correction="resubmitted")
        assert answer.status_code == 201
        assert key_of(world) == (1, False)

    def test_is_in_the_access_log_of_both_persons_and_a_free_text_is_not(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        header = {"X_Request_Id": "again", "Tiepdon_Correction": "tr%C3%B9ng%20t%C3%AAn"}
        world.post("desk", "/fhir/Claim", claim(national_id=EXPIRED), **header)
        header |= {"X_Request_Id": "word", "Tiepdon_Correction": "resubmitted"}
        world.post("desk", "/fhir/Claim", claim(national_id=EXPIRED) | {"created": "2026"}, **header)
        written = {(row.action, row.person, row.outcome) for row in logged(world, "again")}
        assert written == {("correct", person, "version 2 stated") for person in (MOTHER, EXPIRED)}
        assert [row.outcome for row in logged(world, "word")] == ["version 3 resubmitted"]

    def test_of_a_claim_keeps_its_partition_and_its_place_in_a_search(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        world.clock.pass_(days=40)
        world.tokens.clear()
        correct(world, SECOND)
        with world.database.begin(DESK) as session:
            row = session.scalars(select(Claim)).one()
            assert (row.received_month.isoformat(), row.received_at) == ("2026-07-01", world.clock())
            assert unpack(row.body) == world.app.json.dumps(SECOND).encode()


class TestCorrectionsInABundle:
    def bundle(self, kind: str, *resources: dict[str, Any]) -> dict[str, Any]:
        entries = [
            {"resource": item, "request": {"method": "POST", "url": item["resourceType"]}}
            for item in resources
        ]
        return {"resourceType": "Bundle", "type": kind, "entry": entries}

    @pytest.mark.parametrize("kind", ["transaction", "batch"])
    def test_answer_with_their_version_and_its_time(self, world: World, kind: str) -> None:
        world.post("desk", "/fhir/Claim", FIRST)
        world.clock.pass_(minutes=5)
        sent = self.bundle(kind, SECOND, claim("LK-2"))
        answer = world.post("desk", "/fhir", sent, Tiepdon_Correction="resubmitted")
        corrected, new = (entry["response"] for entry in answer.json["entry"])
        assert (corrected["status"], corrected["etag"]) == ("200 OK", 'W/"2"')
        assert corrected["location"].endswith("/_history/2")
        assert corrected["lastModified"] == "2026-07-15T03:05:00.000Z"
        assert (new["status"], new["etag"]) == ("201 Created", 'W/"1"')

    @pytest.mark.parametrize("known", [True, False], ids=["known before", "new"])
    def test_of_one_key_with_two_contents_are_a_conflict(self, world: World, known: bool) -> None:
        if known:
            world.post("desk", "/fhir/Claim", claim())
        sent = self.bundle("transaction", FIRST, SECOND)
        answer = world.post("desk", "/fhir", sent, Tiepdon_Correction="resubmitted")
        assert (answer.status_code, codes(answer)) == (409, ["record.conflict"])
        assert older(world) == []

    def test_that_are_refused_undo_the_others(self, world: World) -> None:
        for visit in ("LK-1", "LK-2"):
            world.post("desk", "/fhir/Claim", claim(visit))
        decide(world, "LK-2")
        changed = [claim(visit) | {"created": "2026-07-01"} for visit in ("LK-1", "LK-2")]
        answer = world.post(
            "desk", "/fhir", self.bundle("transaction", *changed), Tiepdon_Correction="resubmitted"
        )
        assert (answer.status_code, codes(answer)) == (409, ["record.decided"])
        assert (older(world), key_of(world)) == ([], (1, False))


class TestARecordThatWasDecided:
    def test_takes_no_correction_and_no_cancellation_but_answers_a_replay(self, world: World) -> None:
        first = world.post("desk", "/fhir/Claim", FIRST)
        decide(world)
        refused = correct(world, SECOND)
        assert (refused.status_code, codes(refused)) == (409, ["record.decided"])
        withdrawn = cancel(world)
        assert (withdrawn.status_code, withdrawn.json["code"]) == (409, "record.decided")
        again = correct(world, FIRST)
        assert (again.status_code, again.headers["Location"]) == (200, first.headers["Location"])


class TestADocument:
    def test_is_corrected_and_found_by_its_new_person(self, world: World) -> None:
        first = world.post("desk", "/fhir/Bundle", death())
        answer = correct(world, death(national_id=EXPIRED))
        assert answer.headers["ETag"] == 'W/"2"'
        with world.database.begin(DESK) as session:
            row = session.scalars(select(Document)).one()
        assert (str(row.id), row.national_id, row.status) == (first.json["id"], EXPIRED, "final")


class TestTheVisitThatOthersLearnOf:
    def test_follows_the_corrected_claim(self, world: World) -> None:
        world.post("desk", "/fhir/Claim", claim())
        correct(world, claim(national_id=EXPIRED) | at("2026-07-02"))
        with world.database.begin(DESK) as session:
            row = session.scalars(select(Visit)).one()
        assert (row.national_id, row.service_date.isoformat()) == (EXPIRED, "2026-07-02")

    def test_moves_with_a_check_in_to_its_right_visit(self, world: World) -> None:
        own = {"system": "https://tiepdon.example/fhir/sid/vn-check-in", "value": "CI-1"}
        wrong, right = encounter("LK-1"), encounter("LK-2")
        for body in (wrong, right):
            body["identifier"].append(own)
        world.post("desk", "/fhir/Encounter", wrong)
        assert visits(world) == [("LK-1", MOTHER)]
        assert correct(world, right).status_code == 200
        assert visits(world) == [("LK-2", MOTHER)]


class TestThePresence:
    def checked_in(self, world: World) -> dict[str, str]:
        """Store a proven check-in with its claim; return their addresses."""
        stored = {
            "Encounter": world.post("desk", "/fhir/Encounter", encounter(receipt=world.receipt())),
            "Claim": world.post("desk", "/fhir/Claim", claim()),
        }
        return {kind: address(answer) for kind, answer in stored.items()}

    def seen(self, world: World, at: dict[str, str]) -> dict[str, list[str]]:
        return {kind: levels(world.get("desk", path).json) for kind, path in at.items()}

    def test_stays_with_a_check_in_that_is_corrected_for_the_same_person(self, world: World) -> None:
        at = self.checked_in(world)
        assert levels(correct(world, encounter() | {"status": "finished"}).json) == ["chip-proven"]
        assert self.seen(world, at) == {"Encounter": ["chip-proven"], "Claim": ["chip-proven"]}

    def test_is_lost_with_the_person_by_check_in_and_claim_and_comes_back_with_it(self, world: World) -> None:
        at = self.checked_in(world)
        assert levels(correct(world, encounter(national_id=EXPIRED)).json) == []
        assert self.seen(world, at) == {"Encounter": [], "Claim": []}
        assert levels(correct(world, encounter()).json) == ["chip-proven"]
        assert self.seen(world, at) == {"Encounter": ["chip-proven"], "Claim": ["chip-proven"]}

    def test_of_a_claim_that_is_corrected_to_another_person_is_not_its_own(self, world: World) -> None:
        at = self.checked_in(world)
        assert levels(correct(world, claim(national_id=EXPIRED)).json) == []
        assert self.seen(world, at) == {"Encounter": ["chip-proven"], "Claim": []}
        assert levels(correct(world, claim()).json) == ["chip-proven"]

    def test_may_come_with_the_correction(self, world: World) -> None:
        world.post("desk", "/fhir/Encounter", encounter())
        world.post("desk", "/fhir/Claim", claim())
        body = encounter(receipt=world.receipt()) | {"status": "finished"}
        assert levels(correct(world, body).json) == ["chip-proven"]
        assert levels(world.get("desk", "/fhir/Claim").json["entry"][0]["resource"]) == ["chip-proven"]
        assert correct(world, body).status_code == 200  # the receipt is bound to this visit

    def test_of_an_older_version_is_shown_with_it(self, world: World) -> None:
        at = self.checked_in(world)
        correct(world, encounter(national_id=EXPIRED))
        assert levels(world.get("desk", f"{at['Encounter']}/_history/1").json) == ["chip-proven"]
        assert levels(world.get("desk", f"{at['Encounter']}/_history/2").json) == []

    def test_of_one_check_in_is_never_anothers(self, world: World) -> None:
        for number, receipt in enumerate((world.receipt(), None)):
            body = encounter(receipt=receipt)
            own = {"system": "https://tiepdon.example/fhir/sid/vn-check-in", "value": f"LK-1/{number}"}
            body["identifier"].append(own)
            world.post("desk", "/fhir/Encounter", body)
        assert levels(correct(world, body | {"status": "finished"}).json) == []
        with world.database.begin(DESK) as session:
            assert len([row for row in session.scalars(select(Encounter)) if row.presence_id]) == 1
