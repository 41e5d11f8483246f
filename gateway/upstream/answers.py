"""The portal's answers, read with care: three kinds of dates in one answer, names in two cases, nulls.

What the answer does not say is None; what it says wrongly is PortalNonsense.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from bhyt.records.dates import VIETNAM
from gateway.upstream.account import Token
from gateway.upstream.errors import PortalNonsense

MAX_TEXT_CHARS = 2_000
"""The longest text that is believed to be one field of an answer."""
MAX_ROWS = 5_000
"""The most rows of a history or of co-payments that are read."""
FIRST_YEAR = 2000
"""Before it no token ended; its far end needs no bound, the client uses a token for minutes."""
UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
"""What stands in the place of what no database, header or screen can hold: U+0000, half a surrogate pair."""

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_SUM = re.compile(r"-?\d{1,15}(\.\d{1,20})?", re.ASCII)  # an exponent could make a page of zeros of it
_SLASHED = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)
_COMPACT = re.compile(r"\d{12}(\d{2})?", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class PortalCard:
    """A card as the portal has it; days are None where it does not tell."""

    number: str
    valid_from: date | None
    valid_to: date | None
    primary_facility: str | None


@dataclass(frozen=True, slots=True, repr=False)
class PortalEligibility:
    """The answer to an eligibility question; where there is a `new_card`, it takes the place of `card`."""

    code: str
    note: str | None
    full_name: str | None
    born: str | None
    sex: str | None
    address: str | None
    insurance_number: str | None
    living_area: str | None
    five_years_from: date | None
    card: PortalCard | None
    new_card: PortalCard | None


@dataclass(frozen=True, slots=True, repr=False)
class PortalVisit:
    """An earlier visit; times are Vietnamese local time, aware."""

    file_id: str | None
    facility: str | None
    arrived: datetime | None
    left: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Copayments:
    """What a person has paid this year so far; `total` None where the portal cannot tell card from cost."""

    code: str
    note: str | None
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Received:
    """The portal took a file: received, not accepted. `transaction` is maGiaoDich."""

    code: str
    transaction: str | None
    received_at: datetime | None
    note: str | None = field(repr=False)


def code_of(body: Mapping[str, Any]) -> str | None:
    """Return the result code, whose name comes as maKetQua and as MaKetQua."""
    return _text(body, "maKetQua", "MaKetQua")


def read_token(body: Mapping[str, Any]) -> Token:
    """Return the token. `expires_in` is a moment, not seconds; without a zone it is UTC.

    Raises PortalNonsense: a part is missing, no header could carry it, or its end is no plausible moment.
    """
    key = body.get("APIKey")
    if not isinstance(key, Mapping):
        raise PortalNonsense("a token answer without APIKey")
    access, identity = _text(key, "access_token"), _text(key, "id_token")
    moment = _text(key, "expires_in")
    try:
        expires = datetime.fromisoformat(moment or "")
    except ValueError as error:
        raise PortalNonsense("a token without the moment of its end") from error
    if not access or not identity:
        raise PortalNonsense("a token answer without its tokens")
    if not (_VISIBLE.fullmatch(access) and _VISIBLE.fullmatch(identity)):
        raise PortalNonsense("a token that no header can carry")
    if expires.year < FIRST_YEAR:
        raise PortalNonsense("a token that ended before there were any")
    return Token(access, identity, expires if expires.tzinfo else expires.replace(tzinfo=UTC))


def read_eligibility(body: Mapping[str, Any]) -> PortalEligibility:
    """Return the answer of KQNhanLichSuKCB2024.

    Raises PortalNonsense: no code, or a date that is none.
    """
    return PortalEligibility(
        code=_needed_code(body),
        note=_text(body, "ghiChu"),
        full_name=_text(body, "hoTen"),
        born=_text(body, "ngaySinh"),
        sex=_text(body, "gioiTinh"),
        address=_text(body, "diaChi"),
        insurance_number=_text(body, "maSoBHXH"),
        living_area=_text(body, "maKV"),
        five_years_from=_day(body, "ngayDu5Nam"),
        card=_card(body, "maThe", "gtTheTu", "gtTheDen", "maDKBD"),
        new_card=_card(body, "maTheMoi", "gtTheTuMoi", "gtTheDenMoi", "maDKBDMoi"),
    )


def read_history(body: Mapping[str, Any]) -> tuple[PortalVisit, ...]:
    """Return the earlier visits of Lskcb2025 or, where an older portal sends them, of the card's answer.

    Raises PortalNonsense: no code, no list, or a time that is none.
    """
    _needed_code(body)
    rows = _rows(body, "dsLichSuKCB2025") or _rows(body, "dsLichSuKCB2018")
    return tuple(
        PortalVisit(
            file_id=_text(row, "maHoSo"),
            facility=_text(row, "maCSKCB"),
            arrived=_moment(row, "ngayVao"),
            left=_moment(row, "ngayRa"),
            reason=_text(row, "lyDoVV"),
        )
        for row in rows
    )


def read_copayments(body: Mapping[str, Any]) -> Copayments:
    """Return the highest running sum (tBNCCTLuyKe) of TraCuuTienMCCT.

    Code 204 means that the card is unknown or that nothing was paid: the sum is then not known.

    Raises PortalNonsense: no code, or a sum that is no number.
    """
    code = _needed_code(body)
    sums = [str(row["tBNCCTLuyKe"]).strip() for row in _rows(body, "DataCCT") if row.get("tBNCCTLuyKe")]
    if not all(map(_SUM.fullmatch, sums)):
        raise PortalNonsense("a sum of co-payments that is no number")
    return Copayments(
        code, _text(body, "GhiChu"), max(map(Decimal, sums)) if code == "200" and sums else None
    )


def read_received(body: Mapping[str, Any]) -> Received:
    """Return the receipt for a check-in, claim or document; its code alone says that it was taken.

    Raises PortalNonsense: no code.
    """
    try:
        at = _moment(body, "thoiGianTiepNhan", "ThoiGianTiepNhan")
    except PortalNonsense:
        at = None  # the file is there, whatever time the portal writes
    return Received(
        _needed_code(body),
        _text(body, "maGiaoDich", "MaGD"),
        at,
        _text(body, "thongDiep", "ThongDiep"),
    )


def _needed_code(body: Mapping[str, Any]) -> str:
    code = code_of(body)
    if code is None:
        raise PortalNonsense("an answer without a result code")
    return code


def _card(body: Mapping[str, Any], number: str, start: str, end: str, facility: str) -> PortalCard | None:
    found = _text(body, number)
    if found is None:
        return None
    return PortalCard(found, _day(body, start), _day(body, end), _text(body, facility))


def _text(body: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of these fields that holds something, as printable text without outer space."""
    for name in names:
        value = body.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return "".join(map(_printable, str(value).strip()[:MAX_TEXT_CHARS]))
    return None


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else UNPRINTABLE


def _rows(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = body.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise PortalNonsense(f"{name} is no list of rows")
    return rows[:MAX_ROWS]


def _day(body: Mapping[str, Any], name: str) -> date | None:
    """Return a day written dd/MM/yyyy."""
    text = _text(body, name)
    if text is None:
        return None
    match = _SLASHED.fullmatch(text)
    try:
        if match:
            day, month, year = map(int, match.groups())
            return date(year, month, day)
    except ValueError as error:
        raise PortalNonsense(f"{name} is no day") from error
    raise PortalNonsense(f"{name} is no day")


def _moment(body: Mapping[str, Any], *names: str) -> datetime | None:
    """Return a time written yyyyMMddHHmm or yyyyMMddHHmmss, which is Vietnamese local time."""
    text = _text(body, *names)
    if text is None:
        return None
    try:
        if _COMPACT.fullmatch(text):
            clock = time(int(text[8:10]), int(text[10:12]), int(text[12:14] or 0))
            day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
            return datetime.combine(day, clock, VIETNAM)
    except ValueError as error:
        raise PortalNonsense(f"{names[0]} is no time") from error
    raise PortalNonsense(f"{names[0]} is no time")
