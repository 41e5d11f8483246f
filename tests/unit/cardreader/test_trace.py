"""Bytes on the terminal: all of them, and never without the warning."""

import io

import pytest
from rich.console import Console

from cardreader.commands.tracing import traced
from cardreader.errors import CardLifted
from tests.unit.cardreader.scripted_card import ScriptedCard


def test_every_command_and_answer_is_shown_after_the_warning_and_passed_on() -> None:
    output = io.StringIO()
    card = ScriptedCard([("00A4040C07A0000002471001", "9000"), ("0084000008", "01020304050607089000")])
    transport = traced(card, Console(file=output, width=100))
    assert "WARNING" in output.getvalue() and "dữ liệu cá nhân" in output.getvalue()
    before = len(output.getvalue())
    assert transport.send_and_receive(bytes.fromhex("00A4040C07A0000002471001")) == (b"", 0x9000)
    assert transport.send_and_receive(bytes.fromhex("0084000008"))[0] == bytes(range(1, 9))
    lines = output.getvalue()[before:].splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "> 00A4040C07A0000002471001",
        "< 9000",
        "> 0084000008",
        "< 01020304050607089000",
    ]


class Lifted:
    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        raise CardLifted("gone")


def test_a_command_without_an_answer_is_shown_with_the_code_of_its_failure() -> None:
    output = io.StringIO()
    with pytest.raises(CardLifted):
        traced(Lifted(), Console(file=output, width=100)).send_and_receive(b"\x00\x84\x00\x00\x08")
    assert output.getvalue().splitlines()[-2:] == ["> 0084000008", "! card.lifted"]


def test_a_long_answer_stands_on_one_line() -> None:
    output = io.StringIO()
    card = ScriptedCard([("00B0810000", "AB" * 256 + "9000")])
    traced(card, Console(file=output, width=100, soft_wrap=True)).send_and_receive(
        bytes.fromhex("00B0810000")
    )
    assert "AB" * 256 + "9000" in output.getvalue()
