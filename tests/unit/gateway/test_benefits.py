"""The expected rate before the visit; expected values from benefits.md §2, §4 and §5."""

from datetime import date
from decimal import Decimal

import pytest

from bhyt.records.coverage import Coverage
from gateway.domain.benefits import Arriving, FacilityFacts, estimate, visit_category

BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)
COMMUNE = FacilityFacts("33001", "primary", "commune", 20)
CLINIC = FacilityFacts("33002", "primary", "district", 30)
SMALL = FacilityFacts("33260", "basic", "district", 40)
REGIONAL = FacilityFacts("33275", "basic", "district", 60)
RATED = FacilityFacts("33276", "basic", None, 60)
FORMER_PROVINCIAL = FacilityFacts("33999", "basic", "provincial", 60)
SPECIALIST = FacilityFacts("33291", "specialized", "provincial", 80)
CENTRAL = FacilityFacts("33294", "specialized", "central", 95)


def cover(card: str = "DN4339900000001", registered: str = "33500") -> Coverage:
    return Coverage(card_number=card, primary_facility=registered, valid_from=date(2026, 1, 1), valid_to=None)


@pytest.mark.parametrize(
    ("facility", "arrival", "care_type", "registered", "category"),
    [
        (CENTRAL, "emergency", "03", "33500", "2"),
        (COMMUNE, "emergency", "01", "33001", "2"),
        (COMMUNE, "regular", "01", "33001", "1.2"),
        (COMMUNE, "regular", "01", "33500", "1.2"),
        (CLINIC, "regular", "01", "33002", "1.1"),
        (CLINIC, "regular", "01", "33500", "1.11"),
        (FORMER_PROVINCIAL, "regular", "01", "33999", "1.1"),
        (FORMER_PROVINCIAL, "referral", "01", "33500", "1.3"),
        (FORMER_PROVINCIAL, "follow-up", "01", "33500", "1.5"),
        (FORMER_PROVINCIAL, "regular", "01", "33500", "1.14"),
        (FORMER_PROVINCIAL, "regular", "03", "33500", "1.15"),
        (SMALL, "regular", "01", "33500", "1.12"),
        (RATED, "regular", "01", "33500", "1.13"),
        (REGIONAL, "regular", "01", "33500", "3.3"),
        (SPECIALIST, "regular", "01", "33500", "1.18"),
        (SPECIALIST, "regular", "03", "33500", "3.2"),
        (CENTRAL, "regular", "03", "33500", "3.1"),
        (CENTRAL, "regular", "01", "33500", "3.1"),
    ],
)
def test_the_first_category_that_fits_is_taken(
    facility: FacilityFacts, arrival, care_type: str, registered: str, category: str
) -> None:
    arriving = Arriving(arrival, care_type, AFTER)
    assert visit_category(facility, registered_at=registered, arriving=arriving) == category


@pytest.mark.parametrize(
    ("facility", "card", "care_type", "on", "rate"),
    [
        (FORMER_PROVINCIAL, "DN4339900000001", "01", BEFORE, "0"),
        (FORMER_PROVINCIAL, "DN4339900000001", "01", AFTER, "40"),
        (FORMER_PROVINCIAL, "HT3339900000001", "01", AFTER, "47.5"),
        (CENTRAL, "DN4339900000001", "03", AFTER, "32"),
        (CENTRAL, "DN4339900000001", "01", AFTER, "0"),
        (COMMUNE, "DN4339900000001", "01", AFTER, "100"),
        (SMALL, "DN4339900000001", "01", AFTER, "80"),
        (SMALL, "TE1339900000001", "01", AFTER, "100"),
        (SMALL, "QN5339900000001", "01", AFTER, "100"),
    ],
)
def test_level_times_route_is_the_rate(facility, card: str, care_type: str, on: date, rate: str) -> None:
    found = estimate(cover(card), facility, Arriving("regular", care_type, on))
    assert found is not None
    assert found.rate == Decimal(rate)
    assert found.rate == found.level_rate * found.routing_rate / 100


def test_the_reasons_name_route_level_and_source() -> None:
    found = estimate(cover(registered="33999"), FORMER_PROVINCIAL, Arriving("regular", "01", AFTER))
    assert found is not None
    assert [reason.code for reason in found.reasons] == ["benefit.route", "benefit.level"]
    assert all(reason.source and reason.text_vi and reason.text_en for reason in found.reasons)


def test_a_day_before_the_tables_has_no_estimate() -> None:
    assert estimate(cover(), SMALL, Arriving("regular", "01", date(2015, 1, 1))) is None
