"""A card without active authentication proves itself by answering the one command that the gateway made."""

import base64
import secrets
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from cardreader.emulator.chip_authentication import agreed, agreed_by_template
from cardreader.emulator.commands import Status, parse_command
from cardreader.emulator.der import tlv
from cardreader.emulator.domains import BRAINPOOL_P256R1
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.offers import ChipOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.suites import CipherKind
from cardreader.emulator.tampering import tampered
from gateway.store.database import Caller
from gateway.store.tables_presence import PresenceChallenge
from tests.integration.gateway.answers import logged
from tests.integration.gateway.evidence import evidence
from tests.integration.gateway.refusals import DESK, refusal
from tests.integration.gateway.world import (
    HERE,
    MOTHER,
    World,
)

NO_ACTIVE = Habits(active=None)
MODP_2048_256 = 2  # a finite field of RFC 5114 §2.3, as Doc 9303-11 §9.5.1 numbers it


def ask(
    world: World, challenge: dict[str, Any], card: IssuedCard, name: str = "desk", **sent: Any
) -> TestResponse:
    body = {"evidence": shown(card)} | sent
    path = f"/presence/challenges/{challenge['challenge']}/chip"
    return world.post(name, path, body, Content_Type="application/json")


def shown(card: IssuedCard) -> dict[str, Any]:
    """What a card without DG15 shows of itself."""
    return evidence(card, dg14=card.files[14], dg15=None)


def asked(world: World, challenge: dict[str, Any], card: IssuedCard) -> dict[str, Any]:
    answer = ask(world, challenge, card)
    assert answer.status_code == 201, answer.text
    question: dict[str, Any] = answer.json
    return question


def chip_answer(card: IssuedCard, question: dict[str, Any], *, dg1: bytes | None = None) -> bytes:
    """What the emulated chip says to the question: it reads its own DG1, or says `dg1`."""
    assert card.habits.chip is not None
    assert card.keys.chip is not None
    public_key = base64.b64decode(question["public_key"])
    if card.habits.chip.cipher is CipherKind.TRIPLE_DES:
        channel = agreed_by_template(card.habits.chip, card.keys.chip, tlv(0x91, public_key))
    else:
        _, channel = agreed(card.habits.chip, card.keys.chip, tlv(0x7C, tlv(0x80, public_key)))
    command = channel.open(parse_command(base64.b64decode(question["command"])))
    assert (command.ins, command.p1, command.p2) == (0xB0, 0x81, 0x00)
    return channel.protect((dg1 or card.files[1])[: command.expected], Status.DONE)


def answered(
    world: World, card: IssuedCard, challenge: dict[str, Any], answer: bytes, name: str = "desk"
) -> TestResponse:
    sent = shown(card) | {"chip_answer": base64.b64encode(answer).decode()}
    return world.state(name, world.stated(card, challenge, evidence=sent), X_Request_Id="answered")


@pytest.mark.parametrize(
    "offer",
    [
        ChipOffer(cipher=CipherKind.AES_128, parameter_id=BRAINPOOL_P256R1),
        ChipOffer(cipher=CipherKind.AES_256, key_id=7),
        ChipOffer(cipher=CipherKind.TRIPLE_DES),
        ChipOffer(cipher=CipherKind.AES_192, parameter_id=MODP_2048_256),
    ],
    ids=["AES-128", "AES-256 with a numbered key", "triple DES", "in a finite field"],
)
def test_the_chip_that_answers_is_proven(world: World, offer: ChipOffer) -> None:
    card, challenge = world.card(habits=Habits(active=None, chip=offer)), world.challenge()
    answer = chip_answer(card, asked(world, challenge, card))
    proven = answered(world, card, challenge, answer)
    assert (proven.status_code, proven.json.get("level")) == (201, "chip-proven"), proven.text


