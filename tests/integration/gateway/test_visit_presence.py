"""A visit's presence: in whatever order its records come, it rises and never falls, and all may see it."""

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bhyt.parsing import parse
from gateway.store import records
from gateway.store.database import Caller
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Claim, Encounter
from tests.integration.gateway.answers import logged
from tests.integration.gateway.world import EXPIRED, HERE, MOTHER, World, claim, codes, encounter

DESK = Caller("facility", "any", HERE)
LEVEL = "https://tiepdon.example/fhir/CodeSystem/presence-level"
PROVEN, READ = "chip-proven", "chip-read"


def checked_in(world: World, proven: bool | None, **headers: str) -> TestResponse:
    """Send the check-in with a fresh receipt of this level, or (None) without one."""
    receipt = None if proven is None else world.receipt(proven=proven)
    return world.post("desk", "/fhir/Encounter", encounter("LK-1", receipt=receipt), **headers)


def claimed(world: World, visit: str = "LK-1", national_id: str = MOTHER) -> TestResponse:
    answer = world.post("desk", "/fhir/Claim", claim(visit, national_id=national_id))
    assert answer.status_code in {200, 201}
    return answer


def kept(world: World, table: type[Claim | Encounter]) -> dict[str, str | None]:
    """The level that is stored for each record of a type, by MA_LK."""
    with world.database.begin(DESK) as session:
        query = select(table.visit_id, Presence.level).outerjoin(Presence, Presence.id == table.presence_id)
        return {row.visit_id: row.level for row in session.execute(query)}


def shown(resource: dict) -> list[str]:
    return [tag["code"] for tag in resource["meta"].get("tag", ()) if tag["system"] == LEVEL]


