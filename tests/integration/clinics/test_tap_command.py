"""`tiepdon-clinic tap` and `desk` as a person starts them, on the real PC/SC stack."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.pcscd import ReaderSlot
from clinics.cli import main
from clinics.settings import save_settings
from failures import failure
from tests.integration.clinics.conftest import Desk
from tests.integration.clinics.fake_gateway import FakeGateway
from tests.integration.clinics.world import HandReader, register

tap = import_module("clinics.commands.tap")  # the package holds the command under the same name

CLERK = ["--clerk-name", "Trần Thị Tiếp Đón", "--clerk-id", "033190000009"]


@pytest.fixture
def ready(
    desk: Desk, fake: FakeGateway, trust_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Set the desk up for training, with the settings that a test adds."""
    fake.eligibility = register
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(desk.settings.data_dir))

    def prepare(**settings: str) -> None:
        save_settings(desk.settings.data_dir, trust_dir=str(trust_dir), training=True, **settings)

    return prepare


@pytest.mark.pcscd
@pytest.mark.parametrize(
    ("sample", "number", "status", "outcome"),
    [("mau-thu", "033300000001", 0, "covered"), ("vo-danh", "033192000004", 5, "not-covered")],
)
def test_a_card_on_the_reader_is_checked_in_from_the_terminal(
    ready: Callable[..., None],
    virtual_reader: ReaderSlot,
    card: Callable[[str], IssuedCard],
    sample: str,
    number: str,
    status: int,
    outcome: str,
) -> None:
    ready(reader=virtual_reader.reader_name)
    virtual_reader.insert(Chip(card(sample)))
    result = CliRunner().invoke(main, ["tap", "--entry", number, "--json", *CLERK])
    assert result.exit_code == status, result.output
    said = json.loads(result.stdout)
    assert said["outcome"] == outcome
    assert said["card"]["access"] == "PACE-CAN"
    assert said["card"]["checks"]["passive"]["status"] == "passed"
    assert (said["stored"], said["national_row"] is not None) == (
        ("stored", True) if outcome == "covered" else (None, False)
    )


@pytest.mark.parametrize(
    ("entry", "name", "code", "status"),
    [
        ("12345", "Trần Thị Tiếp Đón", "card.number-invalid", 2),
        ("033300000001", "Trần", "desk.clerk-invalid", 2),
        ("033300000001", "Trần Thị Tiếp Đón", "reader.", 3),
    ],
    ids=["no-number", "no-clerk", "no-such-reader"],
)
def test_what_cannot_begin_ends_in_words_and_a_status(
    ready: Callable[..., None], entry: str, name: str, code: str, status: int
) -> None:
    ready(reader="a reader that is not attached")
    options = ["--clerk-name", name, "--clerk-id", "033190000009"]
    result = CliRunner().invoke(main, ["tap", "--entry", entry, *options])
    assert result.exit_code == status
    assert code in result.stderr
    assert result.stdout == ""


def test_a_prompt_that_nobody_answers_ends_in_words(ready: Callable[..., None]) -> None:
    ready()
    result = CliRunner().invoke(main, ["tap"], input="")
    assert result.exit_code == 2
    assert "[desk.nothing-entered]" in result.stderr
    assert "Aborted" not in result.stderr
    assert result.stdout == ""


@pytest.mark.pcscd
def test_a_reader_named_with_the_command_wins_over_the_settings(
    ready: Callable[..., None], virtual_reader: ReaderSlot, card: Callable[[str], IssuedCard]
) -> None:
    ready(reader="a reader that is not attached")
    virtual_reader.insert(Chip(card("mau-thu")))
    options = ["--entry", "033300000001", "--reader", virtual_reader.reader_name, *CLERK]
    result = CliRunner().invoke(main, ["tap", *options])
    assert result.exit_code == 0, result.output


def test_the_desk_takes_the_name_of_a_reader_too() -> None:
    assert "--reader NAME" in CliRunner().invoke(main, ["desk", "--help"]).output


def test_a_tap_without_the_gateway_says_the_code_and_the_remedy(
    ready: Callable[..., None],
    fake: FakeGateway,
    card: Callable[[str], IssuedCard],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready()
    fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    monkeypatch.setattr(tap, "PcscReader", lambda _name: HandReader(card("mau-thu")))
    result = CliRunner().invoke(main, ["tap", "--entry", "033300000001", *CLERK])
    assert result.exit_code == 4
    why = failure("gateway.failed")
    assert f"{why.message.vi} [gateway.failed]\n  → {why.remedy.vi}\n" in result.stdout


def test_the_program_says_its_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.stdout.split()[-1] == version("tiepdon")


def test_the_desk_says_its_address_and_ends_when_it_is_told_to(ready: Callable[..., None]) -> None:
    ready()
    program = str(Path(sys.executable).with_name("tiepdon-clinic"))
    with subprocess.Popen(
        [program, "desk", "--port", "0"], env=os.environ.copy(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert httpx.get(address + "sign-in").status_code == 200
        second = subprocess.run(
            [program, "desk", "--port", address.rstrip("/").rsplit(":", 1)[1]],
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert "desk.port-taken" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
