"""Proof of presence: verified here, stored, and its receipt consumed once."""

import base64
from typing import Any

import pytest
from sqlalchemy import select

from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.offers import EcdsaOffer, RsaOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.signing import SigningChoice
from cardreader.emulator.tampering import tampered
from gateway.app import create_app
from gateway.store.database import Caller
from gateway.store.tables_presence import Presence
from tests.integration.gateway.answers import logged
from tests.integration.gateway.evidence import evidence
from tests.integration.gateway.world import (
    HERE,
    MOTHER,
    NOW,
    READER,
    SESSION,
    World,
    claim,
)

DESK = Caller("facility", "any", HERE)
DIRECTIVE = "Luật BHYT, điều 28"


def stored(world: World) -> list[Presence]:
    with world.database.begin(DESK) as session:
        return list(session.scalars(select(Presence).order_by(Presence.id)))


def refused(answer) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["code"]


class TestAGenuineChip:
    def test_that_answers_the_challenge_is_proven_and_gets_a_receipt(self, world: World) -> None:
        answer = world.prove()
        assert answer.status_code == 201, answer.text
        assert (answer.json["level"], answer.json["expires_in"]) == ("chip-proven", 900)
        assert answer.json["training"] is True
        assert answer.headers["X-Tiepdon-Training"] == "true"

    def test_is_stored_with_its_level_reader_challenge_and_times(self, world: World) -> None:
        challenge, card = world.challenge(), world.card()
        world.clock.pass_(seconds=2)
        assert world.state("desk", world.stated(card, challenge)).status_code == 201
        (row,) = stored(world)
        assert (row.national_id, row.facility, row.full_name) == (MOTHER, HERE, "NGUYEN THI MAU THU")
        assert (row.level, row.reader, row.desk_session) == ("chip-proven", READER, SESSION)
        assert (str(row.challenge_id), row.zone_name) == (challenge["challenge"], True)
        assert row.timing == {"answered_ms": 2000.0, "desk": {"active_ms": 41.5}}

    @pytest.mark.parametrize(
        "active",
        [RsaOffer(bits=1024), EcdsaOffer(der=True), EcdsaOffer(announced=False)],
        ids=["RSA", "ECDSA in DER", "a hash that DG14 does not name"],
    )
    def test_proves_itself_by_every_kind_of_key(self, world: World, active: RsaOffer | EcdsaOffer) -> None:
        answer = world.prove(card=world.card(habits=Habits(active=active)))
        assert (answer.status_code, answer.json.get("level")) == (201, "chip-proven"), answer.text

    def test_without_any_key_of_its_own_is_read_and_not_proven(self, world: World) -> None:
        answer = world.prove(card=world.card(habits=Habits(has_chip_keys=False)))
        assert (answer.status_code, answer.json["level"]) == (201, "chip-read")

    def test_of_an_arrival_that_had_no_challenge_is_read_and_not_proven(self, world: World) -> None:
        answer = world.state("desk", world.stated(world.card()))
        assert (answer.status_code, answer.json["level"]) == (201, "chip-read")
        (row,) = stored(world)
        assert (row.challenge_id, row.timing) == (None, {"desk": {"active_ms": 41.5}})

    def test_that_signed_a_nonce_which_the_desk_made_up_is_read_and_not_proven(self, world: World) -> None:
        card = world.card()
        sent = evidence(card, nonce=b"made up!")
        answer = world.state("desk", world.stated(card, evidence=sent))
        assert (answer.status_code, answer.json["level"]) == (201, "chip-read")

    def test_leaves_no_name_in_its_receipt(self, world: World) -> None:
        _, payload, _ = world.receipt().split(".")
        claims = base64.urlsafe_b64decode(payload + "==")
        assert MOTHER.encode() not in claims
        assert b'"level":"chip-proven"' in claims.replace(b'": "', b'":"')


class TestPersonalDetails:
    """DG13, which holds family, faith and more than a check-in needs."""

    def test_come_only_with_a_legal_basis(self, world: World) -> None:
        card, challenge = world.card(), world.challenge()
        nonce = base64.b64decode(challenge["nonce"])
        sent = evidence(card, nonce=nonce, dg13=card.files[13])
        for basis in (None, "", "   "):
            answer = world.state("desk", world.stated(card, challenge, evidence=sent, legal_basis=basis))
            assert refused(answer)[1] in {"presence.legal-basis-missing", "presence.evidence-malformed"}
        answer = world.state("desk", world.stated(card, challenge, evidence=sent, legal_basis=DIRECTIVE))
        assert answer.status_code == 201, answer.text
        (row,) = stored(world)
        assert (row.full_name, row.zone_name) == ("NGUYỄN THỊ MẪU THỬ", False)
        assert row.legal_basis == DIRECTIVE

    @pytest.mark.parametrize("group", [2, 3, 11])
    def test_and_other_groups_never(self, world: World, group: int) -> None:
        card = world.card()
        sent = evidence(card, **{f"dg{group}": card.files[2]})
        answer = world.state("desk", world.stated(card, evidence=sent, legal_basis=DIRECTIVE))
        assert refused(answer) == (422, "presence.group-not-wanted")
        assert stored(world) == []


