"""Dates as people type them -> the digits of the national tables. The day always stands before the month.

Taken are `5/3/2026`, `05-03-2026 14:30`, `14h30 5.3.2026`, `ngày 5 tháng 3 năm 2026`, `2026-03-05T14:30`,
`2026-03-05T14:30:00+07:00`, `20260305`, `202603051430`, Excel's date cells, and where a part may be unknown
`3/1995`, `1995-03`, `00/03/1995` and `1995`. A year of two digits, a number that may be anything, and a day
that may be the month because AM or PM stands beside it (as with American dates) are refused.
"""

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache

from bhyt.errors import BadDate
from bhyt.records.dates import VIETNAM, PartialDate
from clinics.batch.sources.sheets.times import Time, leading_time, read_time
from clinics.batch.sources.sheets.typed import Cell, CellRefused, text_of, whole_number

FIRST_YEAR = 1850
"""The earliest year that is taken for one."""

LAST_YEAR = 2100
"""The latest year that is taken for one."""

SERIALS = range(18_264, 73_051)
"""Numbers of days that are taken for a date that lost its format: 1950 to 2099 (Excel counts from 1900)."""

_EPOCH = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's dates have no zone
_PLAIN = re.compile(r"(\d{1,2}/\d{1,2}/\d{4})(?: ([01]\d|2[0-3]):([0-5]\d))?", re.ASCII)
_DATE = re.compile(
    r"(?:(?P<d>\d{1,2})(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})"
    r"|(?P<iy>\d{4})(?P<is>[/.-])(?P<im>\d{1,2})(?P=is)(?P<id>\d{1,2}))(?!\d)",
    re.ASCII,
)
_MONTH = re.compile(r"(?P<m>\d{1,2})[/.-](?P<y>\d{4})|(?P<iy>\d{4})[/.-](?P<im>\d{1,2})", re.ASCII)
_WITH_OFFSET = re.compile(
    r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]\d\d:?\d\d)", re.ASCII
)
_IN_WORDS = re.compile(r"(?:ngày )?\b(\d{1,2}) tháng (\d{1,2})(?: năm |, ?| )(\d{4})\b", re.ASCII)
_MONTH_IN_WORDS = re.compile(r"tháng (\d{1,2})(?: năm |[/-])(\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d\d(?:\D.*)?", re.ASCII | re.DOTALL)
_DIGITS = re.compile(r"\d{4}|\d{8}|\d{12}|\d{14}", re.ASCII)
_EXAMPLES = {"day": "05/03/2026", "moment": "05/03/2026 14:30", "birth": "05/03/2026"}


