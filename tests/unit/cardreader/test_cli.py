"""The program's words and exit statuses that need no reader."""

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from cardreader.cli import CardCommands, main
from cardreader.commands.display import show_reading
from cardreader.commands.piped import one_line
from cardreader.errors import CardError, CardLifted, NotGenuine, SeveralReaders
from cardreader.printable import printable
from cardreader.proof.evidence import Evidence
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.verdict import Verdict
from cardreader.reading import CardReading


@pytest.mark.parametrize(
    ("options", "code"),
    [
        pytest.param(["--number", "12345"], "card.number-invalid", id="number"),
        pytest.param(["--can", "12345"], "card.number-invalid", id="access number"),
        pytest.param(["--mrz", "IDVNM"], "card.mrz-invalid", id="zone"),
        pytest.param(["--qr", "GD4|x|$"], "card.qr-invalid", id="code of the paper card"),
        pytest.param(["--can", "123456", "--trust", "nowhere"], "proof.trust-unreadable", id="trust list"),
    ],
)
def test_unusable_input_ends_with_status_2_before_a_reader_is_asked(
    options: list[str], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["read", *options])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"[{code}]" in result.stderr


@pytest.mark.parametrize(
    ("options", "typed", "code"),
    [
        pytest.param(["--number", "-"], "12345\n", "card.number-invalid", id="number"),
        pytest.param(["--can", "-"], "12345", "card.number-invalid", id="access number, no line end"),
        pytest.param(["--mrz", "-"], "IDVNM\n", "card.mrz-invalid", id="zone"),
        pytest.param(["--qr", "-"], "GD4|x|$\n", "card.qr-invalid", id="code of the paper card"),
        pytest.param(["--number", "-"], "9" * 9000, "card.number-invalid", id="a line without end"),
        pytest.param(["--number", "-"], b"\xff\n", "card.number-invalid", id="no text"),
        pytest.param(["--can", "-", "--trust", "no"], "123456\n", "proof.trust-unreadable", id="good"),
        pytest.param(
            ["--number", "-", "--can", "-", "--trust", "no"],
            "033300000001\n000001\n",
            "proof.trust-unreadable",
            id="two, a line each",
        ),
    ],
)
def test_a_key_may_come_from_standard_input_where_no_list_of_processes_shows_it(
    options: list[str], typed: str | bytes, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["read", *options], input=typed)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"[{code}]" in result.stderr


def test_standard_input_without_a_line_is_no_key() -> None:
    result = CliRunner().invoke(main, ["read", "--number", "-"], input="")
    assert result.exit_code == 2
    assert "stdin holds no line" in result.stderr


def test_the_line_of_a_key_leaves_what_follows_it_to_others(tmp_path: Path) -> None:
    (tmp_path / "piped").write_bytes("số\nhai\n".encode())
    with (tmp_path / "piped").open("rb") as stream:
        assert one_line(stream) == "số"
        assert os.read(stream.fileno(), 100) == b"hai\n"


def test_a_key_must_be_given() -> None:
    result = CliRunner().invoke(main, ["read"])
    assert result.exit_code == 2
    assert "--number" in result.stderr


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        pytest.param(CardLifted("gone"), 3, "[card.lifted]", id="card trouble"),
        pytest.param(SeveralReaders(["Desk 00", "Desk 01"]), 3, "Desk 01", id="the readers are named"),
        pytest.param(NotGenuine(Reason.GROUP_CHANGED), 5, "[proof.group-changed]", id="not genuine"),
    ],
)
def test_every_failure_ends_with_its_status_and_remedy(error: CardError, status: int, words: str) -> None:
    group = CardCommands("card")

    @group.command()
    def fail() -> None:
        raise error

    result = CliRunner().invoke(group, ["fail"])
    assert (result.exit_code, result.stdout) == (status, "")
    assert words in result.stderr


def reading(checks: Verdict, *, training: bool = False) -> CardReading:
    return CardReading(
        id_number="033040000002",
        full_name="TRẦN VĂN MẪU CỤ",
        birth_date="1940-01",
        sex="male",
        nationality="VNM",
        expiry_date=None,
        document_number="040000002",
        dg13={"residence": "Xóm [Bãi], Hưng Yên"},
        access="PACE-CAN",
        checks=checks,
        evidence=Evidence(b"", {}),
        nonce=None,
        left_out={},
        extended=True,
        too_long=False,
        commands=14,
        bytes_sent=300,
        bytes_received=2000,
        elapsed_ms=410.4,
        transmit_ms=400.0,
        timing={},
        training=training,
    )


def shown(card: CardReading, **options: Any) -> str:
    output = io.StringIO()
    show_reading(card, Console(file=output, width=120, **options))
    return output.getvalue()


PASSED = Check("passed")
FAILED = Check("failed", Reason.GROUP_CHANGED)
NOT_DONE = Check("not-done", Reason.ACTIVE_NOT_DONE)


