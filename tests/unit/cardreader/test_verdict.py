"""One verdict over all that a chip gave: what is proven, what is only read, and what is refused."""

from dataclasses import replace
from itertools import product
from typing import Literal

import pytest

from cardreader.lds.datagroups import CARD_ACCESS
from cardreader.lds.tlv import write_tlv
from cardreader.proof.certificates import TRAINING_MARKER
from cardreader.proof.evidence import Evidence
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.verdict import Verdict, examine
from tests.unit.cardreader.chip_cards import (
    ACCESS,
    AUTHORITY,
    ID_NUMBER,
    NONCE,
    SIGNER,
    ProvableCard,
    trusting,
)
from tests.unit.cardreader.chip_side import active_info, dg14
from tests.unit.cardreader.issuing import NOW, certify, listing, security_object
from tests.unit.cardreader.people import DG1

CARD = ProvableCard()
TRUST = trusting(AUTHORITY)
PASSED = Check("passed")
STRONGER = bytes.fromhex("3012060A04007F0007020204020402010202010D")  # PACE with AES-256, Doc 9303-11 §9.2.1
ACTIVE_NOT_DONE, CHIP_NOT_DONE = (
    Check("not-done", Reason.ACTIVE_NOT_DONE),
    Check("not-done", Reason.CHIP_NOT_DONE),
)

Status = Literal["passed", "failed", "absent", "not-done"]
STATUSES: tuple[Status, ...] = ("passed", "failed", "absent", "not-done")


def test_a_level_is_reached_only_by_checks_that_passed_and_none_that_failed() -> None:
    for statuses in product(STATUSES, repeat=4):
        checks = [Check(status, None if status == "passed" else "code") for status in statuses]
        verdict = Verdict(*checks)
        accepted = statuses[0] == "passed" and "failed" not in statuses
        proven = accepted and "passed" in (statuses[1], statuses[2])
        assert verdict.level == ("chip-proven" if proven else "chip-read" if accepted else None), statuses
        assert (verdict.failure() is None) == accepted, statuses


def test_a_check_without_a_reason_still_refuses() -> None:
    for checks in product((Check("passed"), Check("failed")), repeat=4):
        assert (Verdict(*checks).failure() is None) == all(check.passed for check in checks)
    assert Verdict(Check("not-done"), PASSED, PASSED, PASSED).failure() is not None


def test_a_chip_that_signs_our_nonce_is_proven() -> None:
    evidence = replace(CARD.evidence(), active_signature=CARD.sign())
    verdict = examine(evidence, TRUST, at=NOW, nonce=NONCE, expected_id=ID_NUMBER)
    assert verdict == Verdict(PASSED, PASSED, CHIP_NOT_DONE, PASSED)
    assert verdict.level == "chip-proven"


def test_a_chip_that_answers_our_question_is_proven() -> None:
    examination = CARD.examine()
    evidence = replace(CARD.evidence(listed=(1, 14)), chip_answer=CARD.answer(examination))
    verdict = examine(evidence, TRUST, at=NOW, examination=examination, expected_id=ID_NUMBER)
    assert verdict == Verdict(PASSED, Check("absent", Reason.ACTIVE_ABSENT), PASSED, PASSED)
    assert verdict.level == "chip-proven"


def test_a_card_without_keys_is_read() -> None:
    verdict = examine(CARD.evidence(listed=(1, 13)), TRUST, at=NOW, nonce=NONCE)
    assert (verdict.active, verdict.chip) == (
        Check("absent", Reason.ACTIVE_ABSENT),
        Check("absent", Reason.CHIP_ABSENT),
    )
    assert verdict.level == "chip-read"


def test_keys_that_were_not_asked_prove_nothing() -> None:
    signed_for_someone = replace(CARD.evidence(), active_signature=CARD.sign(), chip_answer=b"\x90\x00")
    verdict = examine(signed_for_someone, TRUST, at=NOW)
    assert (verdict.active, verdict.chip, verdict.level) == (ACTIVE_NOT_DONE, CHIP_NOT_DONE, "chip-read")


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        pytest.param(CARD.evidence(), Reason.ACTIVE_UNANSWERED, id="no answer"),
        pytest.param(
            replace(CARD.evidence(), active_signature=b""), Reason.ACTIVE_UNANSWERED, id="refused to sign"
        ),
        pytest.param(
            replace(CARD.evidence().without(15), active_signature=CARD.sign()),
            Reason.ACTIVE_UNANSWERED,
            id="kept its key back",
        ),
        pytest.param(
            replace(CARD.evidence(), active_signature=ProvableCard().sign()),
            Reason.ACTIVE_SIGNATURE_WRONG,
            id="another chip",
        ),
        pytest.param(
            replace(CARD.evidence(), active_signature=CARD.sign(bytes(8))),
            Reason.ACTIVE_SIGNATURE_WRONG,
            id="another nonce",
        ),
    ],
)
def test_a_key_that_does_not_sign_our_nonce_refuses_the_card(evidence: Evidence, reason: Reason) -> None:
    verdict = examine(evidence, TRUST, at=NOW, nonce=NONCE)
    assert verdict.active == Check("failed", reason)
    assert (verdict.level, verdict.failure()) == (None, reason)


