"""Whatever arrives, the chip answers a status word and the framing gives back what was framed."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardreader.emulator.catalog import combined
from cardreader.emulator.chip import Chip
from cardreader.emulator.commands import Instruction, Refused, Status, parse_command
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.messaging import SecureChannel
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.suites import AesSuite, TripleDesSuite
from cardreader.emulator.vpcd import FrameDecoder, frame
from tests.unit.emulator.terminal import Terminal

UNUSUAL = combined("short-only", "master-file", "warns-at-end", "get-response-pieces", "aa-rsa1024")
HABITS = [
    Habits(),
    replace(UNUSUAL, longest_answer=7, answer_piece=9),
    combined("exact-length", "no-short-identifiers", "short-in-session", "ca-dh1024-3des", "pace-im-dh1024"),
]

plausible_commands = st.builds(
    lambda cla, ins, p1, p2, data, expected: bytes((cla, ins, p1, p2, len(data))) + data + expected,
    st.sampled_from((0x00, 0x0C, 0x10, 0x80)),
    st.sampled_from(Instruction),
    st.integers(0, 255),
    st.integers(0, 255),
    st.one_of(st.binary(max_size=60), st.just(bytes.fromhex("A0000002471001"))),
    st.sampled_from((b"", b"\x00", b"\x08")),
)


@cache
def issued_card(habits: Habits) -> IssuedCard:
    return TrainingAuthority.create(now=datetime(2026, 11, 22, tzinfo=UTC)).issue(
        SAMPLES["mau-thu"], habits=habits
    )


@pytest.mark.parametrize("habits", HABITS, ids=["usual", "unusual", "stubborn"])
@given(commands=st.lists(st.one_of(st.binary(max_size=300), plausible_commands), max_size=12))
def test_any_commands_are_answered_with_at_least_a_status_word(habits: Habits, commands: list[bytes]) -> None:
    chip = Chip(issued_card(habits))
    for command in commands:
        answer = chip.process(command)
        assert 2 <= len(answer) <= 65538
        assert answer[-2] & 0xF0 in (0x60, 0x90)


@pytest.mark.parametrize("habits", HABITS, ids=["usual", "unusual", "stubborn"])
@given(
    instruction=st.one_of(st.sampled_from(Instruction), st.integers(0, 255)),
    p1=st.integers(0, 255),
    p2=st.integers(0, 255),
    data=st.binary(max_size=200),
    expected=st.sampled_from((b"", b"\x00", b"\x10")),
)
def test_any_command_inside_a_session_is_answered_inside_the_session(
    habits: Habits, instruction: int, p1: int, p2: int, data: bytes, expected: bytes
) -> None:
    card = issued_card(habits)
    terminal = Terminal(Chip(card))
    terminal.open_with_bac(card.access_information)
    _, status = terminal.send(bytes((0, instruction, p1, p2)).hex(), data, expected)  # checks the MAC
    assert status[0] in "69"


@given(st.sampled_from((TripleDesSuite, AesSuite)), st.binary(max_size=80))
def test_any_bytes_in_a_session_are_opened_or_refused(
    suite: type[TripleDesSuite | AesSuite], data: bytes
) -> None:
    channel = SecureChannel(suite.derived(bytes(16)), bytes(suite.block))
    command = parse_command(
        bytes((0x0C, 0xB0, 0, 0)) + (bytes((len(data),)) + data if data else b"") + b"\x00"
    )
    with pytest.raises(Refused) as refusal:  # no key, no MAC: nothing made up can be opened
        channel.open(command)
    assert refusal.value.status in (Status.PROTECTION_MISSING, Status.PROTECTION_WRONG)


@given(st.lists(st.binary(max_size=400), max_size=8), st.integers(1, 50))
def test_payloads_come_out_as_they_were_framed_however_the_stream_is_cut(
    payloads: list[bytes], cut: int
) -> None:
    stream = b"".join(map(frame, payloads))
    decoder = FrameDecoder()
    pieces = (stream[start : start + cut] for start in range(0, len(stream), cut))
    assert [payload for piece in pieces for payload in decoder.feed(piece)] == payloads


@given(st.lists(st.binary(max_size=400) | st.integers(0, 400).map(bytes), max_size=12))
def test_any_stream_is_cut_into_payloads_and_one_unfinished_frame(pieces: list[bytes]) -> None:
    decoder, payloads = FrameDecoder(), list[bytes]()
    for piece in pieces:
        payloads += decoder.feed(piece)
    stream = b"".join(pieces)
    framed = b"".join(map(frame, payloads))
    assert stream.startswith(framed)
    rest = stream[len(framed) :]
    assert len(rest) < 2 or len(rest) < 2 + int.from_bytes(rest[:2], "big")
