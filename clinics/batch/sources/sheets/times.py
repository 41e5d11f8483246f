"""Times of day as people type them: `14:30`, `14h30`, `14 giờ 30 phút`, `14.30`, `2:30 CH`, `2:30 PM`.

SA and CH are the Vietnamese AM and PM: 12:30 SA is half past midnight, 12:30 CH half past noon (CLDR, vi).
"""

import re
from typing import NamedTuple

from bhyt.errors import BadDate

_TIME = re.compile(
    r"(?P<h>\d{1,2}) ?"
    r"(?:(?:giờ|[:hg]) ?(?:(?P<m>\d{1,2})(?::(?P<s>\d\d)(?:\.0+)?| ?(?:phút|ph|p\b))?)?|\.(?P<dm>\d\d))"
    r"(?: ?(?P<half>sa|ch|am|pm)\b)?(?![\d:.])",
    re.ASCII,
)
_FIRST_HALF = frozenset({"sa", "am"})
_ENGLISH = frozenset({"am", "pm"})


class Time(NamedTuple):
    """A time of day; `second` is None where none was typed, `english` says that AM or PM was."""

    hour: int
    minute: int
    second: int | None
    english: bool


def read_time(text: str) -> Time:
    """Return the time that a lower-case text is. Raises BadDate: it is none."""
    time, end = leading_time(text)
    if end != len(text):
        raise BadDate
    return time


def leading_time(text: str) -> tuple[Time, int]:
    """Return the time that a lower-case text begins with, and where it ends. Raises BadDate: it is none."""
    found = _TIME.match(text)
    if found is None:
        raise BadDate
    minute, second = found["m"] or found["dm"], found["s"]
    time = Time(
        _hour(int(found["h"]), found["half"]),
        int(minute or 0),
        int(second) if second else None,
        found["half"] in _ENGLISH,
    )
    return time, found.end()


def _hour(hour: int, half: str | None) -> int:
    """Return the hour of 24. Raises BadDate: one that the other half of the day has, such as 14:30 SA."""
    if half is None:
        return hour
    first = half in _FIRST_HALF
    if (first and hour > 12) or (not first and hour == 0):
        raise BadDate
    return hour % 12 if first else hour if hour >= 12 else hour + 12
