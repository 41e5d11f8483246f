"""Dates as people type them. The expected digits are read off the typed text by hand: day, month, year."""

import datetime as dt

import pytest

from clinics.batch.sources.sheets.dates import DateRule
from clinics.batch.sources.sheets.typed import Cell, CellRefused

DAY, MOMENT, BIRTH = DateRule("day", 8, True), DateRule("moment", 12, True), DateRule("birth", 12, True)

THE_FIFTH_OF_MARCH: list[Cell] = [
    "5/3/2026", "05/03/2026", "5-3-2026", "05.03.2026", " 5/3/2026 ", "2026-03-05", "2026/3/5", "20260305",
    20260305.0, dt.date(2026, 3, 5), dt.datetime.fromisoformat("2026-03-05"), 46086.0, "05/03/2026 00:00:00",
    "'05/03/2026", "5.3.2026", "ngày 5/3/2026", "ngày 5 tháng 3 năm 2026", "Ngày 05 tháng 03 năm 2026",
    "5 tháng 3, 2026", "2026-03-05T00:00:00+07:00", "2026-03-04T17:00:00.000Z",
]  # fmt: skip

HALF_PAST_TWO: list[Cell] = [
    "5/3/2026 14:30", "05/03/2026, 14:30", "05-03-2026 14h30", "14h30 5/3/2026", "14:30 ngày 05/03/2026",
    "14 giờ 30 phút ngày 05/03/2026", "2026-03-05T14:30", "2026-03-05 14:30:00",
    "202603051430", "20260305143000",
    "5/3/2026 2:30 CH", "2:30 ch 5/3/2026", "05/03/2026 02:30:00 CH", "5/3/2026 14:30 CH", "5.3.2026 14.30",
    "14.30 5.3.2026", "ngày 5 tháng 3 năm 2026 14:30", "ngày 5 tháng 3 năm 2026, 14 giờ 30",
    "14 giờ 30 phút, ngày 05 tháng 03 năm 2026", "lúc 14h30 ngày 5/3/2026", "5/3/2026 lúc 14:30",
    "2026-03-05T14:30:00+07:00", "2026-03-05T07:30:00Z", "2026-03-05 14:30:00.000+0700", "2026-03-05 2:30 PM",
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
        ("04/1995", "199504000000"),
        ("1995-04", "199504000000"),
        ("00/04/1995", "199504000000"),
        ("tháng 4 năm 1995", "199504000000"),
        ("00/00/1995", "199500000000"),
        ("năm 1995", "199500000000"),
    ],
)
def test_a_date_of_birth_keeps_what_is_known_and_no_more(typed: Cell, digits: str) -> None:
    assert BIRTH.convert(typed) == digits
    assert DateRule("birth", 8, True).convert(typed) == digits[:8]


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("5/3/2026 12:30 SA", "202603050030"),
        ("5/3/2026 0:30 SA", "202603050030"),
        ("5/3/2026 2:30 SA", "202603050230"),
        ("5/3/2026 11:59 SA", "202603051159"),
        ("5/3/2026 12:30 CH", "202603051230"),
        ("5/3/2026 11:59 CH", "202603052359"),
        ("5/3/2026 2h30 CH", "202603051430"),
        ("13/3/2026 2:30 PM", "202603131430"),
        ("3/3/2026 2:30 AM", "202603030230"),
        ("5 tháng 3 năm 2026 2:30 SA", "202603050230"),
        ("5 tháng 3 năm 2026 2:30 PM", "202603051430"),
    ],
)
def test_the_half_of_the_day_is_read_where_the_day_is_certain(typed: str, digits: str) -> None:
    assert MOMENT.convert(typed) == digits


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
        (DAY, "1995-04", "sheet.partial-date"),
        (DAY, "00/04/1995", "sheet.partial-date"),
        (BIRTH, "05/00/1995", "sheet.bad-date"),
        (BIRTH, "00/04/1995 14:30", "sheet.bad-date"),
        (BIRTH, "1995-13", "sheet.bad-date"),
        (MOMENT, "05/03/2026 2:30 PM", "sheet.date-order-unclear"),
        (MOMENT, "2:30 AM 5-3-2026", "sheet.date-order-unclear"),
        (MOMENT, "3/13/2026 2:30 PM", "sheet.date-order-unclear"),
        (MOMENT, "5/3/2026 14:30 SA", "sheet.bad-date"),
        (MOMENT, "5/3/2026 0:30 CH", "sheet.bad-date"),
        (MOMENT, "5/3/2026 2:30 chiều tối", "sheet.bad-date"),
        (MOMENT, "5.3.2026 14.3", "sheet.bad-date"),
        (MOMENT, "5.3.2026 14.30.15", "sheet.bad-date"),
        (MOMENT, "2026-03-05T14:30:00+25:00", "sheet.bad-date"),
        (MOMENT, "ngày 31 tháng 2 năm 2026 14:30", "sheet.bad-date"),
        (MOMENT, "115 tháng 3 năm 2026 14:30", "sheet.bad-date"),
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