class TestAClaim:
    @pytest.mark.parametrize("first", ["check-in", "claim"])
    @pytest.mark.parametrize("proven", [True, False], ids=[PROVEN, READ])
    def test_has_its_check_ins_presence_whichever_comes_first(
        self, world: World, first: str, proven: bool
    ) -> None:
        if first == "claim":
            claimed(world)
        checked_in(world, proven)
        if first == "check-in":
            claimed(world)
        assert kept(world, Claim) == {"LK-1": PROVEN if proven else READ}

    @pytest.mark.parametrize("first", ["check-in", "claim"])
    def test_of_another_person_or_visit_has_none_of_it(self, world: World, first: str) -> None:
        if first == "check-in":
            checked_in(world, True)
        claimed(world, national_id=EXPIRED)
        claimed(world, "LK-2")
        if first == "claim":
            checked_in(world, True)
        assert kept(world, Claim) == {"LK-1": None, "LK-2": None}

    def test_of_another_facility_with_the_same_number_of_the_visit_has_none_of_it(self, world: World) -> None:
        other = world.post("elsewhere", "/fhir/Claim", claim("LK-1", facility="01999"))
        checked_in(world, True)
        assert shown(world.get("insurer", f"/fhir/Claim/{other.json['id']}").json) == []

    def test_has_it_from_one_transaction_too(self, world: World) -> None:
        receipt = world.receipt()
        entries = [
            {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
            for resource in (claim("LK-1"), encounter("LK-1", receipt=receipt))
        ]
        body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        assert world.post("desk", "/fhir", body).status_code == 200
        assert kept(world, Claim) == {"LK-1": PROVEN}


class TestALaterReceipt:
    @pytest.mark.parametrize("before", [None, False], ids=["no receipt", READ])
    @pytest.mark.parametrize("claim_first", [True, False], ids=["claim before", "claim after"])
    def test_of_a_proven_chip_raises_the_check_in_and_its_claim(
        self, world: World, before: bool | None, claim_first: bool
    ) -> None:
        first = checked_in(world, before)
        if claim_first:
            claimed(world)
        again = checked_in(world, True, X_Request_Id="again")
        if not claim_first:
            claimed(world)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.headers["Location"] == again.headers["Location"]
        assert shown(again.json) == [PROVEN]
        assert kept(world, Encounter) == kept(world, Claim) == {"LK-1": PROVEN}
        written = {(row.action, row.person, row.outcome) for row in logged(world, "again")}
        assert written == {("raise", MOTHER, PROVEN), ("create", MOTHER, "known")}

    @pytest.mark.parametrize("later", [False, None], ids=[READ, "no receipt"])
    def test_never_lowers(self, world: World, later: bool | None) -> None:
        checked_in(world, True)
        claimed(world)
        again = checked_in(world, later)
        assert (again.status_code, shown(again.json)) == (200, [PROVEN])
        assert kept(world, Encounter) == kept(world, Claim) == {"LK-1": PROVEN}

    @pytest.mark.parametrize("before", [True, False], ids=[PROVEN, READ])
    def test_is_consumed_by_this_visit_and_good_for_no_other(self, world: World, before: bool) -> None:
        checked_in(world, before)
        receipt = world.receipt()
        body = encounter("LK-1", receipt=receipt)
        assert [world.post("desk", "/fhir/Encounter", body).status_code for _ in range(2)] == [200, 200]
        other = world.post("desk", "/fhir/Encounter", encounter("LK-2", receipt=receipt))
        assert (other.status_code, codes(other)) == (422, ["presence.used"])

    def test_that_was_consumed_by_the_visit_is_a_replay_however_late_and_from_which_desk(
        self, world: World
    ) -> None:
        body = encounter("LK-1", receipt=world.receipt())
        assert world.post("desk", "/fhir/Encounter", body).status_code == 201
        world.clock.pass_(hours=5)
        world.tokens.clear()
        for name in ("desk", "second-desk"):
            assert world.post(name, "/fhir/Encounter", body).status_code == 200

    def test_that_is_no_good_is_refused_and_changes_nothing(self, world: World) -> None:
        checked_in(world, False)
        used = world.receipt()
        world.post("desk", "/fhir/Encounter", encounter("LK-2", receipt=used))
        for receipt, code in (
            (used, "presence.used"),
            (world.receipt("second-desk"), "presence.not-yours"),
            (world.receipt(sample="het-han"), "presence.other-person"),
            ("e30.e30.AA", "presence.receipt-invalid"),
        ):
            answer = world.post("desk", "/fhir/Encounter", encounter("LK-1", receipt=receipt))
            assert (answer.status_code, codes(answer)) == (422, [code])
        assert kept(world, Encounter)["LK-1"] == READ

    def test_raises_nothing_of_a_check_in_that_names_its_patient_elsewhere(self, world: World) -> None:
        """The subject is the same words, a urn:uuid, and another person."""
        urn = "urn:uuid:6d6c1fe4-0000-4000-8000-000000000001"

        def sent(national_id: str, receipt: str | None) -> TestResponse:
            patient = {
                "resourceType": "Patient",
                "identifier": [{"system": "https://tiepdon.example/fhir/sid/vn-cccd", "value": national_id}],
            }
            check_in = encounter("LK-1", receipt=receipt) | {"subject": {"reference": urn}}
            entries = [
                {"fullUrl": urn, "resource": patient, "request": {"method": "POST", "url": "Patient"}},
                {"resource": check_in, "request": {"method": "POST", "url": "Encounter"}},
            ]
            body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
            return world.post("desk", "/fhir", body)

        assert sent(EXPIRED, None).status_code == 200
        answer = sent(MOTHER, world.receipt())
        assert (answer.status_code, codes(answer)) == (422, ["presence.other-person"])
        assert kept(world, Encounter) == {"LK-1": None}


class TestTheLevel:
    """A tag that the gateway alone gives."""

    @pytest.mark.parametrize("reader", ["desk", "insurer"])
    @pytest.mark.parametrize("kind", ["Encounter", "Claim"])
    def test_is_shown_by_reading_and_by_searching(self, world: World, reader: str, kind: str) -> None:
        answers = {"Encounter": checked_in(world, True), "Claim": claimed(world)}
        world.clock.pass_(seconds=1)
        world.post("desk", f"/fhir/{kind}", (encounter if kind == "Encounter" else claim)("LK-2"))
        assert shown(answers[kind].json) == [PROVEN]
        assert shown(world.get(reader, f"/fhir/{kind}/{answers[kind].json['id']}").json) == [PROVEN]
        page = world.get(reader, f"/fhir/{kind}").json["entry"]
        assert [shown(entry["resource"]) for entry in page] == [[], [PROVEN]]

    @pytest.mark.parametrize("kind", ["Encounter", "Claim"])
    @pytest.mark.parametrize("proven", [None, False], ids=["none", READ])
    def test_is_never_what_was_sent(self, world: World, kind: str, proven: bool | None) -> None:
        other = {"system": "https://hospital.example/tags", "code": "night"}
        tags = [{"system": LEVEL, "code": PROVEN}, other]
        check_in = encounter("LK-1", receipt=None if proven is None else world.receipt(proven=proven))
        world.post("desk", "/fhir/Encounter", check_in | {"meta": {"tag": tags}})
        claimed_ = world.post("desk", "/fhir/Claim", claim("LK-1") | {"meta": {"tag": tags}})
        assert shown(claimed_.json) == ([] if proven is None else [READ])
        (entry,) = world.get("insurer", f"/fhir/{kind}").json["entry"]
        assert shown(entry["resource"]) == ([] if proven is None else [READ])
        assert other in entry["resource"]["meta"]["tag"]

    def test_leaves_the_bytes_as_they_were_received(self, world: World) -> None:
        sent = claim("LK-1") | {"meta": {"tag": [{"system": LEVEL, "code": PROVEN}]}}
        body = world.app.json.dumps(sent).encode()
        world.post("desk", "/fhir/Claim", body)
        checked_in(world, False)
        with world.database.begin(DESK) as session:
            (row,) = session.scalars(select(Claim))
        assert records.body_of(row) == body
        assert shown(parse(body)) == [PROVEN]