def test_a_listed_chip_key_that_does_not_answer_our_question_refuses_the_card() -> None:
    examination, evidence = CARD.examine(), CARD.evidence()
    forged = ProvableCard()
    for changed, reason in (
        (evidence, Reason.CHIP_UNANSWERED),
        (replace(evidence, chip_answer=b""), Reason.CHIP_UNANSWERED),
        (replace(evidence.without(14), chip_answer=CARD.answer(examination)), Reason.CHIP_UNANSWERED),
        (replace(evidence, chip_answer=CARD.answer(CARD.examine())), Reason.CHIP_ANSWER_WRONG),
        (replace(forged.evidence(), chip_answer=CARD.answer(examination)), Reason.CHIP_ANSWER_WRONG),
    ):
        verdict = examine(changed, TRUST, at=NOW, examination=examination)
        assert (verdict.chip, verdict.level) == (Check("failed", reason), None)


def test_a_card_that_keeps_back_a_chip_key_which_it_was_asked_for_is_refused() -> None:
    evidence = replace(CARD.evidence().without(14), active_signature=CARD.sign())
    asked = examine(evidence, TRUST, at=NOW, nonce=NONCE, wanted=(1, 14, 15))
    assert (asked.chip, asked.level) == (Check("failed", Reason.CHIP_UNANSWERED), None)
    unlisted = replace(CARD.evidence(listed=(1, 15)), active_signature=CARD.sign())
    for sent, wanted in ((evidence, (1, 15)), (evidence, ()), (unlisted, (1, 14, 15))):
        assert examine(sent, TRUST, at=NOW, nonce=NONCE, wanted=wanted).level == "chip-proven"


def test_one_proof_does_not_outweigh_another_that_failed() -> None:
    examination = CARD.examine()
    evidence = replace(CARD.evidence(), active_signature=CARD.sign(), chip_answer=b"\x69\x82")
    verdict = examine(evidence, TRUST, at=NOW, nonce=NONCE, examination=examination)
    assert (verdict.active, verdict.level) == (PASSED, None)
    assert verdict.failure() == Reason.CHIP_ANSWER_WRONG


def test_a_forgers_own_keys_are_not_vouched_for() -> None:
    """A forger can issue himself everything: right signatures under keys that nobody signed for."""
    examination = CARD.examine()
    evidence = replace(CARD.evidence(), active_signature=CARD.sign(), chip_answer=CARD.answer(examination))
    for trust, passive in (
        (trusting(certify("Another CSCA")), Check("failed", Reason.AUTHORITY_UNKNOWN)),
        (trusting(), Check("not-done", Reason.NO_TRUST_LIST)),
    ):
        verdict = examine(evidence, trust, at=NOW, nonce=NONCE, examination=examination)
        unproven = Check("not-done", Reason.KEY_NOT_VOUCHED)
        assert verdict == Verdict(passive, unproven, unproven, PASSED)
        assert (verdict.level, verdict.failure()) == (None, passive.reason)


def test_a_key_slipped_in_beside_the_list_fails_passive_authentication() -> None:
    forged = ProvableCard()
    genuine = CARD.evidence(listed=(1, 13))
    evidence = replace(
        genuine, data_groups={**genuine.data_groups, 15: forged.files[15]}, active_signature=forged.sign()
    )
    verdict = examine(evidence, TRUST, at=NOW, nonce=NONCE)
    assert verdict.passive == Check("failed", Reason.GROUP_NOT_LISTED)
    assert (verdict.active.status, verdict.level) == ("absent", None)


def test_a_key_put_in_the_place_of_the_listed_one_fails_passive_authentication() -> None:
    forged, genuine = ProvableCard(), CARD.evidence()
    swapped = {**genuine.data_groups, 15: forged.files[15]}
    evidence = replace(genuine, data_groups=swapped, active_signature=forged.sign())
    verdict = examine(evidence, TRUST, at=NOW, nonce=NONCE)
    assert verdict.passive == Check("failed", Reason.GROUP_CHANGED)
    assert (verdict.active, verdict.level) == (Check("not-done", Reason.KEY_NOT_VOUCHED), None)


