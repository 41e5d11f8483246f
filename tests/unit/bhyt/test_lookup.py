"""Reading single values of a resource that anybody may have made."""

from decimal import Decimal

import pytest

from bhyt.errors import MissingElement
from bhyt.r4.lookup import decimal, needed, partial_date, whole_day


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (80, Decimal(80)),
        (47.5, Decimal("47.5")),
        (Decimal("47.50"), Decimal("47.50")),
        (float("nan"), None),
        (Decimal("Infinity"), None),
        (True, None),
        ("80", None),
        (None, None),
    ],
)
def test_only_a_finite_number_is_a_decimal(value: object, expected: Decimal | None) -> None:
    assert decimal(value) == expected


def test_a_date_that_is_absent_is_none_and_one_that_is_unusable_is_refused() -> None:
    assert partial_date(None, "Coverage.period.end") is None
    for value in ("", "2026-13-01", {"start": "2026"}, 2026.5):
        with pytest.raises(MissingElement) as refused:
            partial_date(value, "Coverage.period.end")
        assert refused.value.path == "Coverage.period.end"


@pytest.mark.parametrize("value", [None, "2026", "2026-09", "soon"])
def test_a_month_or_year_is_no_whole_day(value: object) -> None:
    with pytest.raises(MissingElement):
        whole_day(value, "CoverageEligibilityRequest.servicedDate")


def test_what_is_needed_and_not_there_is_refused_by_its_path() -> None:
    assert needed("x", "Encounter.type") == "x"
    with pytest.raises(MissingElement, match=r"Encounter\.type"):
        needed(None, "Encounter.type")
