"""Which of two moments came first, as far as both are known."""

from typing import Final

from bhyt.errors import BadDate
from bhyt.records.dates import PartialDate
from bhyt.records.row import Row

_ALL_PARTS: Final = 6
_DAY_PARTS: Final = 3


def surely_before(one: PartialDate, other: PartialDate) -> bool:
    """Say whether `one` lies before `other` whatever their unknown parts are."""
    return _before(one, other, _ALL_PARTS)


def day_before(one: PartialDate, other: PartialDate) -> bool:
    """Say whether `one` lies on an earlier day than `other`, whatever their unknown parts are."""
    return _before(one, other, _DAY_PARTS)


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


def _before(one: PartialDate, other: PartialDate, parts: int) -> bool:
    """Say whether `one` lies before `other` by so many parts, year to second, as far as both tell them."""
    for first, second in zip(_parts(one)[:parts], _parts(other)[:parts], strict=True):
        if first is None or second is None:
            return False
        if first != second:
            return first < second
    return False


def _parts(date: PartialDate) -> tuple[int | None, ...]:
    """Return all parts, coarse to fine."""
    return (date.year, date.month, date.day, date.hour, date.minute, date.second)
