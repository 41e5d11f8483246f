"""Large and signed sources: memory stays flat, and what a sheet becomes is what the gateway reads."""

import tracemalloc
from pathlib import Path

import pytest

from bhyt.national import read_chunk
from clinics.batch.sources import content, find_sources
from clinics.batch.sources.sheets import rows as sheet_rows
from tests.unit.clinics.sources.invented import csv_bytes, people, xlsx_bytes


def _peak(path: Path, count: int) -> int:
    """Return the most bytes held while a sheet of `count` rows is read, in Python's own memory."""
    path.write_bytes(csv_bytes(people("births", count)))
    tracemalloc.start()
    try:
        (read,) = [sum(one.record is not None for one in source.records()) for source in find_sources([path])]
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert read == count


def test_a_sheet_four_times_as_long_takes_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MEMORY_BYTES", 100_000)
    monkeypatch.setattr(sheet_rows, "MAX_REMEMBERED", 50)
    small = _peak(tmp_path / "small.csv", 250)
    assert _peak(tmp_path / "large.csv", 1_000) < small + 500_000


def test_the_chunks_of_a_sheets_document_are_read_by_the_gateways_reader_as_here(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(xlsx_bytes(people("deaths", 25)))
    for source in find_sources([path]):
        here = list(source.records())
        document = source.open().read()
        outline = source.outline
        assert outline is not None
        head, tail = document[: outline.head_end], document[outline.tail_start :]
        there = []
        for first in range(0, 25, 10):
            pieces = outline.pieces[first : first + 10]
            data = document[pieces[0][0] : pieces[-1][1]]
            there += list(read_chunk(head, tail, data, first=first + 1))
        assert [(one.number, one.key, one.outcome, one.record) for one in there] == [
            (one.number, one.key, one.outcome, one.record) for one in here
        ]