class TestForgedEvidence:
    """Refused, logged although it is refused, and nothing is stored."""

    def test_a_clone_without_the_chips_key_is_refused(self, world: World) -> None:
        clone = tampered(world.card(), SAMPLES["mau-thu"], "clone")
        answer = world.prove(card=clone, timing={"passed": 1}, checks={"active": "passed"}, passed=True)
        assert refused(answer) == (422, "proof.active-signature-wrong")
        assert stored(world) == []

    def test_and_the_log_names_whose_card_was_copied(self, world: World) -> None:
        clone = tampered(world.card(), SAMPLES["mau-thu"], "clone")
        challenge = world.challenge()
        world.state("desk", world.stated(clone, challenge), X_Request_Id="clone")
        (row,) = logged(world, "clone")
        assert (row.action, row.person) == ("prove", MOTHER)
        assert row.resource == f"PresenceChallenge/{challenge['challenge']}"
        assert row.outcome == "refused proof.active-signature-wrong"

    @pytest.mark.parametrize(
        ("left_out", "code"),
        [
            ({"active_signature"}, "proof.active-unanswered"),
            ({"active_signature", "15"}, "proof.active-unanswered"),
            ({"15"}, "proof.active-unanswered"),
        ],
        ids=["the signature", "signature and key", "the key"],
    )
    def test_a_card_that_could_prove_itself_and_does_not_is_refused(
        self, world: World, left_out: set[str], code: str
    ) -> None:
        card, challenge = world.card(), world.challenge()
        sent = evidence(card, nonce=base64.b64decode(challenge["nonce"]))
        sent = {name: part for name, part in sent.items() if name not in left_out}
        sent["data_groups"] = {k: v for k, v in sent["data_groups"].items() if k not in left_out}
        assert refused(world.state("desk", world.stated(card, challenge, evidence=sent))) == (422, code)

    @pytest.mark.parametrize("dg14", [False, True], ids=["hidden", "shown"])
    def test_a_chip_key_that_was_not_asked_is_no_way_around_it(self, world: World, dg14: bool) -> None:
        card, challenge = world.card(habits=Habits(active=None)), world.challenge()
        sent = evidence(card, dg14=card.files[14] if dg14 else None)
        answer = world.state("desk", world.stated(card, challenge, evidence=sent))
        assert refused(answer) == (422, "proof.chip-not-done")

    def test_an_answer_to_another_nonce_is_refused(self, world: World) -> None:
        card, challenge = world.card(), world.challenge()
        sent = evidence(card, nonce=base64.b64decode(world.challenge()["nonce"]))
        answer = world.state("desk", world.stated(card, challenge, evidence=sent))
        assert refused(answer) == (422, "proof.active-signature-wrong")

    def test_another_cards_answer_is_refused(self, world: World) -> None:
        card, challenge = world.card(), world.challenge()
        sent = evidence(card) | {
            "active_signature": evidence(world.card("vo-danh"), nonce=base64.b64decode(challenge["nonce"]))[
                "active_signature"
            ]
        }
        answer = world.state("desk", world.stated(card, challenge, evidence=sent))
        assert refused(answer) == (422, "proof.active-signature-wrong")

    def test_another_chips_key_is_refused(self, world: World) -> None:
        card, other, challenge = world.card(), world.card(), world.challenge()
        sent = evidence(other, nonce=base64.b64decode(challenge["nonce"]))
        sent |= {"security_object": evidence(card)["security_object"]}
        sent["data_groups"]["1"] = evidence(card)["data_groups"]["1"]
        answer = world.state("desk", world.stated(card, challenge, evidence=sent))
        assert refused(answer) == (422, "proof.group-changed")

    def test_a_changed_data_group_is_refused_and_the_log_names_nobody(self, world: World) -> None:
        card = world.card()
        changed = card.files[1].replace(b"950412", b"950413")
        assert changed != card.files[1]
        answer = world.state(
            "desk", world.stated(card, evidence=evidence(card, dg1=changed)), X_Request_Id="changed"
        )
        assert refused(answer) == (422, "proof.group-changed")
        assert stored(world) == []
        (row,) = logged(world, "changed")
        assert (row.person, row.resource, row.outcome) == (None, "Presence", "refused proof.group-changed")

    def test_a_chip_of_an_unknown_authority_is_refused(self, world: World) -> None:
        world.authority = TrainingAuthority.create(now=NOW)
        assert refused(world.prove()) == (422, "proof.authority-unknown")

    def test_a_training_card_is_refused_where_no_training_is_held(self, world: World) -> None:
        settings = world.app.extensions["gateway"].settings.model_copy(update={"training": False})
        world.app = create_app(settings, now=world.clock)
        answer = world.prove()
        assert refused(answer) == (422, "proof.training-card")
        assert "X-Tiepdon-Training" not in answer.headers
        assert "security" not in world.post("desk", "/fhir/Claim", claim()).json["meta"]
        world.database.dispose()

    def test_sha1_in_a_security_object_counts_only_where_it_is_allowed(self, world: World) -> None:
        card = world.card(habits=Habits(signer=SigningChoice(digest="sha1")))
        assert refused(world.prove(card=card)) == (422, "proof.algorithm-refused")
        settings = world.app.extensions["gateway"].settings.model_copy(update={"allow_sha1": True})
        world.app = create_app(settings, now=world.clock)
        assert world.prove(card=card).status_code == 201
        world.database.dispose()

    def test_a_broken_security_object_is_refused(self, world: World) -> None:
        sent = {"security_object": "AA==", "data_groups": {"1": "AA=="}}
        answer = world.state("desk", world.stated(world.card(), evidence=sent))
        assert refused(answer) == (422, "proof.security-object-malformed")

    @pytest.mark.parametrize(
        "sent",
        [
            None,
            {},
            {"security_object": "AA==", "data_groups": []},
            {"security_object": 5, "data_groups": {}},
            {"security_object": "%%%", "data_groups": {}},
            {"security_object": "AA==", "data_groups": {"99": "AA=="}},
            {"security_object": "AA==", "data_groups": {"one": "AA=="}},
        ],
    )
    def test_evidence_of_another_form_is_refused_and_logged(self, world: World, sent: object) -> None:
        answer = world.state("desk", world.stated(world.card(), evidence=sent), X_Request_Id="form")
        assert refused(answer) == (400, "presence.evidence-malformed")
        assert [row.outcome for row in logged(world, "form")] == ["refused presence.evidence-malformed"]


