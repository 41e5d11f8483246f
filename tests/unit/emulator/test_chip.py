"""What the chip gives, refuses and forgets."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from cardreader.emulator.chip import Chip
from cardreader.emulator.files import EF_SOD
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.mrz import access_information
from cardreader.emulator.samples import SAMPLES
from cardreader.errors import CardLifted

CITIZEN = SAMPLES["mau-thu"]
KEY = access_information(CITIZEN)


@pytest.fixture
def open_chip(authority, terminal):
    """Return a function that gives a terminal in session with a fresh chip of these habits."""

    def opened(**habits):
        session = terminal(Chip(authority.issue(CITIZEN, habits=Habits(**habits))))
        assert session.open_with_bac(KEY)[-2:] == b"\x90\x00"
        return session

    return opened


@pytest.mark.parametrize("number", [1, 2, 13, 14, 15, 0x1D, 0x1E])
def test_no_file_of_the_application_is_given_without_secure_messaging(
    authority: TrainingAuthority, number: int
) -> None:
    chip = Chip(authority.issue(CITIZEN))
    chip.process(bytes.fromhex("00A4040C07A0000002471001"))
    assert chip.process(bytes((0, 0xB0, 0x80 | number, 0, 0))).hex() == "6982"
    assert chip.process(bytes((0, 0xA4, 2, 0x0C, 2, 1, number))).hex() == "6982"


def test_a_wrong_key_is_answered_6300_as_by_a_real_chip(authority, terminal) -> None:
    session = terminal(Chip(authority.issue(CITIZEN)))
    assert session.open_with_bac(access_information(SAMPLES["mau-cu"])).hex() == "6300"


def test_a_challenge_is_good_for_one_attempt_only(authority, terminal) -> None:
    session = terminal(Chip(authority.issue(CITIZEN)))
    session.open_with_bac(access_information(SAMPLES["mau-cu"]))
    assert session.plain("0082000028" + "00" * 40 + "28").hex() == "6985"


@pytest.mark.parametrize("number", [1, 2, 13, 14, 15, EF_SOD])
def test_an_open_chip_gives_each_file_whole_in_one_extended_answer(open_chip, authority, number: int) -> None:
    session = open_chip()
    data, status = session.send(f"00B0{0x80 | number:02X}00", expected=b"\x00\x00", extended=True)
    assert status == "9000"
    assert data[0] == {1: 0x61, 2: 0x75, 13: 0x6D, 14: 0x6E, 15: 0x6F, EF_SOD: 0x77}[number]
    assert len(data) > 90


def test_a_short_protected_answer_holds_231_bytes_at_most(open_chip) -> None:
    data, status = open_chip().send("00B09D00", expected=b"\x00")
    assert (len(data), status) == (231, "9000")


def test_a_file_is_read_on_from_an_offset_after_select(open_chip) -> None:
    session = open_chip()
    assert session.send("00A4020C", bytes.fromhex("0101")) == (b"", "9000")
    whole, _ = session.send("00B00000", expected=b"\x00")
    rest, status = session.send("00B0000A", expected=b"\x05")
    assert (rest, status) == (whole[10:15], "9000")


@pytest.mark.parametrize(
    ("header", "data", "expected", "status"),
    [
        pytest.param("00A4020C", "0103", "", "6a82", id="a file that the chip does not have"),
        pytest.param("00B08300", "", "00", "6a82", id="the same by short identifier"),
        pytest.param("00B00000", "", "00", "6986", id="nothing selected"),
        pytest.param("00B0815F", "", "00", "6b00", id="from the end of the file"),
        pytest.param("00B0E100", "", "00", "6a86", id="a reserved bit"),
        pytest.param("00B08100", "", "", "6700", id="nothing asked for"),
        pytest.param("00A4030C", "0101", "", "6a86", id="another way of selecting"),
        pytest.param("00FE0000", "", "00", "6d00", id="another instruction"),
        pytest.param("00880000", "00112233", "00", "6700", id="a nonce of four bytes"),
    ],
)
def test_a_refusal_inside_the_session_is_protected_and_the_session_goes_on(
    open_chip, header: str, data: str, expected: str, status: str
) -> None:
    session = open_chip()
    assert session.send(header, bytes.fromhex(data), bytes.fromhex(expected)) == (b"", status)
    assert session.send("00B08100", expected=b"\x00")[1] == "9000"


def test_an_altered_command_ends_the_session(open_chip) -> None:
    session = open_chip()
    command = bytearray(session.protect("00B08100", expected=b"\x00"))
    command[-2] ^= 1
    assert session.chip.process(bytes(command)).hex() == "6988"
    assert session.chip.process(session.protect("00B08100", expected=b"\x00")).hex() == "6e00"


def test_a_repeated_command_ends_the_session(open_chip) -> None:
    session = open_chip()
    command = session.protect("00B08100", expected=b"\x00")
    session.unprotect(session.chip.process(command))
    assert session.chip.process(command).hex() == "6988"


def test_a_protected_command_without_mac_is_told_what_is_missing(open_chip) -> None:
    assert open_chip().plain("0CB0810003970100" + "00").hex() == "6987"


def test_a_plain_command_ends_the_session(open_chip) -> None:
    session = open_chip()
    assert session.plain("00B0810000").hex() == "6982"
    assert session.plain("00B0000000").hex() == "6986"


def test_a_reset_ends_the_session_and_forgets_the_application(open_chip) -> None:
    session = open_chip()
    session.chip.reset()
    assert session.plain("00B0810000").hex() == "6a82"


def test_active_authentication_signs_the_nonce_with_the_key_of_dg15(open_chip) -> None:
    session = open_chip()
    dg15, _ = session.send("00B08F00", expected=b"\x00")
    signature, status = session.send("00880000", bytes.fromhex("F173589974BF40C6"), b"\x00")
    assert (len(signature), status) == (64, "9000")
    key = serialization.load_der_public_key(dg15[2:])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    key.verify(der, bytes.fromhex("F173589974BF40C6"), ec.ECDSA(hashes.SHA256()))


def test_the_master_file_is_refused_or_selected_by_habit(authority: TrainingAuthority) -> None:
    command = bytes.fromhex("00A4000C023F00")
    assert Chip(authority.issue(CITIZEN)).process(command).hex() == "6d00"
    assert Chip(authority.issue(CITIZEN, habits=Habits(select_mf=True))).process(command).hex() == "9000"


def test_card_access_is_free_to_read_before_the_application_is_selected(authority: TrainingAuthority) -> None:
    chip = Chip(authority.issue(CITIZEN))
    assert chip.process(bytes.fromhex("00A4020C02011C")).hex() == "9000"
    assert chip.process(bytes.fromhex("00B0000000")).hex().endswith("0202010d9000")
    assert chip.process(bytes.fromhex("00B09C0000")).hex().startswith("3134")


def test_another_application_is_not_found(authority: TrainingAuthority) -> None:
    chip = Chip(authority.issue(CITIZEN))
    assert chip.process(bytes.fromhex("00A4040C07A0000002472001")).hex() == "6a82"


def test_selecting_with_control_information_names_the_application(authority: TrainingAuthority) -> None:
    chip = Chip(authority.issue(CITIZEN))
    assert chip.process(bytes.fromhex("00A4040007A000000247100100")).hex() == "6f098407a00000024710019000"


def test_a_chip_without_extended_length_answers_6700_to_it(open_chip) -> None:
    session = open_chip(extended_length=False)
    command = session.protect("00B08100", expected=b"\x00\x00", extended=True)
    assert session.chip.process(command).hex() == "6700"


def test_a_chip_without_basic_access_does_not_know_its_commands(authority: TrainingAuthority) -> None:
    chip = Chip(authority.issue(CITIZEN, habits=Habits(bac=False)))
    chip.process(bytes.fromhex("00A4040C07A0000002471001"))
    assert chip.process(bytes.fromhex("0084000008")).hex() == "6d00"


def test_a_chip_of_short_answers_gives_less_than_asked_and_may_warn(open_chip) -> None:
    data, status = open_chip(longest_answer=20).send("00B08100", expected=b"\x00")
    assert (len(data), status) == (20, "9000")
    data, status = open_chip(longest_answer=20, warns_at_end=True).send("00B08100", expected=b"\x00")
    assert (len(data), status) == (20, "6282")


def test_a_card_lifts_itself_after_the_number_of_commands_it_was_given(authority: TrainingAuthority) -> None:
    card = LocalCard(Chip(authority.issue(CITIZEN, habits=Habits(lifted_after=2))))
    select = bytes.fromhex("00A4040C07A0000002471001")
    assert [card.send_and_receive(select), card.send_and_receive(select)] == [(b"", 0x9000)] * 2
    with pytest.raises(CardLifted):
        card.send_and_receive(select)


def test_a_card_that_was_lifted_by_hand_answers_no_more(authority: TrainingAuthority) -> None:
    card = LocalCard(Chip(authority.issue(CITIZEN)))
    data, status = card.send_and_receive(bytes.fromhex("00B09C0000"))
    assert (len(data), status) == (54, 0x9000)
    card.lift()
    with pytest.raises(CardLifted):
        card.send_and_receive(bytes.fromhex("00B09C0000"))


def test_habits_can_be_changed_on_an_issued_card(authority: TrainingAuthority) -> None:
    card = replace(authority.issue(CITIZEN), habits=Habits(select_mf=True))
    assert Chip(card).process(bytes.fromhex("00A4000C")).hex() == "9000"
