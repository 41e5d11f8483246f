"""The QR code on the chip ID card, and when such a card expires.

Seven fields between bars: ID, old ID, name, birth, sex, address, issue. The
expiry is not among them; the law's age milestones give it.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from cardreader.errors import QrInvalid

MAX_QR_CHARACTERS = 2_000
NO_EXPIRY = "991231"

_SEXES = {"nam": "male", "nữ": "female"}
_MILESTONES = (25, 40, 60)
_MILESTONES_2023 = (14, 25, 40, 60)
_LAW_OF_2023 = date(2024, 7, 1)
_MARGIN_YEARS = 2
_FIRST_YEAR, _LAST_YEAR = 1880, 2199


@dataclass(frozen=True, slots=True)
class IdCardQr:
    """What the code says; `birth_date` is ISO 8601 and may stop at the year or the month."""

    id_number: str = field(repr=False)
    old_id: str | None = field(repr=False)
    full_name: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)
    address: str = field(repr=False)
    issue_date: date = field(repr=False)


def parse_qr(text: str) -> IdCardQr:
    """Return the content of an ID card's code; fields after the seventh are ignored.

    Raises QrInvalid: another kind of code (the paper insurance card's, say), or a broken one.
    """
    if len(text) > MAX_QR_CHARACTERS:
        raise QrInvalid("the code is longer than an ID card's")
    parts = [unicodedata.normalize("NFC", part).strip() for part in text.strip().split("|")]
    if len(parts) < 7 or not re.fullmatch(r"[0-9]{12}", parts[0]):
        raise QrInvalid("the code does not start with an ID number and six more fields")
    if not re.fullmatch(r"([0-9]{9}|[0-9]{12})?", parts[1]) or not parts[2]:
        raise QrInvalid("the code has no name or a strange old number")
    try:
        issued = date.fromisoformat(_iso(parts[6]))
        birth = _iso(parts[3])
    except ValueError as error:
        raise QrInvalid("the code has a date that is none") from error
    return IdCardQr(
        id_number=parts[0],
        old_id=parts[1] or None,
        full_name=parts[2],
        birth_date=birth,
        sex=_SEXES.get(parts[4].casefold(), "unknown"),
        address=parts[5],
        issue_date=issued,
    )


def expiry_candidates(born: date, issued: date) -> tuple[str, ...]:
    """Return the one or two expiry dates (YYMMDD as in the zone) that such a card can have, likeliest first.

    A card runs to the first milestone birthday that lies more than two years after
    the issue; the neighbor is the milestone that this skipped, else the next one.
    """
    milestones = _MILESTONES_2023 if issued >= _LAW_OF_2023 else _MILESTONES
    birthdays = [_birthday(born, age) for age in milestones]
    ahead = [day for day in birthdays if issued < _years_before(day, _MARGIN_YEARS)]
    skipped = [day for day in birthdays if day not in ahead and issued < day]
    likely = [day.strftime("%y%m%d") for day in ahead] or [NO_EXPIRY]
    neighbors = [day.strftime("%y%m%d") for day in skipped] + likely[1:]
    if len(ahead) == 1:
        neighbors.append(NO_EXPIRY)
    return (likely[0], *neighbors[:1])


def _iso(text: str) -> str:
    """Return ddmmyyyy as ISO 8601, shorter where day or month are 00."""
    if not re.fullmatch(r"[0-9]{8}", text):
        raise ValueError("not eight digits")
    day, month, year = text[:2], text[2:4], text[4:]
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise ValueError("not a year in which a holder was born or a card issued")
    if month == "00":
        return year
    if day == "00" and 1 <= int(month) <= 12:
        return f"{year}-{month}"
    return date(int(year), int(month), int(day)).isoformat()


def _birthday(born: date, age: int) -> date:
    """Return the day a person turns `age`; someone born on 29 February does so on 28 February."""
    return _years_before(born, -age)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
