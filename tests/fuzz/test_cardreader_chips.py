"""What a chip says of its keys and answers, changed at will: refused with our errors, and never a proof."""

import contextlib
import secrets
from dataclasses import replace
from typing import Literal

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cardreader.errors import CardError
from cardreader.lds.chip_keys import parse_active_key, parse_chip_keys
from cardreader.lds.static_keys import parse_field_key, parse_numbered_key
from cardreader.proof.active import verify_active
from cardreader.proof.certificates import parse_certificate
from cardreader.proof.chip import ChipExamination, ChipQuestion
from cardreader.proof.evidence import Evidence
from cardreader.proof.mapping import verify_mapping
from cardreader.proof.verdict import examine
from tests.fuzz.test_cardreader_proof import JSON
from tests.unit.cardreader.chip_cards import (
    ACCESS,
    AUTHORITY,
    ID_NUMBER,
    NONCE,
    SIGNER,
    ProvableCard,
    trusting,
)
from tests.unit.cardreader.issuing import NOW, certify, listing, security_object
from tests.unit.cardreader.recovering_signer import RecoveringSigner
from tests.unit.cardreader.test_active_rsa import numbered
from tests.unit.cardreader.test_mapping import EXAMPLE_INFOS, GENUINE, card_security

CARD, FORGED = ProvableCard(), ProvableCard()
TRUST, NOBODY = trusting(AUTHORITY), trusting()
FILES, SIGNATURE = CARD.files, CARD.sign()
EXAMINATION = CARD.examine()
ANSWER = CARD.answer(EXAMINATION)
SECURITY = card_security(EXAMPLE_INFOS)
CHANGES = st.tuples(st.integers(0, 5_000), st.integers(1, 255))
ANYTHING = st.binary(max_size=300)


@pytest.fixture(scope="session")
def signer() -> RecoveringSigner:
    return RecoveringSigner.of(rsa.generate_private_key(65537, 1024))


def changed(data: bytes, *changes: tuple[int, int]) -> bytes:
    """Return the bytes with some of them, anywhere, not what they were."""
    found = bytearray(data)
    for position, difference in changes:
        found[position % len(found)] ^= difference
    return bytes(found)


def spoiled(data: bytes) -> st.SearchStrategy[bytes]:
    """Return bytes that differ from `data`: some changed, cut, longer, or anything else."""
    return (
        st.lists(CHANGES, min_size=1, max_size=4).map(lambda found: changed(data, *found))
        | st.integers(0, len(data) - 1).map(lambda end: data[:end])
        | st.binary(min_size=1, max_size=9).map(lambda more: data + more)
        | ANYTHING
    ).filter(lambda other: other != data)


@given(spoiled(FILES[14]), spoiled(FILES[15]))
def test_only_our_errors_come_out_of_a_chips_keys(keys: bytes, active_key: bytes) -> None:
    for parse, file in ((parse_chip_keys, keys), (parse_active_key, active_key)):
        with contextlib.suppress(CardError):
            parse(file)
    for der in (keys[2:], active_key[2:], active_key):
        for take in (parse_field_key, parse_numbered_key):
            with contextlib.suppress(CardError):
                take(der)
    with contextlib.suppress(CardError):
        ChipExamination.begin(keys, random_bytes=secrets.token_bytes)
    verify_active(active_key, NONCE, SIGNATURE, dg14=keys)


@given(spoiled(SIGNATURE))
@example(b"")
def test_no_other_signature_passes_on_a_curve(signature: bytes) -> None:
    assert not verify_active(FILES[15], NONCE, signature).passed


@given(st.data())
def test_no_other_signature_passes_with_rsa(signer: RecoveringSigner, data: st.DataObject) -> None:
    genuine = signer.partial(NONCE)
    key = numbered(signer.modulus, 65537)
    other = data.draw(spoiled(genuine).filter(lambda found: found != signer.other_root(genuine)))
    assert not verify_active(key, NONCE, other).passed


@given(st.data(), st.binary(min_size=128, max_size=128))
def test_no_other_block_passes_when_the_real_key_signs_it(
    signer: RecoveringSigner, data: st.DataObject, block: bytes
) -> None:
    """The chip's own key over anything but the right form: a stolen oracle would not help either."""
    opened = b"\x6a" + block[1:-1] + b"\xbc" if data.draw(st.booleans()) else b"\x00" + block[1:]
    key = numbered(signer.modulus, 65537)
    assert not verify_active(key, NONCE, signer.raw(opened)).passed


@given(spoiled(ANSWER))
@example(b"\x90\x00")
@example(b"\x6a\x82")
def test_no_other_answer_passes(answer: bytes) -> None:
    assert not EXAMINATION.verify(answer, dg1=FILES[1], dg14=FILES[14]).passed


