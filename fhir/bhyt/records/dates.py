"""Dates that are as exact as they were sent, and no more.

National files write `yyyyMMdd`, `yyyyMMddHHmm` or `yyyyMMddHHmmss`, zeros for what is not known
(national/codes/formats.csv); FHIR R4 writes `1995`, `1995-04`, `1995-04-12` or a dateTime with
seconds and offset. Every national time is Vietnamese time, +07:00 since 1975 and without
daylight saving.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Self

from bhyt.errors import BadDate

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

KEPT_DAYS = 4096
"""How many different texts are kept with the day that they name; one day's documents share it."""

_NATIONAL = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?)?)?", re.ASCII)
_FHIR = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date or Vietnamese local time of which the unknown parts are None, coarse to fine.

    Raises BadDate: a day or time that does not exist, or a finer part without the coarser one.
    """

    year: int
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None

    def __post_init__(self) -> None:
        """Refuse a gap in the parts, and days and times that do not exist."""
        parts = (self.year, self.month, self.day, self.hour, self.minute, self.second)
        known = len(parts) - parts.count(None)
        if None in parts[:known] or known == 4:
            raise BadDate
        try:
            datetime(
                self.year,
                self.month or (1 if self.month is None else 0),
                self.day or (1 if self.day is None else 0),
                self.hour or 0,
                self.minute or 0,
                self.second or 0,
                tzinfo=VIETNAM,
            )
        except ValueError as error:
            raise BadDate from error

    @classmethod
    def from_national(cls, text: str) -> Self:
        """Return a date of birth or document as the national files write it.

        `199500000000` is the year alone, and the time 0000 means "not known", as the tables
        say of NGAY_SINH. For a point in time use `moment_from_national`.

        Raises BadDate: not 4, 6, 8, 12 or 14 digits, or a day that does not exist.
        """
        date_ = cls.moment_from_national(text)
        if date_.hour == 0 and date_.minute == 0 and not date_.second:
            return cls(date_.year, date_.month, date_.day)
        return date_

    @classmethod
    def moment_from_national(cls, text: str) -> Self:
        """Return a point in time (NGAY_VAO, NGAY_YL ...), in which 0000 is midnight.

        Zeros for month or day still mean "not known"; a time after them must be zero.

        Raises BadDate: not 4, 6, 8, 12 or 14 digits, or a day that does not exist.
        """
        match = _NATIONAL.fullmatch(text)
        if match is None:
            raise BadDate
        year = int(match[1])
        month, day, *time = (int(part) if part else None for part in match.groups()[1:])
        if month and day:
            return cls(year, month, day, *time)
        if any(time) or (day and not month):
            raise BadDate
        return cls(year, month or None)

    @classmethod
    def from_fhir(cls, text: str) -> Self:
        """Return a FHIR date or dateTime, turned into Vietnamese time; `:00` seconds count as not sent.

        Raises BadDate: not of R4's form, or a day that does not exist.
        """
        match = _FHIR.fullmatch(text)
        if match is None:
            raise BadDate
        if match[4] is None:
            return cls(*(int(part) for part in match.groups()[:3] if part))
        try:
            moment = datetime.fromisoformat(text).astimezone(VIETNAM)
        except (ValueError, OverflowError) as error:
            raise BadDate from error
        return cls(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second or None)

    def to_fhir(self) -> str:
        """Return the FHIR date or dateTime; FHIR has no minutes without seconds, so they are `:00`."""
        if self.month is None:
            return f"{self.year:04d}"
        if self.day is None:
            return f"{self.year:04d}-{self.month:02d}"
        if self.minute is None:
            return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
        return self.to_datetime().isoformat(timespec="seconds")

    def to_fhir_date(self) -> str:
        """Return the FHIR date, without the time if one is known (for Patient.birthDate)."""
        return PartialDate(self.year, self.month, self.day).to_fhir()

    def to_national(self) -> str:
        """Return the national form of 12 digits (yyyyMMddHHmm), zeros for what is not known."""
        parts = (self.month, self.day, self.hour, self.minute)
        return f"{self.year:04d}" + "".join(f"{part or 0:02d}" for part in parts)

    def to_date(self) -> date:
        """Return the day, the first one if only month or year are known."""
        return date(self.year, self.month or 1, self.day or 1)

    def to_datetime(self) -> datetime:
        """Return the point in time, aware, the first moment that fits what is known."""
        return datetime(
            self.year,
            self.month or 1,
            self.day or 1,
            self.hour or 0,
            self.minute or 0,
            self.second or 0,
            tzinfo=VIETNAM,
        )

    def agrees_with(self, other: "PartialDate") -> bool:
        """Say whether both dates name the same day as far as both are known; times do not count."""
        if self.year != other.year:
            return False
        if self.month is None or other.month is None:
            return True
        if self.month != other.month:
            return False
        return self.day is None or other.day is None or self.day == other.day


@lru_cache(KEPT_DAYS)
def day_from_national(text: str) -> date:
    """Return the whole day of a date such as GT_THE_TU (`yyyyMMdd`, longer forms lose their time).

    Raises BadDate: not a date, or one without month or day.
    """
    parsed = PartialDate.moment_from_national(text)
    if parsed.day is None:
        raise BadDate
    return parsed.to_date()
