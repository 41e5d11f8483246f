"""The proof of presence as the desk makes it: whose challenge, whose signature, and what never leaves."""

import time
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from joserfc import jws

from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.offers import PaceOffer, RsaOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import tampered
from cardreader.errors import CardLifted
from clinics import challenger
from clinics.desk import view
from clinics.report import to_json, to_lines
from tests.integration.clinics.counter import Counter
from tests.integration.clinics.fake_gateway import FakeGateway, Reply

MOTHER = SAMPLES["mau-thu"]
ONLY_SIGNS = Habits(chip=None)
ONLY_AGREES = Habits(active=None)
OPENS_BY_ITS_KEY = Habits(active=None, pace_offers=(PaceOffer(mapping="CAM"),))
NO_KEYS = Habits(has_chip_keys=False)
LOOK_AT_THE_FACE = "đối chiếu ảnh trên thẻ với người đến khám"
Issue = Callable[[Habits], IssuedCard]


@pytest.fixture
def issue(authority: TrainingAuthority) -> Issue:
    return lambda habits: authority.issue(MOTHER, habits=habits)


class AttentiveCard(LocalCard):
    """A card that answers nothing before the gateway was asked for a challenge."""

    def __init__(self, card: IssuedCard, fake: FakeGateway) -> None:
        super().__init__(Chip(card))
        self._fake = fake
        self.asked_in_time = False

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        self.asked_in_time = self._fake.challenged.wait(timeout=5)
        return super().send_and_receive(command)


def _away(path: str) -> Reply | None:
    return FakeGateway.outcome(503, "x") if path.startswith("/presence") else None


@pytest.mark.parametrize(
    "habits",
    [Habits(), ONLY_SIGNS, ONLY_AGREES],
    ids=["both-ways", "the-chip-signs", "the-chip-agrees-on-a-key"],
)
def test_a_card_with_a_key_of_its_own_is_proven_to_the_gateway(
    counter: Counter, issue: Issue, habits: Habits
) -> None:
    result = counter.tap(issue(habits))
    assert (result.outcome, result.stored) == ("covered", "stored")
    assert counter.levels() == ["chip-proven"]


def test_a_card_that_proved_itself_to_the_desk_by_the_way_in_is_no_forgery_to_the_gateway(
    counter: Counter, issue: Issue
) -> None:
    assert counter.tap(issue(OPENS_BY_ITS_KEY)).outcome == "covered"


def test_a_card_without_any_key_is_read_and_the_clerk_is_told_to_look_at_the_face(
    counter: Counter, issue: Issue
) -> None:
    result = counter.tap(issue(NO_KEYS))
    assert counter.levels() == ["chip-read"]
    assert any(LOOK_AT_THE_FACE in warning.vi for warning in view.shown(result).warnings)
    assert LOOK_AT_THE_FACE in "\n".join(to_lines(result))


def test_a_proven_chip_is_said_on_the_page_in_words_and_leaves_nothing_to_compare(
    counter: Counter, issue: Issue
) -> None:
    result = counter.tap(issue(Habits()))
    shown = view.shown(result)
    assert "Chip gốc, do cơ quan BHXH xác minh (chip-proven)" in [fact.value for fact in shown.facts]
    assert shown.warnings == ()
    assert to_json(result)["eligibility"]["assurance"] == "chip-proven"


def test_a_card_whose_signature_is_too_long_for_its_reader_is_read_and_not_taken_for_a_forgery(
    counter: Counter, issue: Issue
) -> None:
    long_signature = Habits(active=RsaOffer(bits=2048), chip=None, extended_length=False)
    result = counter.tap(issue(long_signature))
    assert (result.outcome, counter.levels()) == ("covered", ["chip-read"])
    (stated,) = counter.fake.presences.statements
    assert stated["challenge"] is None