@pytest.mark.parametrize(
    ("access", "dg14_file"),
    [
        pytest.param(ACCESS[:-1] + b"\x0c", None, id="another curve in the clear"),
        pytest.param(write_tlv(CARD_ACCESS.tag, ACCESS[2:] + b"\x30\x00"), None, id="an entry more"),
        pytest.param(b"", None, id="nothing in the clear"),
        pytest.param(ACCESS[:-1], None, id="cut in the clear"),
        pytest.param(write_tlv(CARD_ACCESS.tag, b""), None, id="every offer left out in the clear"),
        pytest.param(ACCESS, dg14(ACCESS[2:], STRONGER), id="a stronger offer left out in the clear"),
        pytest.param(ACCESS, dg14(), id="nothing in DG14"),
        pytest.param(ACCESS, dg14(ACCESS[2:-1] + b"\x0c"), id="another curve in DG14"),
        pytest.param(ACCESS, b"\x6e\x00", id="a broken DG14"),
    ],
)
def test_what_the_chip_shows_in_the_clear_must_be_what_is_signed(
    access: bytes, dg14_file: bytes | None
) -> None:
    files = {**CARD.files, **({14: dg14_file} if dg14_file else {})}
    evidence = Evidence(security_object(listing(files), SIGNER), files, card_access=access)
    verdict = examine(evidence, TRUST, at=NOW, expected_id=ID_NUMBER)
    assert (verdict.consistent, verdict.level) == (Check("failed", Reason.ACCESS_DIFFERS), None)


def test_a_dg14_that_only_says_how_the_chip_signs_has_no_key() -> None:
    files = {1: DG1, 14: dg14(active_info("04007F00070101040103"))}
    verdict = examine(Evidence(security_object(listing(files), SIGNER), files), TRUST, at=NOW)
    assert (verdict.chip, verdict.level) == (Check("absent", Reason.CHIP_ABSENT), "chip-read")


def test_a_signed_dg14_in_an_unknown_form_is_not_asked() -> None:
    files = {1: DG1, 14: b"\x6e\x00"}
    verdict = examine(Evidence(security_object(listing(files), SIGNER), files), TRUST, at=NOW)
    assert (verdict.chip, verdict.level) == (Check("not-done", Reason.CHIP_KEY_REFUSED), "chip-read")


@pytest.mark.parametrize(
    ("groups", "code"),
    [({}, "card.malformed"), ({1: b"\x61\x00"}, "card.malformed"), ({1: DG1[:-1]}, "card.malformed")],
)
def test_files_that_name_nobody_are_a_failed_check_and_no_crash(groups: dict[int, bytes], code: str) -> None:
    evidence = Evidence(security_object(listing(groups), SIGNER), groups)
    assert examine(evidence, TRUST, at=NOW).consistent == Check("failed", code)


def test_nonsense_in_every_place_is_refused_and_no_crash() -> None:
    noise = b"\x30\x03\x02\x01"
    groups = dict.fromkeys((1, 13, 14, 15), noise)
    evidence = Evidence(noise, groups, noise, noise, noise, noise)
    verdict = examine(evidence, TRUST, at=NOW, nonce=NONCE, examination=CARD.examine())
    assert (verdict.passive.reason, verdict.level) == (Reason.SECURITY_OBJECT_MALFORMED, None)


def test_another_persons_number_refuses_a_proven_chip() -> None:
    evidence = replace(CARD.evidence(), active_signature=CARD.sign())
    verdict = examine(evidence, TRUST, at=NOW, nonce=NONCE, expected_id="033300000009")
    assert (verdict.active, verdict.level, verdict.failure()) == (PASSED, None, Reason.NUMBER_DIFFERS)


def test_a_training_card_is_marked_and_counts_in_training_only() -> None:
    authority = certify("Training CSCA", unit=TRAINING_MARKER)
    evidence = replace(
        CARD.evidence(signer=certify("Training DS", by=authority)), active_signature=CARD.sign()
    )
    real = examine(evidence, trusting(authority), at=NOW, nonce=NONCE)
    assert (real.level, real.failure()) == (None, Reason.TRAINING_CARD)
    drill = examine(evidence, trusting(authority, training=True), at=NOW, nonce=NONCE)
    assert (drill.level, drill.training) == ("chip-proven", True)


def test_a_verdict_is_written_as_json() -> None:
    verdict = examine(CARD.evidence(listed=(1, 13)), TRUST, at=NOW, expected_id=ID_NUMBER)
    assert verdict.to_json() == {
        "level": "chip-read",
        "training": False,
        "checks": {
            "passive": {"status": "passed", "reason": None},
            "active": {"status": "absent", "reason": "proof.active-absent"},
            "chip": {"status": "absent", "reason": "proof.chip-absent"},
            "consistent": {"status": "passed", "reason": None},
        },
    }