def test_a_reading_is_shown_with_its_checks_and_cost() -> None:
    text = shown(reading(Verdict(PASSED, NOT_DONE, NOT_DONE, PASSED)))
    for part in ("TRẦN VĂN MẪU CỤ", "01/1940", "không thời hạn", "Xóm [Bãi], Hưng Yên", "PACE-CAN", "410 ms"):
        assert part in text
    assert text.count("chưa kiểm tra") == 2
    assert "chưa loại trừ bản sao" in text
    assert "TRAINING" not in text


STEERING = {
    "clipboard (OSC 52)": "\x1b]52;c;ZXZpbA==\x07",
    "concealed": "\x1b[8m",
    "C1": "\x9b2J",
    "from right to left": "\u202e",
    "line separator": "\u2028",
    "line ends": "\r\n",
}


@pytest.mark.parametrize("steering", STEERING.values(), ids=STEERING)
def test_text_of_a_card_steers_no_terminal(steering: str) -> None:
    forged = reading(Verdict(FAILED, NOT_DONE, NOT_DONE, PASSED))
    forged = replace(forged, full_name=f"A{steering}B", dg13={"residence": f"C{steering}D"})
    text = shown(forged, force_terminal=True, color_system=None)
    assert not any(sign in text for sign in steering if not sign.isprintable() and sign != "\n")
    assert f"A{printable(steering)}B" in text
    assert f"C{printable(steering)}D" in text


def test_a_proven_chip_and_one_without_keys_are_told_apart() -> None:
    text = shown(reading(Verdict(PASSED, PASSED, Check("absent", Reason.CHIP_ABSENT), PASSED)))
    assert "không có · not on this card" in text
    assert "Chip gốc, dữ liệu thật" in text


def test_a_refused_card_is_marked_so_beside_its_name_and_no_line_is_wider_than_80() -> None:
    failed = Check("failed", Reason.GROUP_CHANGED)
    for checks in (Verdict(failed, NOT_DONE, NOT_DONE, PASSED), Verdict(PASSED, PASSED, PASSED, PASSED)):
        lines = shown(reading(checks)).splitlines()
        assert ("KHÔNG CÔNG NHẬN · not accepted: TRẦN VĂN MẪU CỤ" in lines[0]) == (checks.level is None)
        assert max(map(len, lines)) <= 80


def test_the_two_ways_to_prove_the_chip_are_told_apart_in_words() -> None:
    text = shown(reading(Verdict(PASSED, PASSED, PASSED, PASSED)))
    for words in ("(AA) · active authentication", "(CA) · chip authentication"):
        assert text.count(words) == 1


def test_the_nonce_that_the_chip_signed_is_shown() -> None:
    card = replace(reading(Verdict(PASSED, PASSED, PASSED, PASSED)), nonce=bytes.fromhex("0011223344556677"))
    assert "0011223344556677" in shown(card)


@pytest.mark.parametrize("option", ["--face", "--evidence"])
@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "pipe", "folder"])
def test_what_stands_in_the_place_of_a_file_is_left_alone_and_no_reader_asked(
    option: str, kind: str, tmp_path: Path
) -> None:
    file, other = tmp_path / "out", tmp_path / "other"
    other.write_text("another person's")
    match kind:
        case "file":
            file.write_text("another person's")
        case "link":
            file.symlink_to(other)
        case "dangling link":
            file.symlink_to(tmp_path / "nowhere")
        case "pipe":
            os.mkfifo(file)
        case "folder":
            file.mkdir()
    result = CliRunner().invoke(main, ["read", "--can", "123456", option, str(file)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert option in result.stderr
    assert os.path.lexists(file)
    assert other.read_text() == "another person's"


@pytest.mark.parametrize("text", ["12", "0102030405060708ff", "not hexadecimal"])
def test_a_nonce_is_eight_bytes_in_hexadecimal(text: str) -> None:
    result = CliRunner().invoke(main, ["read", "--can", "123456", "--nonce", text])
    assert result.exit_code == 2
    assert "--nonce" in result.stderr


def test_a_training_card_and_a_failed_check_are_shown_as_such() -> None:
    failed = Check("failed", Reason.GROUP_CHANGED)
    text = shown(reading(Verdict(failed, NOT_DONE, NOT_DONE, PASSED), training=True))
    assert "TRAINING CARD" in text
    assert "không đạt · failed" in text


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        pytest.param(Verdict(PASSED, NOT_DONE, NOT_DONE, PASSED), None, id="accepted"),
        pytest.param(
            Verdict(Check("not-done", Reason.NO_TRUST_LIST), NOT_DONE, NOT_DONE, PASSED),
            Reason.NO_TRUST_LIST,
            id="not proven is not accepted",
        ),
        pytest.param(
            Verdict(PASSED, NOT_DONE, NOT_DONE, Check("failed", Reason.NUMBER_DIFFERS)),
            Reason.NUMBER_DIFFERS,
            id="inconsistent",
        ),
        pytest.param(
            Verdict(PASSED, NOT_DONE, NOT_DONE, Check("not-done", Reason.NOTHING_TO_COMPARE)),
            None,
            id="nothing to compare",
        ),
    ],
)
def test_a_card_is_accepted_when_proven_and_nothing_failed(checks: Verdict, expected: str | None) -> None:
    assert checks.failure() == expected
