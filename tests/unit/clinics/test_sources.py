"""What a file of the hospital becomes: records to send, and refused rows."""

import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from rich.console import Console

from bhyt.r4.bundle import MAX_ORIGINAL_BYTES
from clinics.batch.report import Row, table
from clinics.batch.sources import Ready, read
from tests.unit.bhyt.samples import CHECK_IN


def _of_size(path: Path, size: int) -> Path:
    head, mark, tail = CHECK_IN.partition(b"</TRANG_THAI_KCB>")
    path.write_bytes(head + b" " * (size - len(CHECK_IN)) + mark + tail)
    return path


def test_a_file_too_large_to_travel_with_its_records_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    path = _of_size(tmp_path / "lon.xml", MAX_ORIGINAL_BYTES + 1)
    assert list(read(path)) == [Row(file=str(path), outcome="refused", code="file.too-large")]


def test_a_file_as_large_as_can_travel_is_read(tmp_path: Path) -> None:
    (ready,) = read(_of_size(tmp_path / "vua.xml", MAX_ORIGINAL_BYTES))
    assert isinstance(ready, Ready)
    assert len(ready.original) == MAX_ORIGINAL_BYTES


def test_a_gigabyte_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "khong-lo.xml"
    with path.open("wb") as file:
        file.truncate(2**30)
    tracemalloc.start()
    try:
        rows = list(read(path))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rows == [Row(file=str(path), outcome="refused", code="file.too-large")]
    assert most < 1_000_000


HOSTILE = ["\x1b[31mdo.xml", "a\nb.xml", "\x9b2Jx.xml", "\u202elmx.exe", os.fsdecode(b"\xff.xml")]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_files_name_cannot_command_the_terminal(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CHECK_IN)
    (ready,) = read(tmp_path / name)
    assert isinstance(ready, Ready)
    assert ready.file.isprintable()
    assert ready.accepted.to_json().isprintable()


def test_a_records_key_cannot_command_the_terminal_and_stays_itself_for_a_program() -> None:
    row = Row(file="x.xml", outcome="accepted", kind="check-in", key="HIS-\x9b2J")
    out = io.StringIO()
    Console(file=out, width=160, force_terminal=False).print(table([row]))
    assert "\x9b" not in out.getvalue()
    assert row.to_json().isprintable()
    assert json.loads(row.to_json())["key"] == row.key