@given(spoiled(EXAMINATION.to_secret()))
def test_what_was_kept_goes_on_as_it_was_or_not_at_all(secret: bytes) -> None:
    with contextlib.suppress(CardError):
        kept = ChipExamination.from_secret(secret)
        same = kept.to_secret() == EXAMINATION.to_secret() or kept.question != EXAMINATION.question
        assert same or not kept.verify(ANSWER, dg1=FILES[1], dg14=FILES[14]).passed


@given(
    JSON
    | st.fixed_dictionaries(
        {"protocol": JSON, "key_id": JSON, "public_key": JSON, "command": JSON | st.just("DLCBAA==")}
    )
)
def test_any_json_is_a_question_about_dg1_or_an_error_of_ours(body: object) -> None:
    with contextlib.suppress(CardError):
        assert ChipQuestion.from_json(body).command.startswith(bytes.fromhex("0CB08100"))


@given(spoiled(SECURITY), spoiled(FILES[14]))
def test_a_changed_card_security_or_dg14_never_crashes(file: bytes, keys: bytes) -> None:
    given_by_chip = Evidence(b"", {1: FILES[1], 14: keys}, card_security=file)
    root = parse_certificate(AUTHORITY.der)
    checked = verify_mapping(given_by_chip, GENUINE, TRUST, at=NOW, root=root)
    assert checked.passed or checked.reason is not None


Keys = Literal["right", "another's", "left out"]
Answer = Literal["right", "another's", "for another question", "refused", "noise", "left out"]
KEYS = st.sampled_from(["right", "another's", "left out"])
ANSWERS = st.sampled_from(["right", "another's", "for another question", "refused", "noise", "left out"])
GENUINE_SIGNER, FORGER = SIGNER, certify("Forged DS", by=certify("Another CSCA"))


@settings(max_examples=600)
@given(
    listed=st.sets(st.sampled_from([14, 15])),
    signed=st.booleans(),
    trusted=st.booleans(),
    changed_group=st.booleans(),
    keys=st.tuples(KEYS, KEYS),
    answers=st.tuples(ANSWERS, ANSWERS),
    asked=st.tuples(st.booleans(), st.booleans()),
    same_access=st.booleans(),
    right_number=st.booleans(),
)
def test_chip_proven_is_never_said_without_genuine_data_and_an_answer_to_our_own_question(
    *,
    listed: set[int],
    signed: bool,
    trusted: bool,
    changed_group: bool,
    keys: tuple[Keys, Keys],
    answers: tuple[Answer, Answer],
    asked: tuple[bool, bool],
    same_access: bool,
    right_number: bool,
) -> None:
    """Every combination of what a card holds and says; the right ones alone reach the level."""
    files = {1: FILES[1], **{number: FILES[number] for number in listed}}
    sod = security_object(listing(files), GENUINE_SIGNER if signed else FORGER)
    groups = {1: FILES[1].replace(b"NGUYEN", b"NGUYEM") if changed_group else FILES[1]}
    for number, key in zip((15, 14), keys, strict=True):
        if key != "left out":
            groups[number] = (FILES if key == "right" else FORGED.files)[number]
    examination = CARD.examine()
    evidence = replace(
        Evidence(sod, groups, card_access=ACCESS if same_access else ACCESS[:-1] + b"\x0c"),
        active_signature=_signature(answers[0]),
        chip_answer=_answer(answers[1], examination),
    )
    verdict = examine(
        evidence,
        TRUST if trusted else NOBODY,
        at=NOW,
        nonce=NONCE if asked[0] else None,
        examination=examination if asked[1] else None,
        expected_id=ID_NUMBER if right_number else "033300000009",
    )
    slipped_in = any(key != "left out" and n not in listed for n, key in zip((15, 14), keys, strict=True))
    genuine = signed and trusted and not changed_group and not slipped_in and "another's" not in keys
    fits = right_number and (same_access or keys[1] == "left out")
    outcomes = [
        (asked[0] and 15 in listed, keys[0] == "right" and answers[0] == "right"),
        (asked[1] and 14 in listed, keys[1] == "right" and answers[1] == "right"),
    ]
    accepted = genuine and fits and all(proved for due, proved in outcomes if due)
    proven = accepted and any(due and proved for due, proved in outcomes)
    assert verdict.level == ("chip-proven" if proven else "chip-read" if accepted else None)
    assert (verdict.failure() is None) == accepted


def _signature(kind: Answer) -> bytes | None:
    return {
        "right": SIGNATURE,
        "another's": FORGED.sign(),
        "for another question": CARD.sign(bytes(8)),
        "refused": b"",
        "noise": bytes(64),
        "left out": None,
    }[kind]


def _answer(kind: Answer, examination: ChipExamination) -> bytes | None:
    if kind == "right":
        return CARD.answer(examination)
    if kind == "another's":
        return FORGED.answer(FORGED.examine())
    if kind == "for another question":
        return ANSWER
    return {"refused": b"", "noise": b"\x69\x82", "left out": None}[kind]
