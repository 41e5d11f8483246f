"""A receipt is believed for what the gateway itself signed, and its refusal is written down."""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.errors import PresenceRefused
from gateway.services import presence
from gateway.services.access_log import Actor
from gateway.services.challenges import MAX_OPEN
from gateway.services.presence import Receipts
from gateway.store.database import Caller
from gateway.store.tables_presence import Presence
from tests.integration.gateway.answers import logged
from tests.integration.gateway.world import (
    EXPIRED,
    HERE,
    MOTHER,
    PUBLIC_URL,
    READER,
    SESSION,
    THERE,
    World,
    codes,
    encounter,
    question,
)

SUBMIT = "/fhir/CoverageEligibilityRequest/$submit"


def said(receipt: str, part: int = 1) -> dict[str, Any]:
    """What a receipt says: its claims, or (0) its header."""
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(receipt.split(".")[part] + "=="))
    return claims


def signed(world: World, claims: dict[str, Any], **header: str) -> str:
    """Sign a receipt with the gateway's own key."""
    key = world.app.extensions["gateway"].keys.signing
    return jwt.encode({"alg": "ES256", "typ": "presence+jwt"} | header, claims, key)


def alone(name: str, receipt: str) -> Callable[[World], TestResponse]:
    return lambda world: world.post(name, "/fhir/Encounter", encounter(receipt=receipt), X_Request_Id="said")


def in_a_bundle(kind: str, name: str, receipt: str) -> Callable[[World], TestResponse]:
    entry = {
        "fullUrl": f"urn:uuid:{uuid.uuid4()}",
        "resource": encounter(receipt=receipt),
        "request": {"method": "POST", "url": "Encounter"},
    }
    body = {"resourceType": "Bundle", "type": kind, "entry": [entry]}
    return lambda world: world.post(name, "/fhir", body, X_Request_Id="said")


def asked(name: str, receipt: str) -> Callable[[World], TestResponse]:
    facility = THERE if name == "elsewhere" else HERE
    body = question(facility=facility, receipt=receipt)
    return lambda world: world.post(name, SUBMIT, body, X_Request_Id="said")


DOORS = {
    "create": alone,
    "transaction": lambda name, receipt: in_a_bundle("transaction", name, receipt),
    "batch": lambda name, receipt: in_a_bundle("batch", name, receipt),
    "$submit": asked,
}


@pytest.mark.parametrize("door", DOORS)
class TestARefusalIsWrittenDown:
    """At every door, once, with the person whose presence it is, where it is the facility's."""

    def written(self, world: World, door: str, name: str, receipt: str) -> tuple[str | None, str]:
        answer = DOORS[door](name, receipt)(world)
        assert answer.status_code == (200 if door == "batch" else 422), answer.text
        (row,) = logged(world, "said")
        kind = "CoverageEligibilityRequest" if door == "$submit" else "Encounter"
        assert (row.resource, row.client_id) == (kind, world.keys[name][0])
        assert row.action == ("eligibility" if door == "$submit" else "create")
        return row.person, row.outcome

    def test_of_a_used_receipt(self, world: World, door: str) -> None:
        receipt = world.receipt()
        world.post("desk", "/fhir/Encounter", encounter("LK-0", receipt=receipt))
        assert self.written(world, door, "desk", receipt) == (MOTHER, "refused presence.used")

    def test_of_another_desks_receipt(self, world: World, door: str) -> None:
        found = self.written(world, door, "second-desk", world.receipt("desk"))
        assert found == (MOTHER, "refused presence.not-yours")

    def test_of_an_ended_receipt(self, world: World, door: str) -> None:
        receipt = world.receipt()
        world.clock.pass_(seconds=906)
        world.tokens.clear()
        assert self.written(world, door, "desk", receipt) == (MOTHER, "refused presence.receipt-expired")

    def test_of_an_invented_receipt_which_names_nobody(self, world: World, door: str) -> None:
        assert self.written(world, door, "desk", "e30.e30.AA") == (None, "refused presence.receipt-invalid")

    def test_of_another_persons_receipt_which_names_whose_chip_it_was(self, world: World, door: str) -> None:
        receipt = world.receipt(sample="het-han")
        assert self.written(world, door, "desk", receipt) == (EXPIRED, "refused presence.other-person")