class TestWhatIsKeptForTheMinute:
    def kept(self, world: World) -> PresenceChallenge:
        with world.database.begin(DESK) as session:
            return session.scalars(select(PresenceChallenge)).one()

    def test_is_sealed_and_ends_with_the_challenge(self, world: World) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        question = asked(world, challenge, card)
        sealed = self.kept(world).sealed
        assert sealed
        assert base64.b64decode(question["public_key"]) not in sealed
        answered(world, card, challenge, chip_answer(card, question))
        assert (self.kept(world).sealed, self.kept(world).burned_at) == (None, world.clock())

    def test_opens_for_no_other_challenge(self, world: World) -> None:
        card, first = world.card(habits=NO_ACTIVE), world.challenge()
        answer = chip_answer(card, asked(world, first, card))
        with world.database.begin(Caller("facility", world.keys["desk"][0], HERE)) as session:
            sealed = session.scalars(select(PresenceChallenge.sealed)).one()
        second = world.challenge()
        with world.database.begin(Caller("facility", world.keys["desk"][0], HERE)) as session:
            rows = session.scalars(select(PresenceChallenge).where(PresenceChallenge.sealed.is_(None))).all()
            rows[0].sealed = sealed
        assert refusal(world, answered(world, card, second, answer)) == "presence.other-card"


def test_a_card_that_could_sign_too_is_proven_by_its_answer(world: World) -> None:
    """Its signature may be longer than what card and reader can carry."""
    card, challenge = world.card(), world.challenge()
    proven = answered(world, card, challenge, chip_answer(card, asked(world, challenge, card)))
    assert (proven.status_code, proven.json["level"]) == (201, "chip-proven")


class TestAnAnswerThatProvesNothing:
    def test_a_clone_without_the_chips_key(self, world: World) -> None:
        clone = tampered(world.card(habits=NO_ACTIVE), SAMPLES["mau-thu"], "clone")
        challenge = world.challenge()
        public_key = asked(world, challenge, clone)
        answer = answered(world, clone, challenge, forged(clone, public_key))
        assert refusal(world, answer) == "proof.chip-answer-wrong"
        assert [row.person for row in logged(world, "answered")] == [MOTHER]

    @pytest.mark.parametrize("answer", [b"", secrets.token_bytes(60), b"\x90\x00", b"\x69\x88"], ids=repr)
    def test_bytes_of_the_desks_own(self, world: World, answer: bytes) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        asked(world, challenge, card)
        code = refusal(world, answered(world, card, challenge, answer))
        assert code == ("proof.chip-answer-wrong" if answer else "proof.chip-unanswered")

    def test_none_although_it_was_asked(self, world: World) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        asked(world, challenge, card)
        stated = world.stated(card, challenge, evidence=shown(card))
        assert refusal(world, world.state("desk", stated)) == "proof.chip-unanswered"

    def test_of_another_persons_card(self, world: World) -> None:
        """The desk has a genuine card of its own, and the data of the mother's."""
        own, copied = world.card("vo-danh", habits=NO_ACTIVE), world.card(habits=NO_ACTIVE)
        challenge = world.challenge()
        question = asked(world, challenge, own)
        answer = chip_answer(own, question, dg1=copied.files[1])
        assert refusal(world, answered(world, copied, challenge, answer)) == "presence.other-card"

    def test_of_the_same_chip_a_minute_ago(self, world: World) -> None:
        card, first, second = world.card(habits=NO_ACTIVE), world.challenge(), world.challenge()
        old = chip_answer(card, asked(world, first, card))
        asked(world, second, card)
        assert refusal(world, answered(world, card, second, old)) == "proof.chip-answer-wrong"

    def test_under_a_challenge_for_which_nothing_was_asked(self, world: World) -> None:
        card, first, second = world.card(habits=NO_ACTIVE), world.challenge(), world.challenge()
        answer = chip_answer(card, asked(world, first, card))
        assert refusal(world, answered(world, card, second, answer)) == "proof.chip-not-done"

    def test_without_a_challenge(self, world: World) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        answer = chip_answer(card, asked(world, challenge, card))
        sent = shown(card) | {"chip_answer": base64.b64encode(answer).decode()}
        proven = world.state("desk", world.stated(card, evidence=sent))
        assert (proven.status_code, proven.json["level"]) == (201, "chip-read")


