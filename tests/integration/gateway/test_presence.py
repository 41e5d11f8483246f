"""Proof of presence: verified here, stored, and its receipt consumed once."""

import base64

import pytest
from sqlalchemy import select

from cardreader.emulator.issuer import TrainingAuthority
from gateway.app import create_app
from gateway.store.database import Caller
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Claim
from tests.integration.gateway.world import HERE, MOTHER, NOW, World, claim, codes, encounter, evidence

DESK = Caller("facility", "any", HERE)


def test_a_genuine_chip_is_stored_and_gets_a_receipt(world: World) -> None:
    answer = world.post("desk", "/presence", evidence(world.card()))
    assert answer.status_code == 201
    assert (answer.json["level"], answer.json["expires_in"]) == ("chip-read", 900)
    assert answer.json["training"] is True
    assert answer.headers["X-Tiepdon-Training"] == "true"
    with world.database.begin(DESK) as session:
        row = session.scalars(select(Presence)).one()
    assert (row.national_id, row.facility, row.full_name) == (MOTHER, HERE, "NGUYỄN THỊ MẪU THỬ")


def test_the_receipt_names_nobody(world: World) -> None:
    _, payload, _ = world.receipt().split(".")
    claims = base64.urlsafe_b64decode(payload + "==")
    assert MOTHER.encode() not in claims


def test_a_changed_data_group_is_refused_and_nothing_stored(world: World) -> None:
    card = world.card()
    changed = card.files[1].replace(b"950412", b"950413")
    assert changed != card.files[1]
    answer = world.post("desk", "/presence", evidence(card, dg1=changed))
    assert (answer.status_code, answer.json["code"]) == (422, "proof.group-changed")
    assert answer.content_type == "application/problem+json"
    with world.database.begin(DESK) as session:
        assert session.scalars(select(Presence)).all() == []


def test_a_chip_of_an_unknown_authority_is_refused(world: World) -> None:
    world.authority = TrainingAuthority.create(now=NOW)
    answer = world.post("desk", "/presence", evidence(world.card()))
    assert (answer.status_code, answer.json["code"]) == (422, "proof.authority-unknown")


def test_a_training_card_is_refused_where_no_training_is_held(world: World) -> None:
    settings = world.app.extensions["gateway"].settings.model_copy(update={"training": False})
    world.app = create_app(settings, now=world.clock)
    answer = world.post("desk", "/presence", evidence(world.card()))
    assert (answer.status_code, answer.json["code"]) == (422, "proof.training-card")
    assert "X-Tiepdon-Training" not in answer.headers
    assert "security" not in world.post("desk", "/fhir/Claim", claim()).json["meta"]
    world.database.dispose()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"security_object": "AA==", "data_groups": []},
        {"security_object": 5, "data_groups": {}},
        {"security_object": "%%%", "data_groups": {}},
        {"security_object": "AA==", "data_groups": {"99": "AA=="}},
        {"security_object": "AA==", "data_groups": {"one": "AA=="}},
    ],
)
def test_evidence_of_another_form_is_refused(world: World, body: dict) -> None:
    answer = world.post("desk", "/presence", body)
    assert (answer.status_code, answer.json["code"]) == (400, "presence.evidence-malformed")


def test_a_broken_security_object_is_not_verified(world: World) -> None:
    answer = world.post("desk", "/presence", {"security_object": "AA==", "data_groups": {"1": "AA=="}})
    assert (answer.status_code, answer.json["code"]) == (422, "proof.security-object-malformed")


def test_one_check_in_consumes_a_receipt(world: World) -> None:
    receipt = world.receipt()
    assert world.post("desk", "/fhir/Encounter", encounter("LK-1", receipt=receipt)).status_code == 201
    again = world.post("desk", "/fhir/Encounter", encounter("LK-2", receipt=receipt))
    assert (again.status_code, codes(again)) == (422, ["presence.used"])
    with world.database.begin(DESK) as session:
        assert session.scalars(select(Presence.visit_id)).one() == "LK-1"


def test_sending_the_same_check_in_again_is_a_replay(world: World) -> None:
    body = encounter("LK-1", receipt=world.receipt())
    first = world.post("desk", "/fhir/Encounter", body)
    again = world.post("desk", "/fhir/Encounter", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == again.headers["Location"]


def test_a_receipt_is_good_for_its_desk_and_person_and_quarter_of_an_hour_only(world: World) -> None:
    receipt = world.receipt()
    neighbor = world.post("second-desk", "/fhir/Encounter", encounter(receipt=receipt))
    assert codes(neighbor) == ["presence.not-yours"]
    other = world.post("desk", "/fhir/Encounter", encounter(receipt=receipt, national_id="033085000003"))
    assert codes(other) == ["presence.other-person"]
    world.clock.pass_(seconds=906)
    world.tokens.clear()
    late = world.post("desk", "/fhir/Encounter", encounter(receipt=receipt))
    assert codes(late) == ["presence.receipt-expired"]
    token = world.post("desk", "/fhir/Encounter", encounter(receipt=world.token("desk")))
    assert codes(token) == ["presence.receipt-invalid"]


def test_a_claim_inherits_the_presence_of_its_check_in(world: World) -> None:
    world.check_in(visit="LK-1")
    world.post("desk", "/fhir/Claim", claim("LK-1"))
    world.post("desk", "/fhir/Claim", claim("LK-2"))
    with world.database.begin(DESK) as session:
        inherited = dict(session.execute(select(Claim.visit_id, Claim.presence_id)).all())
        assert inherited["LK-1"] == session.scalars(select(Presence.id)).one()
    assert inherited["LK-2"] is None
