"""What each forgery changes, and that it leaves the rest: a card that opens with the same keys."""

from hashlib import sha256

import pytest
from asn1crypto import cms

from cardreader.emulator.catalog import HABITS
from cardreader.emulator.chip import Chip
from cardreader.emulator.files import EF_CARD_ACCESS, EF_CARD_SECURITY, EF_SOD
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.mrz import access_information
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import FORGERIES, Forgery, tampered
from tests.unit.emulator.terminal import Terminal

CITIZEN = SAMPLES["mau-thu"]
NONCE = bytes.fromhex("F173589974BF40C6")
CHANGED_FILES: dict[Forgery, set[int]] = {
    "dg1": {1},
    "dg2": {2},
    "dg13": {13},
    "dg14": {14},
    "dg15": {15},
    "sod": {EF_SOD},
    "sod-hash": {1, EF_SOD},
    "sod-namesake": {1, EF_SOD},
    "sod-stranger": {1, EF_SOD},
    "card-access": {EF_CARD_ACCESS},
    "card-security": {EF_CARD_SECURITY},
}


@pytest.fixture(scope="module")
def issued(authority) -> IssuedCard:
    return authority.issue(CITIZEN, habits=HABITS["pace-cam-and-gm"])


def opened(card: IssuedCard) -> Terminal:
    session = Terminal(Chip(card))
    assert session.open_with_bac(access_information(CITIZEN))[-2:] == b"\x90\x00"
    return session


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_changes_its_files_and_no_others(issued: IssuedCard, forgery: Forgery) -> None:
    forged = tampered(issued, CITIZEN, forgery)
    changed = {number for number in issued.files if forged.files[number] != issued.files[number]}
    assert changed == CHANGED_FILES.get(forgery, set())
    opened(forged)


@pytest.mark.parametrize("forgery", ["sod-hash", "sod-namesake", "sod-stranger"])
def test_the_forged_list_fits_the_forged_group(issued: IssuedCard, forgery: Forgery) -> None:
    forged = tampered(issued, CITIZEN, forgery)
    message = cms.ContentInfo.load(forged.files[EF_SOD][4:])
    listed: bytes = message["content"]["encap_content_info"]["content"].native
    assert sha256(forged.files[1]).digest() in listed
    assert sha256(issued.files[1]).digest() not in listed


@pytest.mark.parametrize(("forgery", "same"), [("sod-namesake", True), ("sod-stranger", False)])
def test_the_forgers_authority_has_the_name_that_was_meant(
    issued: IssuedCard, authority, forgery: Forgery, same: bool
) -> None:
    def issuer(card: IssuedCard) -> object:
        return cms.ContentInfo.load(card.files[EF_SOD][4:])["content"]["certificates"][0].chosen.issuer.native

    assert (issuer(tampered(issued, CITIZEN, forgery)) == issuer(issued)) == same


def answer_to_the_nonce(card: IssuedCard) -> tuple[bytes, str]:
    return opened(card).send("00880000", NONCE, b"\x00")


@pytest.mark.parametrize(
    ("forgery", "length", "status"),
    [
        ("aa-refused", 0, "6985"),
        ("aa-empty", 0, "9000"),
        ("aa-garbage", 64, "9000"),
        ("aa-replayed", 64, "9000"),
        ("aa-key", 64, "9000"),
        ("clone", 64, "9000"),
    ],
)
def test_a_chip_that_cannot_sign_answers_something_else(
    issued: IssuedCard, forgery: Forgery, length: int, status: str
) -> None:
    forged = tampered(issued, CITIZEN, forgery)
    signature, word = answer_to_the_nonce(forged)
    assert (len(signature), word) == (length, status)


def test_a_chip_that_refuses_chip_authentication_says_so(issued: IssuedCard) -> None:
    session = opened(tampered(issued, CITIZEN, "ca-refused"))
    assert session.send("002241A4", bytes.fromhex("800A04007F00070202030202")) == (b"", "6a86")


def test_a_wrong_mac_comes_after_two_sound_answers(issued: IssuedCard) -> None:
    session = opened(tampered(issued, CITIZEN, "mac"))
    for _ in range(2):
        session.send("00B08100", expected=b"\x00")
    with pytest.raises(AssertionError):
        session.send("00B08100", expected=b"\x00")


def test_a_downgraded_chip_takes_what_it_offers(issued: IssuedCard) -> None:
    forged = tampered(issued, CITIZEN, "card-access")
    session = Terminal(Chip(forged))
    assert session.open_with_pace(CITIZEN.can, forged.habits.pace_offers[0])[-2:].hex() == "9000"
    assert bytes.fromhex("04007F00070202040201") in forged.files[EF_CARD_ACCESS]
    assert bytes.fromhex("04007F00070202040201") not in forged.files[14]
