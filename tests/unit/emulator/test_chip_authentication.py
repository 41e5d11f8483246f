"""Chip authentication: the chip goes on under new keys that only the private key of DG14 leads to."""

import pytest
from asn1crypto import core

from cardreader.emulator.chip import Chip
from cardreader.emulator.der import object_identifier, tlv
from cardreader.emulator.habits import Habits
from cardreader.emulator.mrz import access_information
from cardreader.emulator.offers import ChipOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.suites import CipherKind, derived_suite
from cardreader.emulator.tampering import tampered
from tests.unit.emulator.terminal import Terminal, agreed_secret

CITIZEN = SAMPLES["mau-thu"]
KEY = access_information(CITIZEN)
PROTOCOL = bytes.fromhex("04007F00070202030202")


def chip_key_of(dg14: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo from DG14."""
    (body,) = [core.SetOf.load(dg14[dg14.index(0x31) :], spec=core.Sequence)]
    return next(
        info[1].dump()
        for info in body
        if info[0].native in ("0.4.0.127.0.7.2.2.1.1", "0.4.0.127.0.7.2.2.1.2")
    )


@pytest.fixture
def open_chip(authority):
    def opened(offer: ChipOffer | None = None, forgery=None, **habits) -> Terminal:
        card = authority.issue(CITIZEN, habits=Habits(chip=offer or ChipOffer(), **habits))
        session = Terminal(Chip(card if forgery is None else tampered(card, CITIZEN, forgery)))
        session.open_with_bac(KEY)
        return session

    return opened


def authenticate(session: Terminal, offer: ChipOffer) -> str:
    """Run the protocol as the offer asks for it; the terminal then goes on under the new keys."""
    dg14, _ = session.send("00B08E00", expected=b"\x00\x00", extended=True)
    public, shared = agreed_secret(chip_key_of(dg14), offer.parameter_id)
    reference = b"" if offer.key_id is None else tlv(0x84, bytes((offer.key_id,)))
    if offer.cipher is CipherKind.TRIPLE_DES:
        _, status = session.send("002241A6", tlv(0x91, public) + reference, extended=True)
    else:
        chosen = tlv(0x80, object_identifier(offer.protocol)[2:]) + reference
        assert session.send("002241A4", chosen) == (b"", "9000")
        body = tlv(0x7C, tlv(0x80, public))
        answer, status = session.send("00860000", body, b"\x00", extended=True)
        assert answer.hex() == "7c00"
    session.suite, session.counter = derived_suite(offer.cipher, shared), 0
    return status


@pytest.mark.parametrize(
    "offer",
    [
        pytest.param(ChipOffer(CipherKind.TRIPLE_DES, 0, 1), id="DH, 3DES, numbered key"),
        pytest.param(ChipOffer(CipherKind.AES_128, 13), id="as on the CCCD"),
        pytest.param(ChipOffer(CipherKind.AES_256, 16, explicit=True), id="AES-256, explicit parameters"),
        pytest.param(ChipOffer(CipherKind.AES_192, 2, explicit=True), id="DH of PKCS #3, AES-192"),
    ],
)
def test_the_session_goes_on_under_the_keys_that_were_agreed_on(open_chip, offer: ChipOffer) -> None:
    session = open_chip(offer)
    assert authenticate(session, offer) == "9000"
    data, status = session.send("00B08100", expected=b"\x00")
    assert (data[:5].hex(), status) == ("615d5f1f5a", "9000")


def test_the_old_keys_are_gone_afterwards(open_chip) -> None:
    session = open_chip()
    suite, counter = session.suite, session.counter
    authenticate(session, ChipOffer())
    session.suite, session.counter = suite, counter + 6
    assert session.chip.process(session.protect("00B08100", expected=b"\x00")).hex() == "6988"


def test_a_clone_has_the_data_but_cannot_go_on(open_chip) -> None:
    session = open_chip(forgery="clone")
    assert authenticate(session, ChipOffer()) == "9000"
    assert session.chip.process(session.protect("00B08100", expected=b"\x00")).hex() == "6988"


@pytest.mark.parametrize(
    ("header", "data", "expected", "status"),
    [
        pytest.param("002241A4", "800A04007F00070202030204", "", "6a80", id="another protocol"),
        pytest.param("002241A6", "9100", "", "6a80", id="AES by the command of triple DES"),
        pytest.param("002241B6", "", "", "6a86", id="for another purpose"),
        pytest.param("00860000", "7C028000", "00", "6985", id="no key chosen before"),
    ],
)
def test_another_order_is_refused_and_the_session_goes_on(
    open_chip, header: str, data: str, expected: str, status: str
) -> None:
    session = open_chip()
    assert session.send(header, bytes.fromhex(data), bytes.fromhex(expected)) == (b"", status)
    assert session.send("00B08100", expected=b"\x00")[1] == "9000"


@pytest.mark.parametrize("public", ["", "04" + "01" * 64, "00"], ids=["none", "off the curve", "infinity"])
def test_a_key_that_is_no_point_of_the_curve_changes_nothing(open_chip, public: str) -> None:
    session = open_chip()
    session.send("002241A4", tlv(0x80, PROTOCOL))
    body = tlv(0x7C, tlv(0x80, bytes.fromhex(public)))
    assert session.send("00860000", body, b"\x00") == (b"", "6a80")
    assert session.send("00B08100", expected=b"\x00")[1] == "9000"


def test_a_numbered_key_must_be_named(open_chip) -> None:
    session = open_chip(ChipOffer(key_id=2))
    assert session.send("002241A4", tlv(0x80, PROTOCOL)) == (b"", "6a88")
    assert session.send("002241A4", tlv(0x80, PROTOCOL) + bytes.fromhex("840101")) == (b"", "6a88")


def test_outside_a_session_the_chip_authenticates_itself_to_nobody(authority) -> None:
    chip = Chip(authority.issue(CITIZEN))
    chip.process(bytes.fromhex("00A4040C07A0000002471001"))
    assert chip.process(bytes.fromhex("002241A40C800A04007F00070202030202")).hex() == "6985"


def test_a_chip_without_the_key_does_not_know_the_protocol(open_chip, authority) -> None:
    session = Terminal(Chip(authority.issue(CITIZEN, habits=Habits(chip=None))))
    session.open_with_bac(KEY)
    assert session.send("002241A4", tlv(0x80, PROTOCOL)) == (b"", "6a86")
