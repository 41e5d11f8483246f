"""Cells and rows that do not say where they stand are counted before calamine lays them out."""

import io
import re
import zipfile

import pytest

from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets import workbook as limits
from clinics.batch.sources.sheets.places import MAX_PLACELESS
from clinics.batch.sources.sheets.workbook import open_sheet
from tests.unit.clinics.sources.invented import xlsx_bytes

MANY = MAX_PLACELESS + 1


def workbook(rows: str, *, twice: str = "") -> bytes:
    """Return a workbook with these rows behind its only one, and one part a second time by another name."""
    source, made = zipfile.ZipFile(io.BytesIO(xlsx_bytes([{"A": "1"}]))), io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            data = source.read(name).replace(b"</sheetData>", rows.encode() + b"</sheetData>")
            target.writestr(name, re.sub(rb'\sspans="[^"]*"', b"", data))
            if name == twice:
                target.writestr(name.upper(), data)
    return made.getvalue()


def size(content: bytes) -> tuple[int, int] | str:
    """Return how many rows and columns are read, or why nothing is."""
    try:
        with open_sheet(io.BytesIO(content)) as sheet:
            rows = list(sheet.rows)
            return len(rows), len(rows[0])
    except SourceRefused as refused:
        return refused.code


@pytest.fixture(autouse=True)
def _low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ROWS", MANY + 10)
    monkeypatch.setattr(limits, "MAX_COLUMNS", MANY + 10)


@pytest.mark.parametrize("tag", ["row", "x:row"])
def test_rows_without_a_place_are_read_within_the_limit_and_refused_beyond(tag: str) -> None:
    row = f"<{tag}><c><v>1</v></c></{tag}>"
    assert size(workbook(row * MANY)) == (MANY + 2, 1)
    assert size(workbook(row * (MANY + 10))) == "sheet.too-large"


@pytest.mark.parametrize(
    "cell", ["<c><v>1</v></c>", "<x:c><v>1</v></x:c>", "<c\n><v>1</v></c>", "<c s='1'/>"]
)
def test_cells_without_a_place_are_read_within_the_limit_and_refused_beyond(cell: str) -> None:
    assert size(workbook(f"<row>{cell * MANY}</row>")) != "sheet.too-large"
    assert size(workbook(f"<row>{cell * (MANY + 11)}</row>")) == "sheet.too-large"
    hidden = f"<row>{cell * MANY}<!-- <row> -->{cell * MANY}</row>"
    assert size(workbook(hidden)) == "sheet.too-large"


def test_a_workbook_with_two_parts_of_one_name_is_refused() -> None:
    assert size(workbook("")) == (2, 1)
    assert size(workbook("", twice="xl/worksheets/sheet1.xml")) == "sheet.broken"