def test_the_evidence_is_signed_by_the_desks_key_for_this_gateway_challenge_reader_and_session(
    counter: Counter, issue: Issue
) -> None:
    counter.tap(issue(Habits()))
    (stated,) = counter.fake.presences.statements
    ((known, challenge),) = counter.fake.presences.challenges.items()
    assert (stated["aud"], stated["challenge"]) == (counter.fake.url, known)
    assert stated["reader"] == challenge.reader == "Reader 1"
    assert stated["session"] == challenge.session
    assert {"access_ms", "files_ms", "active_ms"} <= stated["timing"].keys()
    header = jws.extract_compact(counter.fake.presences.received[0]).headers()
    assert header == {"alg": "ES384", "typ": "presence-evidence+jws"}


def test_dg13_and_the_face_stay_at_the_desk(counter: Counter, issue: Issue) -> None:
    result = counter.tap(issue(Habits()))
    (stated,) = counter.fake.presences.statements
    assert set(stated["evidence"]["data_groups"]) == {"1", "14", "15"}
    assert stated["legal_basis"] is None
    assert result.reading is not None
    assert result.reading.dg13["residence"] == MOTHER.residence


def test_dg13_goes_along_with_its_legal_basis_where_one_is_stated(counter: Counter, issue: Issue) -> None:
    counter.legal_basis = "Hợp đồng 12/2026"
    counter.tap(issue(Habits()))
    (stated,) = counter.fake.presences.statements
    assert "13" in stated["evidence"]["data_groups"]
    assert stated["legal_basis"] == "Hợp đồng 12/2026"
    assert counter.levels() == ["chip-proven"]


def test_the_challenge_is_fetched_while_the_card_is_opened(counter: Counter, issue: Issue) -> None:
    card = AttentiveCard(issue(Habits()), counter.fake)
    assert counter.tap(card).outcome == "covered"
    assert card.asked_in_time


