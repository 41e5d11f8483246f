"""Which of two moments came first, as far as both are known."""

from itertools import takewhile
from typing import Final

from bhyt.errors import BadDate
from bhyt.records.dates import PartialDate
from bhyt.records.row import Row

_DAY_PARTS: Final = 3


def surely_before(one: PartialDate, other: PartialDate) -> bool:
    """Say whether `one` lies before `other` whatever their unknown parts are."""
    first, second = _known(one, other)
    return first < second


def day_before(one: PartialDate, other: PartialDate) -> bool:
    """Say whether `one` lies on an earlier day than `other`, whatever their unknown parts are."""
    first, second = _known(one, other)
    return first[:_DAY_PARTS] < second[:_DAY_PARTS]


def is_midnight(moment: PartialDate) -> bool:
    """Say whether the time is 00:00, which programs write that keep no times."""
    return moment.hour == 0 and moment.minute == 0 and not moment.second


def moment_of(row: Row, name: str) -> PartialDate | None:
    """Return a point in time of the row, None if it is absent or none."""
    text = row.values.get(name)
    if text is None:
        return None
    try:
        return PartialDate.moment_from_national(text)
    except BadDate:
        return None


def _known(one: PartialDate, other: PartialDate) -> tuple[list[int], list[int]]:
    """Return the parts, year to second, that both dates tell."""
    pairs = list(takewhile(lambda pair: None not in pair, zip(_parts(one), _parts(other), strict=True)))
    return [first or 0 for first, _ in pairs], [second or 0 for _, second in pairs]


def _parts(date: PartialDate) -> tuple[int | None, ...]:
    """Return all parts, coarse to fine."""
    return (date.year, date.month, date.day, date.hour, date.minute, date.second)