class TestAStatement:
    """Taken once: a copy of what a desk sent makes no second receipt."""

    def test_that_is_sent_again_is_refused_and_the_log_names_the_person(self, world: World) -> None:
        signed = world.sign("desk", world.stated(world.card()))
        assert world.state("desk", signed).status_code == 201
        again = world.state("desk", signed, X_Request_Id="again")
        assert refused(again) == (422, "presence.statement-used")
        (row,) = logged(world, "again")
        assert (row.person, row.outcome) == (MOTHER, "refused presence.statement-used")
        assert len(stored(world)) == 1

    def test_that_is_signed_again_word_for_word_is_the_same_one(self, world: World) -> None:
        stated = world.stated(world.card())
        assert world.state("desk", stated).status_code == 201
        assert refused(world.state("desk", stated)) == (422, "presence.statement-used")

    def test_of_another_desk_is_another_one(self, world: World) -> None:
        stated = world.stated(world.card())
        assert world.state("desk", stated).status_code == 201
        assert world.state("second-desk", stated).status_code == 201


class TestAFaultThatNobodyForesaw:
    """It is ours: said with its request's id alone, and logged."""

    @pytest.mark.parametrize("challenged", [True, False], ids=["challenged", "not challenged"])
    def test_leaves_a_row_in_the_access_log(
        self, world: World, monkeypatch: pytest.MonkeyPatch, *, challenged: bool
    ) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise TypeError(MOTHER)

        challenge = world.challenge() if challenged else None
        monkeypatch.setattr("gateway.services.verification.examine", broken)
        answer = world.state("desk", world.stated(world.card(), challenge), X_Request_Id="fault")
        assert refused(answer) == (500, "gateway.internal")
        assert answer.json["request_id"] == "fault"
        assert MOTHER not in answer.text
        (row,) = logged(world, "fault")
        resource = f"PresenceChallenge/{challenge['challenge']}" if challenge else "Presence"
        assert (row.action, row.resource, row.outcome, row.person) == ("prove", resource, "failed", None)
        assert stored(world) == []