def test_a_challenge_too_late_for_the_card_is_answered_when_the_card_is_read_once_more(
    counter: Counter, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(challenger, "CARD_WAIT_SECONDS", 0.01)
    counter.fake.challenge_delay = 0.5
    assert counter.tap(issue(Habits())).stored == "stored"
    assert counter.steps == ["reading", "reading", "proving", "asking", "storing"]
    assert counter.levels() == ["chip-proven"]
    assert len(counter.fake.presences.challenges) == 1


def test_a_challenge_that_ended_meanwhile_is_asked_for_again_once(counter: Counter, issue: Issue) -> None:
    counter.fake.presences.expired = 1
    assert counter.tap(issue(Habits())).stored == "stored"
    assert counter.levels() == ["chip-proven"]
    assert len(counter.fake.presences.challenges) == 2


def test_a_challenge_that_always_ends_leaves_the_cover_unknown(counter: Counter, issue: Issue) -> None:
    counter.fake.presences.expired = 9
    result = counter.tap(issue(Habits()))
    assert (result.outcome, result.code, result.stored) == ("unknown", "presence.challenge-expired", None)
    assert len(counter.fake.presences.challenges) == 2


@pytest.mark.parametrize("habits", [ONLY_SIGNS, ONLY_AGREES], ids=["signs", "agrees-on-a-key"])
@pytest.mark.parametrize("away", [False, True], ids=["gateway-there", "gateway-away"])
def test_a_cloned_card_is_found_out_at_the_desk_with_the_gateway_and_without(
    counter: Counter, issue: Issue, habits: Habits, *, away: bool
) -> None:
    if away:
        counter.fake.broken = _away
    result = counter.tap(tampered(issue(habits), MOTHER, "clone"))
    assert result.outcome == "not-genuine"
    assert result.code in {"proof.active-signature-wrong", "proof.chip-answer-wrong", "proof.chip-unanswered"}
    assert counter.stored() == []
    assert counter.counts()["pending"] == 0


@pytest.mark.parametrize("code", ["proof.active-signature-wrong", "proof.chip-answer-wrong"])
def test_a_chip_that_the_gateway_does_not_believe_is_not_genuine_for_the_clerk(
    counter: Counter, issue: Issue, code: str
) -> None:
    counter.fake.presence = FakeGateway.json(422, {"code": code})
    result = counter.tap(issue(Habits()))
    assert (result.outcome, result.code, result.stored) == ("not-genuine", code, None)
    assert view.shown(result).tone == "danger"


def test_a_card_whose_key_the_gateway_refuses_to_ask_is_not_genuine_for_the_clerk(
    counter: Counter, issue: Issue
) -> None:
    refused = FakeGateway.json(422, {"code": "proof.chip-key-refused"})
    counter.fake.broken = lambda path: refused if path.endswith("/chip") else None
    result = counter.tap(issue(ONLY_AGREES))
    assert (result.outcome, result.code) == ("not-genuine", "proof.chip-key-refused")


def test_a_question_with_a_point_off_the_chips_curve_is_the_gateways_nonsense_and_the_desk_asks_its_own(
    counter: Counter, issue: Issue
) -> None:
    off_curve = b"\x04" + (1).to_bytes(32, "big") * 2
    question = {
        "protocol": "BAB/AAcCAgMCAg==",
        "key_id": None,
        "public_key": b64encode(off_curve).decode(),
        "command": b64encode(bytes.fromhex("0CB08100") + bytes(20)).decode(),
    }
    counter.fake.broken = lambda path: FakeGateway.json(201, question) if path.endswith("/chip") else None
    result = counter.tap(issue(ONLY_AGREES))
    assert (result.outcome, result.code) == ("unknown", "gateway.nonsense")
    clone = counter.tap(tampered(issue(ONLY_AGREES), MOTHER, "clone"))
    assert (clone.outcome, clone.code) == ("not-genuine", "proof.chip-answer-wrong")


@pytest.mark.parametrize("habits", [ONLY_SIGNS, ONLY_AGREES], ids=["signs", "agrees-on-a-key"])
def test_a_gateway_that_gives_no_challenge_is_not_asked_for_more_and_the_arrival_is_kept(
    counter: Counter, issue: Issue, habits: Habits
) -> None:
    counter.fake.broken = _away
    result = counter.tap(issue(habits))
    assert (result.outcome, result.code, result.stored) == ("unknown", "gateway.failed", "kept")
    assert "/presence" not in counter.fake.requests


def test_a_kept_arrival_is_signed_when_it_is_sent_and_is_read_at_the_most(
    counter: Counter, issue: Issue
) -> None:
    counter.fake.broken = _away
    counter.tap(issue(Habits()))
    counter.fake.broken = lambda _path: None
    counter.now += timedelta(hours=2)
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    (stated,) = counter.fake.presences.statements
    assert stated["challenge"] is None
    assert stated["reader"] == "Reader 1"
    assert set(stated["evidence"]) == {"security_object", "data_groups", "card_access"}
    assert counter.levels() == ["chip-read"]
    assert len(counter.stored()) == 1


def test_an_arrival_that_was_kept_before_statements_were_signed_is_still_sent(
    counter: Counter, issue: Issue
) -> None:
    counter.fake.broken = _away
    counter.tap(issue(Habits()))
    counter.make_older("reader", "session", "timing", "legal_basis")
    counter.fake.broken = lambda _path: None
    with counter.gateway() as gateway:
        counter.send_what_waits(gateway)
    assert counter.counts() == {"pending": 0, "sent": 1, "refused": 0}


def test_a_desk_that_may_not_ask_for_challenges_says_unknown_and_keeps_nothing(
    counter: Counter, issue: Issue
) -> None:
    counter.fake.broken = lambda path: FakeGateway.outcome(403, "auth.scope") if "presence" in path else None
    result = counter.tap(issue(Habits()))
    assert (result.outcome, result.code, result.stored) == ("unknown", "auth.scope", None)


def test_a_card_that_is_lifted_does_not_wait_for_the_gateway(counter: Counter, issue: Issue) -> None:
    counter.fake.challenge_delay = 2.0
    started = time.monotonic()
    with pytest.raises(CardLifted):
        counter.tap(issue(Habits(lifted_after=2)))
    assert time.monotonic() - started < 1.5