class TestAReceipt:
    def test_is_consumed_by_one_check_in(self, world: World) -> None:
        receipt = world.receipt()
        assert world.post("desk", "/fhir/Encounter", encounter("LK-1", receipt=receipt)).status_code == 201
        again = world.post("desk", "/fhir/Encounter", encounter("LK-2", receipt=receipt))
        assert (again.status_code, codes(again)) == (422, ["presence.used"])
        with world.database.begin(Caller("facility", "any", HERE)) as session:
            kept = session.scalars(select(Presence.visit_id)).all()
        assert kept == ["LK-1"]

    def test_and_sending_the_same_check_in_again_is_a_replay(self, world: World) -> None:
        body = encounter("LK-1", receipt=world.receipt())
        first = world.post("desk", "/fhir/Encounter", body)
        again = world.post("desk", "/fhir/Encounter", body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.headers["Location"] == again.headers["Location"]

    def test_is_good_for_its_desk_and_person_and_quarter_of_an_hour_only(self, world: World) -> None:
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


def test_a_receipt_of_another_facility_is_refused_and_the_log_names_nobody(world: World) -> None:
    answer = world.post(
        "elsewhere", SUBMIT, question(facility=THERE, receipt=world.receipt("desk")), X_Request_Id="foreign"
    )
    assert codes(answer) == ["presence.not-yours"]
    assert [(row.person, row.outcome) for row in logged(world, "foreign")] == [
        (None, "refused presence.not-yours")
    ]


def test_one_challenge_too_many_is_written_down_and_one_that_is_given_is_not(world: World) -> None:
    asked_for = {"reader": READER, "session": SESSION}
    for number in range(MAX_OPEN + 1):
        headers = {"Content_Type": "application/json", "X_Request_Id": f"ask-{number}"}
        world.post("desk", "/presence/challenges", asked_for, **headers)
    assert logged(world, "ask-0") == []
    (row,) = logged(world, f"ask-{MAX_OPEN}")
    assert (row.person, row.resource) == (None, "PresenceChallenge")
    assert row.outcome == "refused presence.too-many-challenges"


class TestAReceiptSays:
    def test_for_which_door_it_is(self, world: World) -> None:
        claims = said(world.receipt())
        assert claims["aud"] == f"{PUBLIC_URL}/fhir/presence"
        for elsewhere in (f"{PUBLIC_URL}/fhir", "https://other.example/fhir/presence", None):
            self.is_invalid(world, signed(world, claims | {"aud": elsewhere}))

    def test_by_whom_it_was_given_and_until_when(self, world: World) -> None:
        claims = said(world.receipt())
        self.is_invalid(world, signed(world, claims | {"iss": "https://other.example/fhir"}))
        self.is_invalid(world, signed(world, {k: v for k, v in claims.items() if k != "exp"}))

    def test_that_it_is_no_token_of_another_kind(self, world: World) -> None:
        receipt = world.receipt()
        assert said(receipt, 0)["typ"] == "presence+jwt"
        self.is_invalid(world, signed(world, said(receipt), typ="at+jwt"))

    def test_the_same_when_it_is_signed_again_and_then_it_is_good(self, world: World) -> None:
        again = signed(world, said(world.receipt()))
        assert world.post("desk", "/fhir/Encounter", encounter(receipt=again)).status_code == 201

    def test_whose_it_is_only_to_who_holds_the_gateways_secret(self, world: World) -> None:
        first = said(world.receipt())["person"]
        assert said(world.receipt())["person"] == first
        plain = {hashlib.sha256(text.encode()).hexdigest() for text in (MOTHER, f"person:{MOTHER}")}
        assert first not in plain
        held = world.app.extensions["gateway"]
        other = replace(held.keys, secret=bytes(len(held.keys.secret)))
        world.app.extensions["gateway"] = replace(held, keys=other)
        assert said(world.receipt())["person"] != first

    def is_invalid(self, world: World, receipt: str) -> None:
        answer = world.post("desk", "/fhir/Encounter", encounter(receipt=receipt))
        assert (answer.status_code, codes(answer)) == (422, ["presence.receipt-invalid"])


def test_a_receipt_is_no_good_at_another_facility_even_for_the_same_client(world: World) -> None:
    receipt, client_id = world.receipt(), world.keys["desk"][0]
    held = world.app.extensions["gateway"]
    moved = Actor(client_id, THERE, "moved", world.clock())
    receipts = Receipts(held.keys, held.settings.fhir_url)
    neighbor = Caller("facility", client_id, THERE)
    with pytest.raises(PresenceRefused) as refused, world.database.begin(neighbor) as session:
        presence.read_receipt(session, receipt, receipts=receipts, actor=moved)
    assert (refused.value.code, refused.value.person) == ("presence.not-yours", None)