class TestTheQuestion:
    def test_is_made_once_for_a_challenge(self, world: World) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        question = asked(world, challenge, card)
        assert refusal(world, ask(world, challenge, card)) == "presence.chip-asked"
        assert answered(world, card, challenge, chip_answer(card, question)).status_code == 201

    def test_is_new_for_every_challenge(self, world: World) -> None:
        card = world.card(habits=NO_ACTIVE)
        keys = {asked(world, world.challenge(), card)["public_key"] for _ in range(3)}
        assert len(keys) == 3

    @pytest.mark.parametrize(
        ("thief", "code"),
        [("second-desk", "presence.challenge-foreign"), ("elsewhere", "presence.challenge-unknown")],
    )
    def test_is_not_made_for_another_desk(self, world: World, thief: str, code: str) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        assert refusal(world, ask(world, challenge, card, thief)) == code
        assert ask(world, challenge, card).status_code == 201

    def test_is_not_made_when_the_challenge_ended_or_was_answered(self, world: World) -> None:
        card, used = world.card(habits=NO_ACTIVE), world.challenge()
        world.state("desk", world.stated(card, used, evidence=shown(card)))
        assert refusal(world, ask(world, used, card)) == "presence.challenge-used"
        ended = world.challenge()
        world.clock.pass_(seconds=60)
        assert refusal(world, ask(world, ended, card)) == "presence.challenge-expired"

    def test_is_not_made_for_a_key_that_no_authority_signed(self, world: World) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        sent = shown(card)
        own = world.authority.issue(SAMPLES["mau-thu"], habits=NO_ACTIVE)
        sent["data_groups"]["14"] = shown(own)["data_groups"]["14"]
        assert refusal(world, ask(world, challenge, card, evidence=sent)) == "proof.group-changed"

    def test_is_not_made_for_a_card_without_such_a_key(self, world: World) -> None:
        card = world.card(habits=Habits(chip=None))
        assert refusal(world, ask(world, world.challenge(), card)) == "proof.chip-key-refused"

    @pytest.mark.parametrize(
        "sent", [{}, {"evidence": None}, {"evidence": {"security_object": "AA=="}}], ids=str
    )
    def test_needs_evidence(self, world: World, sent: dict) -> None:
        path = f"/presence/challenges/{world.challenge()['challenge']}/chip"
        answer = world.post("desk", path, sent, Content_Type="application/json")
        assert (answer.status_code, answer.json["code"]) == (400, "presence.evidence-malformed")

    def test_needs_dg14_and_takes_no_more_than_it_needs(self, world: World) -> None:
        card, challenge = world.card(habits=NO_ACTIVE), world.challenge()
        little = evidence(card, dg15=None)
        assert ask(world, challenge, card, evidence=little).json["code"] == "presence.evidence-malformed"
        much = evidence(card, dg14=card.files[14], dg13=card.files[13], dg15=None)
        assert refusal(world, ask(world, challenge, card, evidence=much)) == "presence.group-not-wanted"
        assert ask(world, challenge, card).status_code == 201


def forged(clone: IssuedCard, question: dict[str, Any]) -> bytes:
    """What a clone says: it cannot even read the command, and answers under keys of its own."""
    assert clone.habits.chip is not None
    assert clone.keys.chip is not None
    public_key = base64.b64decode(question["public_key"])
    _, channel = agreed(clone.habits.chip, clone.keys.chip, tlv(0x7C, tlv(0x80, public_key)))
    channel.protect(b"", Status.DONE)  # counts as the command that it cannot open
    return channel.protect(clone.files[1][:32], Status.DONE)
