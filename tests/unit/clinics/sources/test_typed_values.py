"""Numbers, codes, choices and texts as people type them, and as Excel damages them."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest

from clinics.batch.sources.sheets import codes, numbers
from clinics.batch.sources.sheets.codes import Choice
from clinics.batch.sources.sheets.typed import Cell, CellRefused, fold, text_of

Convert = Callable[[Cell], str]

SEX, CATEGORY, CARE = (Choice.of(table).convert for table in ("sex", "visit_category", "care_type"))
ID = partial(codes.number_as_text, lengths=(9, 12), expected="033095000001")
PROVINCE = partial(codes.short_code, width=2)


@pytest.mark.parametrize(
    ("convert", "typed", "expected"),
    [
        (numbers.grams, "3200", "3200"),
        (numbers.grams, 3200.0, "3200"),
        (numbers.grams, "3.200", "3200"),
        (numbers.grams, "3,200 g", "3200"),
        (numbers.grams, "3 200 gram", "3200"),
        (numbers.grams, "3,2kg", "3200"),
        (numbers.grams, "3.25 kg", "3250"),
        (numbers.grams, "3 KG", "3000"),
        (numbers.grams, "950", "950"),
        (numbers.grams, "3200,0", "3200"),
        (numbers.grams, "3200.00", "3200"),
        (numbers.grams, "3200.000", "3200"),
        (numbers.grams, "3.200,0 g", "3200"),
        (numbers.grams, "3,200.00", "3200"),
        (numbers.grams, "3 200,00", "3200"),
        (numbers.grams, "950.0", "950"),
        (numbers.count, "2", "2"),
        (numbers.count, 2.0, "2"),
        (numbers.count, "02", "2"),
        (SEX, "Nam", "1"),
        (SEX, "nữ", "2"),
        (SEX, "NU", "2"),
        (SEX, "Gái", "2"),
        (SEX, "1", "1"),
        (SEX, 2.0, "2"),
        (SEX, "1 - Nam", "1"),
        (SEX, "2. Nữ", "2"),
        (SEX, "9", "9"),
        (CATEGORY, "1.10", "1.10"),
        (CATEGORY, 1.2, "1.2"),
        (CATEGORY, "1.1 - Đúng nơi", "1.1"),
        (CARE, 1.0, "01"),
        (CARE, "01 - Khám bệnh", "01"),
        (codes.yes_no, "Có", "1"),
        (codes.yes_no, "x", "1"),
        (codes.yes_no, True, "1"),
        (codes.yes_no, "không", "0"),
        (codes.yes_no, 0.0, "0"),
        (PROVINCE, "01", "01"),
        (PROVINCE, 1.0, "01"),
        (PROVINCE, 33.0, "33"),
        (ID, "033095000001", "033095000001"),
        (ID, "'033095000001", "033095000001"),
        (ID, 123456789.0, "123456789"),
        (ID, "B1234567", "B1234567"),
        (codes.card_number, "DN 4 01 0100000001", "DN4010100000001"),
        (codes.card_number, "dn4010100000001", "DN4010100000001"),
        (codes.free_text, 12.0, "12"),
        (codes.free_text, 3.5, "3.5"),
        (codes.free_text, dt.date(2026, 3, 5), "05/03/2026"),
        (codes.free_text, "  NGUYỄN   THỊ\u00a0MẪU ", "NGUYỄN THỊ MẪU"),
        (codes.free_text, "Nguye\u0302\u0303n", "Nguyễn"),
        (codes.free_text, "dòng một\r\ndòng hai", "dòng một\ndòng hai"),
        (codes.free_text, "\ufeffMẫu\u200b", "Mẫu"),
    ],
)
def test_what_has_one_meaning_is_read(convert: Convert, typed: Cell, expected: str) -> None:
    assert convert(typed) == expected


@pytest.mark.parametrize(
    ("convert", "typed", "code"),
    [
        (numbers.grams, "3,2", "sheet.unit-unclear"),
        (numbers.grams, "3.2", "sheet.unit-unclear"),
        (numbers.grams, 3.2, "sheet.unit-unclear"),
        (numbers.grams, "32", "sheet.unit-unclear"),
        (numbers.grams, "1.234.567", "sheet.bad-number"),
        (numbers.grams, "3.200.00", "sheet.bad-number"),
        (numbers.grams, "3.200.000", "sheet.bad-number"),
        (numbers.grams, "320.000", "sheet.bad-number"),
        (numbers.grams, "3200,5", "sheet.bad-number"),
        (numbers.grams, "10,0", "sheet.unit-unclear"),
        (numbers.grams, "32000", "sheet.bad-number"),
        (numbers.grams, "-3200", "sheet.bad-number"),
        (numbers.grams, "ba ký", "sheet.bad-number"),
        (numbers.grams, dt.date(2026, 3, 5), "sheet.bad-number"),
        (numbers.count, "1.0", "sheet.bad-number"),
        (numbers.count, 1.5, "sheet.bad-number"),
        (numbers.count, True, "sheet.bad-number"),
        (SEX, "Nan", "sheet.unknown-choice"),
        (SEX, 5.0, "sheet.unknown-choice"),
        (SEX, "1 - Nữ", "sheet.label-differs"),
        (CATEGORY, 1.1, "sheet.number-damaged"),
        (CATEGORY, dt.date(2026, 1, 1), "sheet.number-damaged"),
        (codes.yes_no, "có thể", "sheet.unknown-choice"),
        (PROVINCE, 101.0, "sheet.number-damaged"),
        (PROVINCE, 1.5, "sheet.number-damaged"),
        (ID, 33095000001.0, "sheet.number-damaged"),
        (ID, "3.33E+10", "sheet.number-damaged"),
        (ID, "3,33E+10", "sheet.number-damaged"),
        (ID, dt.date(2026, 3, 5), "sheet.number-damaged"),
        (codes.card_number, 4.01e14, "sheet.number-damaged"),
        (codes.free_text, 1e15, "sheet.number-damaged"),
        (codes.free_text, float("inf"), "sheet.number-damaged"),
        (codes.free_text, "1.23457E+15", "sheet.number-damaged"),
        (codes.free_text, "a\x00b", "sheet.bad-text"),
        (codes.free_text, "x" * 32_768, "sheet.bad-text"),
    ],
)
def test_what_has_two_meanings_or_none_is_refused(convert: Convert, typed: Cell, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        convert(typed)
    assert refused.value.code == code


def test_every_choice_that_the_template_offers_is_read_as_its_code() -> None:
    for table in ("sex", "id_document", "care_type", "visit_category"):
        choice = Choice.of(table)
        for row in codes.rows(table):
            assert choice.convert(codes.choice_text(row)) == row["code"]


def test_headers_are_the_same_whatever_their_case_marks_and_signs() -> None:
    assert fold("Họ và tên (*)") == fold("HO VA TEN") == fold("ho_va_tên")


def test_a_refusal_says_nothing_of_what_stood_in_the_cell() -> None:
    with pytest.raises(CellRefused) as refused:
        text_of("Nguyễn Văn Mẫu\x00")
    assert "Nguyễn" not in str(refused.value)
