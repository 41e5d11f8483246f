"""What is written into spreadsheets is never a formula. What Excel runs: OWASP, "CSV Injection"."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import python_calamine
from xlsxwriter import Workbook

from clinics.batch.cells import Value, csv_cell, write_cell
from clinics.batch.sources.sheets.typed import MAX_CELL_CHARACTERS, text_of

DANGEROUS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "＝1",
    "=HYPERLINK(1)",
]


@pytest.mark.parametrize("text", DANGEROUS, ids=ascii)
def test_a_text_that_begins_like_a_formula_has_an_apostrophe_before_it_in_csv(text: str) -> None:
    line = io.StringIO()
    csv.writer(line).writerow([csv_cell(text)])
    (read,) = next(csv.reader(io.StringIO(line.getvalue(), newline="")))
    assert read[0] == "'"
    assert read.replace("'", "") == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("33999;=1+1", "33999;'=1+1"),
        ("a;;\u00a0+1", "a;;'\u00a0+1"),
        ("a\t-1;@b", "a\t'-1;'@b"),
        ('a,"b;""=1"', 'a,"b;\'""=1"'),
        ("a\r\n＝1", "a\r\n'＝1"),
        (";=1", ";'=1"),
        ("a; b", "a; b"),
        ("a=1;b-2", "a=1;b-2"),
    ],
    ids=ascii,
)
def test_what_would_be_a_formula_behind_a_separator_has_an_apostrophe_too(text: str, written: str) -> None:
    assert csv_cell(text) == written


@pytest.mark.parametrize("text", DANGEROUS, ids=ascii)
def test_a_text_that_begins_like_a_formula_is_a_text_in_xlsx(text: str) -> None:
    assert str(_in_xlsx(text)).strip() == text.strip()


@pytest.mark.parametrize(
    "text", ["Nguyễn Văn Mẫu", "033095000001", "a=1", "1-2", "", "'trích", "a; b"], ids=ascii
)
def test_a_harmless_text_reads_as_it_was_written(text: str) -> None:
    assert text_of(csv_cell(text)) == text
    assert _in_xlsx(text) == text


@pytest.mark.parametrize(
    ("value", "in_csv", "in_xlsx"),
    [
        (-5, "-5", -5.0),
        (Decimal("-3200.50"), "-3200.50", -3200.5),
        (Decimal("1E+3"), "1000", 1000.0),
        (date(2026, 3, 5), "2026-03-05", "2026-03-05"),
        (None, "", ""),
    ],
)
def test_numbers_stay_numbers_and_negative_ones_too(value: Value, in_csv: str, in_xlsx: object) -> None:
    assert csv_cell(value) == in_csv
    assert _in_xlsx(value) == in_xlsx


def test_texts_too_long_or_that_xml_cannot_hold_are_cut_and_replaced() -> None:
    assert len(csv_cell("=" * 40_000)) == MAX_CELL_CHARACTERS
    assert len(str(_in_xlsx("x" * 40_000))) == MAX_CELL_CHARACTERS
    assert _in_xlsx("a\x00b\x1bc\udcff") == "a\ufffdb\ufffdc\ufffd"


def _in_xlsx(value: Value) -> object:
    """Return what calamine, which shares no code with XlsxWriter, reads of a value."""
    content = io.BytesIO()
    workbook = Workbook(content, {"in_memory": True})
    sheet = workbook.add_worksheet()
    write_cell(sheet, 0, 0, value)
    write_cell(sheet, 0, 1, "|")
    workbook.close()
    with zipfile.ZipFile(content) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    content.seek(0)
    with python_calamine.CalamineWorkbook.from_filelike(content) as read:
        cell, _mark = ["", *read.get_sheet_by_index(0).to_python()[0]][-2:]
    return cell
