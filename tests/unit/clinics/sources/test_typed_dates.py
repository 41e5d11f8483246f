"""Dates as people type them. The expected digits are read off the typed text by hand: day, month, year."""

import datetime as dt

import pytest

from clinics.batch.sources.sheets.dates import DateRule
from clinics.batch.sources.sheets.typed import Cell, CellRefused

DAY, MOMENT, BIRTH = DateRule("day", 8, True), DateRule("moment", 12, True), DateRule("birth", 12, True)

THE_FIFTH_OF_MARCH: list[Cell] = [
    "5/3/2026", "05/03/2026", "5-3-2026", "05.03.2026", " 5/3/2026 ", "2026-03-05", "2026/3/5", "20260305",
    20260305.0, dt.date(2026, 3, 5), dt.datetime.fromisoformat("2026-03-05"), 46086.0, "05/03/2026 00:00:00",
    "'05/03/2026",
]  # fmt: skip

HALF_PAST_TWO: list[Cell] = [
    "5/3/2026 14:30", "05/03/2026, 14:30", "05-03-2026 14h30", "14h30 5/3/2026", "14:30 ngày 05/03/2026",
    "14 giờ 30 phút ngày 05/03/2026", "2026-03-05T14:30", "2026-03-05 14:30:00",
    "202603051430", "20260305143000",
    dt.datetime.fromisoformat("2026-03-05T14:30"),
    dt.datetime.fromisoformat("2026-03-05T14:29:59.999"), 46086.6041666667,
]  # fmt: skip


@pytest.mark.parametrize("typed", THE_FIFTH_OF_MARCH, ids=repr)
def test_a_day_is_read_with_the_day_before_the_month(typed: Cell) -> None:
    assert DAY.convert(typed) == "20260305"


@pytest.mark.parametrize("typed", HALF_PAST_TWO, ids=repr)
def test_a_moment_is_read_to_the_minute(typed: Cell) -> None:
    assert MOMENT.convert(typed) == "202603051430"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("1995", "199500000000"),
        (1995.0, "199500000000"),
        ("3/1995", "199503000000"),
        ("03-1995", "199503000000"),
        ("12/4/1995", "199504120000"),
        ("199500000000", "199500000000"),
        ("05/03/2026 14:30", "202603051430"),
    ],
)
def test_a_date_of_birth_keeps_what_is_known_and_no_more(typed: Cell, digits: str) -> None:
    assert BIRTH.convert(typed) == digits
    assert DateRule("birth", 8, True).convert(typed) == digits[:8]


def test_a_birth_certificate_has_its_moment_with_seconds() -> None:
    exact = DateRule("moment", 14, True)
    assert exact.convert("05/03/2026 14:30:45") == "20260305143045"
    assert exact.convert("05/03/2026 14:30") == "20260305143000"


@pytest.mark.parametrize(
    ("rule", "typed", "code"),
    [
        (DAY, "5/13/2026", "sheet.bad-date"),
        (DAY, "31/02/2026", "sheet.bad-date"),
        (DAY, "5/3/26", "sheet.two-digit-year"),
        (DAY, "5/3/26 14:30", "sheet.two-digit-year"),
        (DAY, "05032026", "sheet.bad-date"),
        (DAY, "202603", "sheet.bad-date"),
        (DAY, "46086", "sheet.bad-date"),
        (DAY, "3/2026", "sheet.partial-date"),
        (DAY, "2026", "sheet.partial-date"),
        (DAY, "khoảng 5/3/2026", "sheet.bad-date"),
        (DAY, "5/3-2026", "sheet.bad-date"),
        (DAY, "05/03/0026", "sheet.bad-date"),
        (DAY, True, "sheet.bad-date"),
        (DAY, dt.time(14, 30), "sheet.bad-date"),
        (DAY, dt.timedelta(hours=30), "sheet.bad-date"),
        (DAY, float("nan"), "sheet.bad-date"),
        (DAY, 1e300, "sheet.bad-date"),
        (DAY, -1.0, "sheet.bad-date"),
        (MOMENT, "05/03/2026", "sheet.time-missing"),
        (MOMENT, dt.date(2026, 3, 5), "sheet.time-missing"),
        (MOMENT, "05/03/2026 2:30 PM", "sheet.bad-date"),
        (MOMENT, "05/03/2026 2:30 CH", "sheet.bad-date"),
        (MOMENT, "05/03/2026 24:00", "sheet.bad-date"),
        (MOMENT, "05/03/2026 25:10", "sheet.bad-date"),
    ],
    ids=repr,
)
def test_what_may_mean_two_days_or_none_is_refused(rule: DateRule, typed: Cell, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        rule.convert(typed)
    assert (refused.value.code, bool(refused.value.expected)) == (code, True)


def test_a_bare_number_of_days_is_no_date_in_a_workbook_that_counts_from_1904() -> None:
    with pytest.raises(CellRefused):
        DateRule("day", 8, False).convert(46086.0)
