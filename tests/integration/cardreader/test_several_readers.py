"""Two readers on the real pcscd, and a person who names neither."""

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest
from click.testing import CliRunner, Result

from cardreader.cli import main
from cardreader.emulator.chip import Chip
from cardreader.emulator.errors import PcscdUnavailable
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.pcscd import READER_NAMES, ReaderSlot, virtual_reader
from cardreader.emulator.samples import SAMPLES

pytestmark = pytest.mark.pcscd
PATIENCE_SECONDS = 300.0


@pytest.fixture(scope="module")
def slots() -> Iterator[list[ReaderSlot]]:
    """Hold every slot, always in the same order, so that two runs on one machine cannot block each other."""
    first, second = sorted(READER_NAMES)
    try:
        with (
            virtual_reader(port=first, patience=PATIENCE_SECONDS) as one,
            virtual_reader(port=second, patience=PATIENCE_SECONDS) as other,
        ):
            yield [one, other]
    except PcscdUnavailable as error:
        pytest.skip(f"the virtual reader cannot be had here: {error}")


@pytest.fixture(autouse=True)
def _no_card_left_behind(slots: list[ReaderSlot]) -> Iterator[None]:
    yield
    for slot in slots:
        slot.remove()


def read(citizen: str, authority: TrainingAuthority, folder: Path) -> Result:
    (folder / "csca.cer").write_bytes(authority.csca)
    number = SAMPLES[citizen].id_number
    options = ["--number", number, "--trust", str(folder), "--training", "--json"]
    return CliRunner().invoke(main, ["read", *options])


@pytest.mark.parametrize("held", [0, 1])
def test_of_two_readers_the_one_that_holds_a_card_is_read(
    held: int, slots: list[ReaderSlot], authority: TrainingAuthority, tmp_path: Path
) -> None:
    slots[held].insert(Chip(authority.issue(SAMPLES["mau-cu"])))
    result = read("mau-cu", authority, tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["full_name"] == SAMPLES["mau-cu"].full_name


def test_of_two_empty_readers_the_one_where_a_card_comes_to_lie_is_read(
    slots: list[ReaderSlot], authority: TrainingAuthority, tmp_path: Path
) -> None:
    laying = Timer(0.5, lambda: slots[1].insert(Chip(authority.issue(SAMPLES["mau-cu"]))))
    laying.start()
    result = read("mau-cu", authority, tmp_path)
    laying.join()
    assert (result.exit_code, result.stderr) == (0, "")


def test_without_a_card_on_any_reader_the_wait_ends(slots: list[ReaderSlot], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["read", "--can", "012345", "--wait", "0.3"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "[reader.no-card]" in result.stderr


def test_two_cards_on_two_readers_are_not_guessed_between(
    slots: list[ReaderSlot], authority: TrainingAuthority, tmp_path: Path
) -> None:
    slots[0].insert(Chip(authority.issue(SAMPLES["mau-thu"])))
    slots[1].insert(Chip(authority.issue(SAMPLES["mau-cu"])))
    result = read("mau-cu", authority, tmp_path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "[reader.several]" in result.stderr
    assert all(slot.reader_name in result.stderr for slot in slots)
