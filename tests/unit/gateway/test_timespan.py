"""FHIR dates as spans of time; a date without a zone is Vietnamese."""

from datetime import UTC, datetime

import pytest

from gateway.timespan import outer_span, span


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2024", "2024-01-01T00:00:00+07:00", "2025-01-01T00:00:00+07:00"),
        ("2024-02", "2024-02-01T00:00:00+07:00", "2024-03-01T00:00:00+07:00"),
        ("2024-12", "2024-12-01T00:00:00+07:00", "2025-01-01T00:00:00+07:00"),
        ("2024-02-29", "2024-02-29T00:00:00+07:00", "2024-03-01T00:00:00+07:00"),
        ("2024-11-15T20:06", "2024-11-15T20:06:00+07:00", "2024-11-15T20:07:00+07:00"),
        ("2024-11-15T20:06:30Z", "2024-11-15T20:06:30+00:00", "2024-11-15T20:06:31+00:00"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999999Z"),
        ("2024-11-15T20:06:30.250-05:00", "2024-11-15T20:06:30.250-05:00", "2024-11-15T20:06:30.251-05:00"),
    ],
)
def test_a_date_covers_its_unknown_parts(text: str, low: str, high: str) -> None:
    found = span(text)
    assert (found.low, found.high) == (at(low), at(high))


@pytest.mark.parametrize(
    "text", ["", "24", "2024-13", "2024-02-30", "2024-1-1", "2024-01-01T25:00", "0000", "2024-01-01T10"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        span(text)


def test_a_period_reaches_to_the_end_of_its_last_day() -> None:
    found = outer_span("2024-11-15", "2024-11-17")
    assert found is not None
    assert (found.low, found.high) == (at("2024-11-15T00:00:00+07:00"), at("2024-11-18T00:00:00+07:00"))
    assert outer_span(None, "2024") is None
