"""The whole way: the program, pyscard, pcscd, the virtual reader, and an emulated card on it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cardreader import pcsc
from cardreader.cli import main
from cardreader.emulator.chip import Chip
from cardreader.emulator.errors import PcscdUnavailable
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.pcscd import ReaderSlot, virtual_reader
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import tampered
from cardreader.errors import CardLifted, NoCard, NoReader, ReaderBusy

pytestmark = pytest.mark.pcscd
MAU_THU = SAMPLES["mau-thu"]


@pytest.fixture(scope="module")
def slot() -> Iterator[ReaderSlot]:
    try:
        with virtual_reader() as found:
            yield found
    except PcscdUnavailable as error:
        pytest.skip(f"the virtual reader cannot be had here: {error}")


@pytest.fixture
def empty_slot(slot: ReaderSlot) -> Iterator[ReaderSlot]:
    slot.remove()
    yield slot
    slot.remove()


@pytest.fixture
def card(authority: TrainingAuthority) -> IssuedCard:
    return authority.issue(MAU_THU, habits=Habits(pace=False))


@pytest.fixture
def trust_directory(authority: TrainingAuthority, tmp_path: Path) -> Path:
    (tmp_path / "csca.cer").write_bytes(authority.csca)
    return tmp_path


def run(slot: ReaderSlot, card: IssuedCard, trust: Path, *options: str) -> Result:
    keys = ["--mrz", card.access_information, "--trust", str(trust), "--training"]
    return CliRunner().invoke(main, ["read", "--reader", slot.reader_name, *keys, *options])


def test_readers_are_listed(slot: ReaderSlot) -> None:
    assert slot.reader_name in json.loads(CliRunner().invoke(main, ["readers", "--json"]).stdout)
    assert slot.reader_name in CliRunner().invoke(main, ["readers"]).stdout.splitlines()


def test_a_card_is_read_and_proven_over_pcsc(
    empty_slot: ReaderSlot, card: IssuedCard, trust_directory: Path
) -> None:
    empty_slot.insert(Chip(card))
    result = run(empty_slot, card, trust_directory, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = json.loads(result.stdout)
    assert (shown["id_number"], shown["full_name"]) == (MAU_THU.id_number, MAU_THU.full_name)
    assert shown["checks"]["passive"] == {"status": "passed", "reason": None}
    assert 0 < shown["transmit_ms"] <= shown["elapsed_ms"]


def test_the_id_number_opens_a_card_with_pace_over_pcsc(
    empty_slot: ReaderSlot, authority: TrainingAuthority, trust_directory: Path
) -> None:
    empty_slot.insert(Chip(authority.issue(MAU_THU)))
    options = ["--reader", empty_slot.reader_name, "--trust", str(trust_directory), "--training", "--json"]
    result = CliRunner().invoke(main, ["read", "--number", MAU_THU.id_number, *options])
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["access"] == "PACE-CAN"


def test_the_reading_is_shown_to_a_person(
    empty_slot: ReaderSlot, card: IssuedCard, trust_directory: Path
) -> None:
    empty_slot.insert(Chip(card))
    result = run(empty_slot, card, trust_directory)
    assert result.exit_code == 0
    for text in (MAU_THU.full_name, "12/04/1995", "TRAINING CARD", "đạt · passed"):
        assert text in result.stdout


def test_a_forged_card_ends_with_status_5_and_the_remedy(
    empty_slot: ReaderSlot, card: IssuedCard, trust_directory: Path
) -> None:
    empty_slot.insert(Chip(tampered(card, MAU_THU, "dg1")))
    result = run(empty_slot, card, trust_directory, "--json")
    assert result.exit_code == 5
    assert json.loads(result.stdout)["checks"]["passive"]["reason"] == "proof.group-changed"
    assert "[proof.group-changed]" in result.stderr and "báo người phụ trách" in result.stderr


def test_a_wrong_zone_ends_with_status_3(
    empty_slot: ReaderSlot, card: IssuedCard, authority: TrainingAuthority, trust_directory: Path
) -> None:
    empty_slot.insert(Chip(card))
    other = authority.issue(SAMPLES["mau-cu"])
    result = run(empty_slot, other, trust_directory)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "[card.access-denied]" in result.stderr


def test_a_card_lifted_while_being_read_is_called_lifted(
    empty_slot: ReaderSlot, card: IssuedCard, trust_directory: Path
) -> None:
    empty_slot.insert(Chip(replace(card, habits=replace(card.habits, lifted_after=5))))
    result = run(empty_slot, card, trust_directory)
    assert result.exit_code == 3
    assert "[card.lifted]" in result.stderr


def test_without_a_card_the_wait_ends(
    empty_slot: ReaderSlot, card: IssuedCard, trust_directory: Path
) -> None:
    result = run(empty_slot, card, trust_directory, "--wait", "0.2")
    assert result.exit_code == 3
    assert "[reader.no-card]" in result.stderr
    with pytest.raises(NoCard), pcsc.connect(empty_slot.reader_name):
        pass


def test_a_card_is_noticed_when_it_comes_and_when_it_goes(empty_slot: ReaderSlot, card: IssuedCard) -> None:
    empty_slot.insert(Chip(card))
    pcsc.wait_for_card(empty_slot.reader_name, 5)
    empty_slot.remove()
    with pytest.raises(NoCard):
        pcsc.wait_for_card(empty_slot.reader_name, 0)


def test_a_card_held_by_another_program_is_busy(empty_slot: ReaderSlot, card: IssuedCard) -> None:
    empty_slot.insert(Chip(card))
    with (
        pcsc.connect(empty_slot.reader_name),
        pytest.raises(ReaderBusy),
        pcsc.connect(empty_slot.reader_name),
    ):
        pass


def test_a_card_taken_between_two_commands_is_lifted(empty_slot: ReaderSlot, card: IssuedCard) -> None:
    empty_slot.insert(Chip(card))
    with pcsc.connect(empty_slot.reader_name) as transport:
        transport.send_and_receive(bytes.fromhex("00A4040C07A0000002471001"))
        empty_slot.remove()
        with pytest.raises(CardLifted):
            transport.send_and_receive(bytes.fromhex("0084000008"))


def test_a_reader_is_chosen_by_a_part_of_its_name(slot: ReaderSlot) -> None:
    assert pcsc.readers_meant(slot.reader_name.upper()) == [slot.reader_name]
    with pytest.raises(NoReader):
        pcsc.readers_meant("a reader that is not there")


def test_without_the_service_the_remedy_is_shown() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from cardreader.cli import main; main()", "readers"],
        env={**os.environ, "PCSCLITE_CSOCK_NAME": "/nowhere/pcscd.comm"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (3, "")
    assert "[reader.service-away]" in result.stderr
    assert "Traceback" not in result.stderr
