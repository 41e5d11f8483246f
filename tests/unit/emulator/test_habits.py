"""Every habit of the wire, as a terminal meets it."""

from dataclasses import replace

import pytest

from cardreader.emulator.catalog import HABITS, combined
from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.mrz import access_information
from cardreader.emulator.offers import RsaOffer
from cardreader.emulator.samples import SAMPLES
from tests.unit.emulator.terminal import Terminal

CITIZEN = SAMPLES["mau-thu"]
CARD_ACCESS = "00B09C0000"
NONCE = bytes.fromhex("F173589974BF40C6")


@pytest.fixture(scope="module")
def card(authority):
    return authority.issue(CITIZEN, habits=Habits(active=RsaOffer(2048)))


@pytest.fixture
def open_chip(card):
    """Return a function that gives a terminal in session with the one card under these habits."""

    def opened(**habits) -> Terminal:
        chip = Chip(replace(card, habits=replace(card.habits, **habits)))
        session = Terminal(chip)
        assert session.open_with_bac(access_information(CITIZEN))[-2:] == b"\x90\x00"
        return session

    return opened


def test_extended_length_refused_inside_the_session_leaves_it_alive(open_chip) -> None:
    session = open_chip(extended_in_session="refused")
    assert session.send("00B08100", expected=b"\x00\x00", extended=True) == (b"", "6700")
    assert session.send("00B08100", expected=b"\x00")[1] == "9000"
    assert session.plain("00B09C0000000000").hex() == "6700"  # nonsense lengths, in the clear


def test_extended_length_refused_in_the_clear_ends_the_session(open_chip) -> None:
    session = open_chip(extended_in_session="ends it")
    command = session.protect("00B08100", expected=b"\x00\x00", extended=True)
    assert session.chip.process(command).hex() == "6700"
    assert session.chip.process(session.protect("00B08100", expected=b"\x00")).hex() == "6e00"


def test_such_chips_understand_extended_length_before_the_session(card) -> None:
    chip = Chip(replace(card, habits=HABITS["short-or-session-ends"]))
    assert chip.process(bytes.fromhex("00B09C00000000")).hex().endswith("9000")


def test_a_chip_of_exact_lengths_says_how_much_there_is(open_chip) -> None:
    session = open_chip(exact_length_only=True)
    assert session.send("00B08100", expected=b"\x00") == (b"", "6c5f")
    data, status = session.send("00B08100", expected=b"\x5f")
    assert (len(data), status) == (95, "9000")
    assert session.send("00B09D00", expected=b"\x00") == (b"", "6ce7")  # 231: what a short answer can hold
    assert session.send("00B09D00", expected=b"\x00\x00", extended=True) == (b"", "6c00")


def test_a_chip_without_short_identifiers_wants_a_file_selected(open_chip) -> None:
    session = open_chip(short_identifiers=False)
    assert session.send("00B08100", expected=b"\x00") == (b"", "6a86")
    assert session.send("00A4020C", bytes.fromhex("0101")) == (b"", "9000")
    assert len(session.send("00B00000", expected=b"\x00")[0]) == 95


def test_an_answer_is_withheld_until_it_is_fetched(card) -> None:
    chip = Chip(replace(card, habits=HABITS["get-response"]))
    assert chip.process(bytes.fromhex(CARD_ACCESS)).hex() == "6136"
    answer = chip.process(bytes.fromhex("00C0000036"))
    assert (len(answer), answer[-2:].hex()) == (56, "9000")
    assert chip.process(bytes.fromhex("00C0000036")).hex() == "6d00"


def test_a_long_answer_comes_in_pieces_and_the_session_goes_on(open_chip) -> None:
    session = open_chip(extended_length=False, answer_piece=120)
    answer = session.chip.process(session.protect("00880000", NONCE, b"\x00"))
    pieces = [answer]
    while pieces[-1][-2] == 0x61:
        pieces.append(session.chip.process(bytes.fromhex("00C00000") + pieces[-1][-1:]))
    # 256 bytes padded to 264 in DO'87' are 269, then 4 of DO'99' and 10 of DO'8E'.
    assert [len(piece) - 2 for piece in pieces] == [120, 120, 43]
    assert [piece[-2:].hex() for piece in pieces] == ["61a3", "612b", "9000"]
    signature, status = session.unprotect(b"".join(piece[:-2] for piece in pieces) + pieces[-1][-2:])
    assert (len(signature), status) == (256, "9000")
    assert session.send("00A4020C", bytes.fromhex("0101")) == (b"", "9000")


def test_what_is_left_of_an_answer_is_lost_with_the_next_command(card) -> None:
    chip = Chip(replace(card, habits=HABITS["get-response"]))
    chip.process(bytes.fromhex(CARD_ACCESS))
    chip.process(bytes.fromhex("00A4040C07A0000002471001"))
    assert chip.process(bytes.fromhex("00C0000036")).hex() == "6d00"


def test_a_long_signature_does_not_fit_a_short_protected_answer(open_chip) -> None:
    session = open_chip()
    assert session.send("00880000", NONCE, b"\x00") == (b"", "6700")
    data, status = session.send("00880000", NONCE, b"\x00\x00", extended=True)
    assert (len(data), status) == (256, "9000")


def test_habits_are_combined_by_name() -> None:
    both = combined("short-only", "no-dg13", "aa-rsa2048")
    assert both == Habits(extended_length=False, has_dg13=False, active=RsaOffer(2048))
    assert combined() == Habits()


def test_no_habit_but_the_usual_is_the_usual_card() -> None:
    assert {name for name, habits in HABITS.items() if habits == Habits()} == {
        "usual",
        "pace-gm-bp256",
        "pace-gm-aes128",
        "ca-bp256-aes128",
        "sod-ecdsa-bp256",
        "sod-ecdsa-sha256",
    }
