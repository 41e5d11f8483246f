"""FHIR dates as the spans of time they cover: half-open, aware, Vietnamese time where no zone is said."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from bhyt.records import dates

VIETNAM = dates.VIETNAM
_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` up to, but not including, `high`."""

    low: datetime
    high: datetime


def span(text: str) -> Span:
    """Return the span that a FHIR date or dateTime covers: `2024` is a year, a second is a second.

    Raises ValueError: not of FHIR's form, or a day that does not exist.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError("not a FHIR date")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    day_low = datetime(int(year), int(month or 1), int(day or 1), tzinfo=_zone(zone))
    low = day_low.replace(
        hour=int(hour or 0), minute=int(minute or 0), second=int(second or 0), microsecond=micros
    )
    if month is None:
        return _span(low, low.replace(year=low.year + 1) if low.year < 9999 else _LATEST)
    if day is None:
        following = _plus(low, timedelta(days=31))
        return _span(low, following if following == _LATEST else following.replace(day=1))
    if hour is None:
        return _span(low, _plus(low, timedelta(days=1)))
    if fraction:
        return _span(low, _plus(low, timedelta(milliseconds=1)))
    return _span(low, _plus(low, timedelta(minutes=1) if second is None else timedelta(seconds=1)))


def outer_span(first: str | None, last: str | None) -> Span | None:
    """Return the span of a period: to the end of `last`, or of `first` where it has no end yet."""
    if first is None:
        return None
    start = span(first)
    return Span(start.low, max(start.high, span(last).high)) if last else start


def _zone(text: str | None) -> timezone:
    if text is None:
        return VIETNAM
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(-offset if text[0] == "-" else offset)


def _plus(low: datetime, step: timedelta) -> datetime:
    """Step forward, but not beyond the last moment that there is."""
    try:
        return low + step
    except OverflowError:
        return _LATEST


def _span(low: datetime, high: datetime) -> Span:
    try:
        return Span(low.astimezone(UTC), high.astimezone(UTC))
    except OverflowError as error:
        raise ValueError("out of range") from error
