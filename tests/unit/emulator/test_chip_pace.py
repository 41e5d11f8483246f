"""PACE as a chip must do it, beyond the worked example: what opens, what is refused, what is forgotten."""

import pytest
from asn1crypto import cms, core

from cardreader.emulator.chip import Chip
from cardreader.emulator.domains import domain
from cardreader.emulator.habits import Habits
from cardreader.emulator.offers import PaceOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.suites import ENCRYPTION, AesSuite, CipherKind, derive, unpad
from cardreader.emulator.tags import data_objects
from cardreader.emulator.tampering import tampered
from tests.unit.emulator.terminal import Terminal

CITIZEN = SAMPLES["mau-thu"]
BEGIN = "0022C1A40F800A04007F00070202040202830102"
GIVE_NONCE = "10860000027C0000"


@pytest.fixture
def session(authority, terminal):
    return terminal(Chip(authority.issue(CITIZEN)))


def test_the_card_access_number_opens_the_chip_and_its_files(session) -> None:
    assert session.open_with_pace(CITIZEN.can)[-2:].hex() == "9000"
    assert session.send("00A4040C", bytes.fromhex("A0000002471001")) == (b"", "9000")
    data, status = session.send("00B08100", expected=b"\x00")
    assert (data[:5].hex(), status) == ("615d5f1f5a", "9000")


def test_a_short_answer_protected_by_aes_holds_223_bytes_at_most(session) -> None:
    session.open_with_pace(CITIZEN.can)
    session.send("00A4040C", bytes.fromhex("A0000002471001"))
    data, status = session.send("00B09D00", expected=b"\x00")
    assert (len(data), status) == (223, "9000")


def test_a_wrong_card_access_number_is_answered_6300_and_opens_nothing(session) -> None:
    assert session.open_with_pace("999999").hex() == "6300"
    session.plain("00A4040C07A0000002471001")
    assert session.plain("00B0810000").hex() == "6982"


def test_after_a_failed_attempt_the_right_number_still_opens(session) -> None:
    session.open_with_pace("999999")
    assert session.open_with_pace(CITIZEN.can)[-2:].hex() == "9000"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param("0022C1A40F800A04007F00070202040204830102", "6a80", id="another protocol"),
        pytest.param("0022C1A412800A04007F0007020204020283010284010C", "6a80", id="another curve"),
        pytest.param("0022C1A40F800A04007F00070202040202830103", "6a88", id="a PIN, which the card has not"),
        pytest.param("002281A40F800A04007F00070202040202830102", "6a86", id="for another purpose"),
        pytest.param("0022C1A4028001", "6a80", id="an object cut short"),
    ],
)
def test_another_choice_than_the_card_announces_is_refused(session, command: str, status: str) -> None:
    assert session.plain(command).hex() == status
    assert session.plain(GIVE_NONCE).hex() == "6985"


def test_the_announced_curve_may_be_named(session) -> None:
    assert session.plain("0022C1A412800A04007F0007020204020283010284010D").hex() == "9000"


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("04" + "01" * 64, id="off the curve"),
        pytest.param("04" + "FF" * 64, id="outside the field"),
        pytest.param("02" + "01" * 32, id="compressed"),
        pytest.param("00", id="infinity"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_point_that_is_not_on_the_curve_ends_the_exchange(session, point: str) -> None:
    session.plain(BEGIN)
    session.plain(GIVE_NONCE)
    value = bytes.fromhex(point)
    data = b"\x7c" + bytes((len(value) + 2, 0x81, len(value))) + value
    command = bytes.fromhex("10860000") + bytes((len(data),)) + data + b"\x00"
    assert session.chip.process(command).hex() == "6a80"
    assert session.chip.process(command).hex() == "6985"


def test_a_step_that_ends_the_chain_too_early_is_refused(session) -> None:
    session.plain(BEGIN)
    assert session.plain("00860000027C0000").hex() == "6985"


def test_another_command_between_the_steps_ends_the_exchange(session) -> None:
    session.plain(BEGIN)
    session.plain("00B09C0000")
    assert session.plain(GIVE_NONCE).hex() == "6985"


@pytest.mark.parametrize(("selectable", "status"), [(True, "6985"), (False, "9000")])
def test_pace_is_for_the_master_file_where_a_terminal_can_go_back_to_it(
    authority, selectable: bool, status: str
) -> None:
    session = Terminal(Chip(authority.issue(CITIZEN, habits=Habits(select_mf=selectable))))
    session.plain("00A4040C07A0000002471001")
    assert session.plain(BEGIN).hex() == status


def test_a_chip_without_pace_neither_announces_nor_knows_it(authority, terminal) -> None:
    session = terminal(Chip(authority.issue(CITIZEN, habits=Habits(pace=False))))
    assert session.plain("00B09C0000").hex() == "6a82"
    assert session.plain(BEGIN).hex() == "6d00"


def test_of_two_domains_of_one_protocol_the_terminal_names_one(authority) -> None:
    offers = (PaceOffer(), PaceOffer(parameter_id=12))
    session = Terminal(Chip(authority.issue(CITIZEN, habits=Habits(pace_offers=offers))))
    assert session.plain(BEGIN).hex() == "6a80"
    assert session.plain("0022C1A412800A04007F0007020204020283010284010C").hex() == "9000"


def card_security_of(session: Terminal) -> bytes:
    """Return EF.CardSecurity, read from the master file inside the session."""
    return session.send("00B09D00", expected=b"\x00\x00", extended=True)[0]


@pytest.mark.parametrize("genuine", [True, False], ids=["genuine", "cloned"])
def test_chip_authentication_mapping_proves_the_key_of_card_security(authority, genuine: bool) -> None:
    offer = PaceOffer("CAM", CipherKind.AES_128, 13)
    card = authority.issue(CITIZEN, habits=Habits(pace_offers=(offer,)))
    session = Terminal(Chip(card if genuine else tampered(card, CITIZEN, "clone")))
    answer = session.open_with_pace(CITIZEN.can, offer)
    proof = data_objects(data_objects(answer[:-2])[0x7C])[0x8A]
    suite = AesSuite(derive(session.shared, ENCRYPTION), bytes(16))
    quotient = int.from_bytes(unpad(suite.decrypt(b"\xff" * 16, proof)))
    infos = cms.ContentInfo.load(card_security_of(session))["content"]["encap_content_info"]["content"].native
    key_info = next(
        info
        for info in core.SetOf.load(infos, spec=core.Sequence)
        if info[0].native == "0.4.0.127.0.7.2.2.1.2"
    )
    algorithm, public = core.Sequence.load(key_info[1].dump())[0], core.Sequence.load(key_info[1].dump())[1]
    assert (algorithm[0].native, algorithm[1].native) == ("0.4.0.127.0.7.1.2", 13)
    curve = domain(13)
    shown = curve.encode(curve.multiply(curve.decode(public.contents[1:]), quotient))
    assert (shown == session.chip_mapping_key) == genuine


def test_card_security_is_there_for_open_chips_of_that_mapping_only(authority) -> None:
    offer = PaceOffer("CAM", CipherKind.AES_128, 13)
    chip = Chip(authority.issue(CITIZEN, habits=Habits(pace_offers=(offer,))))
    assert chip.process(bytes.fromhex("00B09D0000")).hex() == "6982"
    assert Chip(authority.issue(CITIZEN)).process(bytes.fromhex("00B09D0000")).hex() == "6a82"
