"""Two programs on one machine: who gets which slot, and what a dead one leaves behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from cardreader.emulator import locks
from cardreader.emulator.errors import PcscdUnavailable
from cardreader.emulator.locks import one_locked, open_lock_file

HOLDER = """
import sys
from pathlib import Path
from cardreader.emulator import locks
locks.FOLDER = Path(sys.argv[1])
with locks.one_locked(["slot"], patience=0) as name:
    print(name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locks, "FOLDER", tmp_path)
    return tmp_path


def test_the_first_gets_the_first_slot_the_second_the_other_and_a_third_none() -> None:
    slots = ["one", "two"]
    with (
        one_locked(slots, patience=0) as first,
        one_locked(slots, patience=0) as second,
        one_locked(slots, patience=0) as third,
    ):
        assert (first, second, third) == ("one", "two", None)


def test_a_slot_is_free_again_after_its_holder_was_killed(folder: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"slot\n"
        with one_locked(["slot"], patience=0) as name:
            assert name is None
        holder.kill()
    with one_locked(["slot"], patience=1) as name:
        assert name == "slot"


def test_other_users_may_open_the_lock_files(folder: Path) -> None:
    with one_locked(["slot"], patience=0):
        assert (folder / "tiepdon-slot.lock").stat().st_mode & 0o777 == 0o666


def test_a_link_in_place_of_a_lock_file_is_not_followed(folder: Path) -> None:
    (folder / "victim").write_text("untouched")
    (folder / "tiepdon-slot.lock").symlink_to(folder / "victim")
    with pytest.raises(PcscdUnavailable):
        open_lock_file("slot")