@dataclass(frozen=True, slots=True)
class DateRule:
    """What a column of dates holds: a whole `day`, a `moment` with its time, or a partial `birth`.

    `width` is how many digits the national field has (8, 12 or 14), `serials` whether a bare
    number of days may be taken for a date: not in a workbook that counts from 1904.
    """

    rule: str
    width: int
    serials: bool

    def convert(self, cell: Cell) -> str:
        """Return the digits of the national field, zeros for what is not known.

        Raises CellRefused: not a date of those forms, or not as exact as the column needs it.
        """
        if type(cell) is str and (plain := _PLAIN.fullmatch(cell)) and (day := _plain_day(plain[1])):
            if plain[2]:
                return f"{day}{plain[2]}{plain[3]}00"[: self.width]
            if self.rule != "moment":
                return f"{day}000000"[: self.width]
        return self._exact(cell)

    def _exact(self, cell: Cell) -> str:
        """Return the digits of any date. Raises CellRefused: see `convert`."""
        try:
            found = self._read(cell)
        except (BadDate, ValueError, OverflowError) as error:
            raise CellRefused("sheet.bad-date", _EXAMPLES[self.rule]) from error
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise CellRefused("sheet.bad-date", _EXAMPLES[self.rule])
        if found.day is None and self.rule != "birth":
            raise CellRefused("sheet.partial-date", _EXAMPLES[self.rule])
        if found.minute is None and self.rule == "moment":
            raise CellRefused("sheet.time-missing", _EXAMPLES[self.rule])
        return (found.to_national() + f"{found.second or 0:02d}")[: self.width]

    def _read(self, cell: Cell) -> PartialDate:
        """Return the date of a cell. Raises BadDate, ValueError, CellRefused: it is none."""
        match cell:
            case str():
                return self._typed(text_of(cell))
            case datetime.datetime():
                return _moment(cell, seconds=self.width == 14)
            case datetime.date():
                return PartialDate(cell.year, cell.month, cell.day)
            case bool() | datetime.time() | datetime.timedelta():
                raise BadDate
        return self._number(cell)

    def _number(self, cell: int | float) -> PartialDate:
        """Return the date of a bare number: its digits, or the days since 1900 of a date without format."""
        if self.serials and int(cell) in SERIALS:
            moment = _EPOCH + datetime.timedelta(days=cell)
            if float(cell).is_integer():
                return PartialDate(moment.year, moment.month, moment.day)
            return _moment(moment, seconds=self.width == 14)
        number = whole_number(cell)
        if number is None:
            raise BadDate
        return self._typed(str(number))

    def _typed(self, text: str) -> PartialDate:
        """Return the date of a text. Raises BadDate, ValueError, CellRefused: it is none."""
        typed = _without_words(text.lower())
        if _WITH_OFFSET.fullmatch(typed):
            return _in_vietnam(typed)
        if found := _DATE.match(typed):
            after = typed[found.end() :].lstrip(" ,t")
            return self._joined(found, read_time(after) if after else None)
        if _DIGITS.fullmatch(typed):
            exact = len(typed) > 8 and self.rule != "birth"
            return (PartialDate.moment_from_national if exact else PartialDate.from_national)(typed)
        if found := _MONTH.fullmatch(typed):
            return PartialDate(int(found["y"] or found["iy"]), int(found["m"] or found["im"]) or None)
        if _SHORT_YEAR.fullmatch(typed):
            raise CellRefused("sheet.two-digit-year", _EXAMPLES[self.rule])
        time, end = leading_time(typed)
        if found := _DATE.fullmatch(typed[end:].lstrip(" ,").removeprefix("ngày ")):
            return self._joined(found, time)
        raise BadDate

    def _joined(self, date: re.Match[str], time: Time | None) -> PartialDate:
        """Return the day, with the time if there is one; zeros for day or month are parts not known.

        Raises BadDate: no such day or time. CellRefused: AM or PM, and the day may be the month.
        """
        parts = (date["y"] or date["iy"], date["m"] or date["im"], date["d"] or date["id"])
        year, month, day = map(int, parts)
        if time is None:
            return PartialDate(year, month or None, day or None)
        if time.english and date["y"] and day <= 12 and day != month:
            raise CellRefused("sheet.date-order-unclear", _EXAMPLES[self.rule])
        return PartialDate(year, month or None, day or None, *time[:3])


@lru_cache(maxsize=4_096)
def _plain_day(text: str) -> str | None:
    """Return the eight digits of `d/m/yyyy`, the form that nearly every cell has; None if it is no day."""
    day, month, year = map(int, text.split("/"))
    try:
        datetime.date(year, month, day)
    except ValueError:
        return None
    return f"{year:04d}{month:02d}{day:02d}" if FIRST_YEAR <= year <= LAST_YEAR else None


def _without_words(text: str) -> str:
    """Return `ngày 5 tháng 3 năm 2026 lúc 14 giờ` as `2026-3-5 14 giờ`, `tháng 3 năm 1995` as `3/1995`."""
    if text.isascii():
        return text
    text = _IN_WORDS.sub(r"\3-\2-\1", text)
    text = _MONTH_IN_WORDS.sub(r"\1/\2", text).replace(" lúc ", " ")
    return text.removeprefix("lúc ").removeprefix("ngày ").removeprefix("năm ")


def _in_vietnam(text: str) -> PartialDate:
    """Return the Vietnamese time of a moment with its offset. Raises ValueError, OverflowError: none."""
    moment = datetime.datetime.fromisoformat(text.upper()).astimezone(VIETNAM)
    return PartialDate(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)


def _moment(moment: datetime.datetime, *, seconds: bool) -> PartialDate:
    """Return the moment to the nearest minute or second: Excel keeps it as a fraction of a day."""
    half = datetime.timedelta(milliseconds=500) if seconds else datetime.timedelta(seconds=30)
    near = moment + half
    day = (near.year, near.month, near.day)
    return PartialDate(*day, near.hour, near.minute, near.second if seconds else None)
