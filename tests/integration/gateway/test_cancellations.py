"""A record that is withdrawn: a new version says so, once, and what rested on the record falls with it."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.store.tables_records import Visit
from tests.integration.gateway.answers import logged
from tests.integration.gateway.corrections import DESK, address, cancel, correct, key_of, older
from tests.integration.gateway.deaths import death
from tests.integration.gateway.world import MOTHER, NOW, SID, World, claim, codes, encounter, question

BIRTH = death("GCS-1") | {"identifier": {"system": f"{SID}/vn-gcs", "value": "GCS-1"}}
RECORDS = {
    "claim": (claim(), "LK-1"),
    "check-in": (encounter(), "LK-1"),
    "death": (death(), "GBT-1"),
    "birth": (BIRTH, "GCS-1"),
}
each = pytest.mark.parametrize("kind", RECORDS)


def send(world: World, kind: str) -> str:
    """Store a record and return its address."""
    body, _ = RECORDS[kind]
    answer = world.post("desk", f"/fhir/{body['resourceType']}", body)
    assert answer.status_code == 201, answer.text
    return address(answer)


def status_of(resource: dict[str, Any]) -> str:
    told = resource["entry"][0]["resource"] if resource["resourceType"] == "Bundle" else resource
    return str(told["status"])


def visits(world: World) -> list[tuple[str, str]]:
    with world.database.begin(DESK) as session:
        return [(row.visit_id, row.category) for row in session.scalars(select(Visit))]


class TestACancellation:
    @each
    def test_is_a_new_version_and_the_older_one_stays_as_received(self, world: World, kind: str) -> None:
        at, (body, key) = send(world, kind), RECORDS[kind]
        world.clock.pass_(minutes=1)
        answer = cancel(world, kind, key)
        assert answer.status_code == 200, answer.text
        assert answer.json == {
            "location": f"{at.removeprefix('/fhir/')}/_history/2",
            "cancelled_at": "2026-07-15T03:01:00.000Z",
        }
        newest = world.get("insurer", at).json
        assert status_of(newest) == ("cancelled" if kind == "claim" else "entered-in-error")
        assert newest["meta"]["versionId"] == "2"
        assert newest["meta"]["extension"][0]["valueString"] == "nhập nhầm"
        assert older(world) == [(1, world.app.json.dumps(body).encode(), "nhập nhầm")]
        kept = world.get("insurer", f"{at}/_history/1").json
        assert status_of(kept) == status_of(body)

    def test_changes_nothing_but_the_status(self, world: World) -> None:
        at = send(world, "claim")
        before = world.get("desk", at).json
        cancel(world)
        after = world.get("desk", at).json
        assert {name for name in before if before[name] != after[name]} == {"meta", "status"}

    def test_again_is_answered_with_the_first_whatever_its_reason(self, world: World) -> None:
        send(world, "claim")
        first = cancel(world)
        world.clock.pass_(minutes=3)
        assert cancel(world, reason="resubmitted").json == first.json
        assert key_of(world) == (2, True)

    def test_of_what_the_facility_never_sent_is_not_found(self, world: World) -> None:
        send(world, "claim")
        for kind, key, name in (
            ("claim", "LK-2", "desk"),
            ("check-in", "LK-1", "desk"),
            ("claim", "LK-1", "elsewhere"),
        ):
            answer = cancel(world, kind, key, name=name)
            assert (answer.status_code, answer.json["code"]) == (404, "record.unknown")
        assert key_of(world) == (1, False)

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"kind": "Patient"}, "request.cancellation"),
            ({"kind": ["claim"]}, "request.cancellation"),
            ({"key": ""}, "request.cancellation"),
            ({"key": "x" * 301}, "request.cancellation"),
            ({"key": None}, "request.cancellation"),
            ({"reason": None}, "request.reason"),
            ({"reason": " "}, "request.reason"),
        ],
    )
    def test_that_is_incomplete_is_refused(self, world: World, changed: dict[str, Any], code: str) -> None:
        asked = {"kind": "claim", "key": "LK-1", "reason": "resubmitted"} | changed
        answer = world.post("desk", "/cancellations", asked, Content_Type="application/json")
        assert (answer.status_code, answer.json["code"]) == (400, code)

    @pytest.mark.parametrize("kind", ["claim", "birth", "death", "check-in"])
    def test_needs_the_right_to_send_such_a_record(self, world: World, kind: str) -> None:
        own = {"claim": "Claim", "birth": "Bundle", "death": "Bundle", "check-in": "Encounter"}
        others = " ".join(f"system/{name}.c" for name in set(own.values()) - {own[kind]})
        asked = {"kind": kind, "key": "LK-1", "reason": "resubmitted"}
        answer = world.post("desk", "/cancellations", asked, others, Content_Type="application/json")
        assert (answer.status_code, answer.json["code"]) == (403, "auth.scope")

    def test_is_in_the_access_log(self, world: World) -> None:
        send(world, "claim")
        asked = {"kind": "claim", "key": "LK-1", "reason": "Nguyễn Thị Mẫu Thử đổi ý"}
        world.post("desk", "/cancellations", asked, Content_Type="application/json", X_Request_Id="off")
        (row,) = logged(world, "off")
        assert (row.action, row.person, row.outcome) == ("cancel", MOTHER, "version 2 stated")


class TestACancelledRecord:
    def test_sent_again_without_a_reason_is_refused_even_with_the_same_content(self, world: World) -> None:
        send(world, "claim")
        cancel(world)
        answer = world.post("desk", "/fhir/Claim", claim())
        assert (answer.status_code, codes(answer)) == (409, ["record.cancelled"])

    def test_sent_again_as_a_correction_stands_again(self, world: World) -> None:
        at = send(world, "claim")
        cancel(world)
        assert correct(world, claim()).headers["ETag"] == 'W/"3"'
        assert key_of(world) == (3, False)
        assert status_of(world.get("desk", at).json) == "active"
        assert [reason for _, _, reason in older(world)] == ["nhập nhầm", "resubmitted"]

    def test_can_be_cancelled_again_after_it_stood_again(self, world: World) -> None:
        send(world, "claim")
        cancel(world)
        correct(world, claim())
        assert cancel(world).json["location"].endswith("/_history/4")

    def test_is_found_by_its_new_status(self, world: World) -> None:
        send(world, "claim")
        cancel(world)
        assert world.get("desk", "/fhir/Claim?status=active").json["entry"] == []
        assert len(world.get("desk", "/fhir/Claim?status=cancelled").json["entry"]) == 1


class TestWhatRestedOnIt:
    def test_a_visit_is_told_of_by_the_record_that_is_left_and_else_by_none(self, world: World) -> None:
        send(world, "claim")
        send(world, "check-in")
        cancel(world, "claim")
        assert [visit for visit, _ in visits(world)] == ["LK-1"]
        cancel(world, "check-in")
        assert visits(world) == []
        correct(world, claim())
        assert [visit for visit, _ in visits(world)] == ["LK-1"]

    def test_a_cancelled_visit_is_in_nobodys_history(self, world: World) -> None:
        world.post("elsewhere", "/fhir/Claim", claim("LK-9", facility="01999"))

        def earlier() -> int:
            asked = question(receipt=world.receipt())
            answer = world.post("desk", "/fhir/CoverageEligibilityRequest/$submit", asked)
            return answer.text.count("01999")

        before = earlier()
        assert cancel(world, "claim", "LK-9", name="elsewhere").status_code == 200
        assert earlier() < before

    def test_a_cancelled_death_ends_no_cover(self, world: World) -> None:
        def reported() -> bool:
            answer = world.post("desk", "/fhir/CoverageEligibilityRequest/$submit", question())
            assert answer.status_code == 200
            return "death" in answer.text

        before = reported()
        send(world, "death")
        assert (before, reported()) == (False, True)
        cancel(world, "death", "GBT-1")
        assert not reported()

    def test_a_claim_has_no_presence_of_a_cancelled_check_in_until_it_stands_again(
        self, world: World
    ) -> None:
        world.post("desk", "/fhir/Encounter", encounter(receipt=world.receipt()))
        at = send(world, "claim")
        assert "chip-proven" in world.get("desk", at).text
        cancel(world, "check-in")
        assert "chip-proven" not in world.get("desk", at).text
        world.clock.now = NOW
        correct(world, encounter())
        assert "chip-proven" in world.get("desk", at).text

    def test_a_later_receipt_does_not_raise_a_cancelled_check_in(self, world: World) -> None:
        send(world, "check-in")
        cancel(world, "check-in")
        answer = world.post("desk", "/fhir/Encounter", encounter(receipt=world.receipt()))
        assert (answer.status_code, codes(answer)) == (409, ["record.cancelled"])
