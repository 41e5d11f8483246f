"""Partial dates: the forms of national/codes/formats.csv and of FHIR R4's date and dateTime."""

from datetime import date

import pytest

from bhyt.errors import BadDate
from bhyt.records.dates import PartialDate, day_from_national


@pytest.mark.parametrize(
    ("national", "fhir"),
    [
        ("199504120000", "1995-04-12"),
        ("199500000000", "1995"),
        ("19950400", "1995-04"),
        ("1995", "1995"),
        ("19400115", "1940-01-15"),
        ("202609141350", "2026-09-14T13:50:00+07:00"),
        ("20260914135007", "2026-09-14T13:50:07+07:00"),
    ],
)
def test_a_birth_date_stays_as_exact_as_it_was_sent(national: str, fhir: str) -> None:
    assert PartialDate.from_national(national).to_fhir() == fhir
    assert PartialDate.from_fhir(fhir) == PartialDate.from_national(national)


def test_a_point_in_time_at_midnight_keeps_its_time() -> None:
    assert PartialDate.moment_from_national("202609140000").to_fhir() == "2026-09-14T00:00:00+07:00"


def test_a_fhir_time_of_another_offset_becomes_vietnamese_time() -> None:
    assert PartialDate.from_fhir("2026-09-14T20:00:00Z").to_national() == "202609150300"


@pytest.mark.parametrize(
    "text", ["", "19951301", "20260230", "199500010000", "199504120099", "1995-04-12", "19950412 ", "٢٠٢٦"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(BadDate):
        PartialDate.from_national(text)


@pytest.mark.parametrize("text", ["2026-02-30", "2026-09-14T10:00", "2026-9-1", "2026-09-14T25:00:00Z"])
def test_what_is_no_fhir_date_is_refused(text: str) -> None:
    with pytest.raises(BadDate):
        PartialDate.from_fhir(text)


def test_dates_agree_as_far_as_both_are_known() -> None:
    known = PartialDate(1995, 4, 12)
    assert known.agrees_with(PartialDate(1995))
    assert PartialDate(1995, 4).agrees_with(known)
    assert not known.agrees_with(PartialDate(1995, 4, 13))
    assert not known.agrees_with(PartialDate(1994))


def test_a_card_date_is_a_whole_day() -> None:
    assert day_from_national("20260101") == date(2026, 1, 1)
    with pytest.raises(BadDate):
        day_from_national("20260000")
