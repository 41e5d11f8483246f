"""What a claim tells besides its lines, as Claim.supportingInfo and back: route, admission, result, referral.

Each entry has a category of our own; `_ENTRIES` says for each national field of XML1 which one, and
what the entry holds.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bhyt.r4.lookup import child, code_of, objects, reference_value, text
from bhyt.r4.spelling import day, digits, integer, joined, moment, national, number, parts
from bhyt.r4.systems import UCUM, Element, code_url, concept, logical

ROUTE = "route"
"""The category of the entry that holds MA_DOITUONG_KCB."""

_Write = Callable[[str], Element | None]
_Read = Callable[[Element], str | None]


def supporting_information(values: Mapping[str, str]) -> list[Element]:
    """Return the entries for the values of XML1."""
    entries = [
        {"category": _category(category), **held}
        for category, field, write, _ in _ENTRIES
        for part in (parts(values.get(field)) if field in _LISTS else [values.get(field)])
        if part and (held := write(part))
    ]
    if month := _month(values):
        entries.append({"category": _category(_MONTH), "valueString": month})
    entries += _admission_reason(values)
    return [{"sequence": sequence, **entry} for sequence, entry in enumerate(entries, start=1)]


def information_values(claim: Element) -> dict[str, str | None]:
    """Return the values of XML1 that the entries of a claim tell, whoever made it."""
    url = code_url("claim-information")
    found: dict[str, list[Element]] = {}
    for entry in objects(claim, "supportingInfo"):
        found.setdefault(code_of(entry.get("category"), url) or "", []).append(entry)
    values: dict[str, str | None] = {}
    for category, field, _, read in _ENTRIES:
        texts = [held for entry in found.get(category, ()) if (held := read(entry))]
        values[field] = joined(texts) if field in _LISTS else next(iter(texts), None)
    month = next((text(entry.get("valueString")) for entry in found.get(_MONTH, ())), None)
    year, _, number_ = (month or "").partition("-")
    reason = next(iter(found.get(_REASON, ())), {})
    return values | {
        "NAM_QT": year or None,
        "THANG_QT": number_ or None,
        "LY_DO_VNT": text(reason.get("valueString")),
        "MA_LY_DO_VNT": code_of(reason.get("code"), code_url(_REASON)),
    }


def _coded(system: str) -> tuple[_Write, _Read]:
    """Return how a national code is written and read."""
    return (
        lambda code: {"code": concept(system, code)},
        lambda entry: code_of(entry.get("code"), code_url(system)),
    )


def _words(words: str) -> Element:
    return {"valueString": words}


def _read_words(entry: Element) -> str | None:
    return text(entry.get("valueString"))


def _start(time: str) -> Element | None:
    """Hold a point in time as the start of a period: timing[x] alone is no more than a day."""
    found = moment(time)
    return {"timingPeriod": {"start": found}} if found else None


def _read_start(entry: Element) -> str | None:
    return national(child(entry, "timingPeriod").get("start"))


def _date(time: str) -> Element | None:
    found = day(time)
    return {"timingDate": found} if found else None


def _read_date(entry: Element) -> str | None:
    return national(entry.get("timingDate"))


def _measured(unit: str) -> tuple[_Write, _Read]:
    """Return how a quantity in a UCUM unit is written and read."""

    def write(value: str) -> Element | None:
        found = number(value)
        if found is None:
            return None
        return {"valueQuantity": {"value": found, "unit": unit, "system": UCUM, "code": unit}}

    return write, lambda entry: digits(child(entry, "valueQuantity").get("value"))


def _pointing(kind: str, system: str) -> tuple[_Write, _Read]:
    """Return how a reference by identifier is written and read."""
    return (
        lambda value: {"valueReference": logical(kind, system, value)},
        lambda entry: reference_value(entry.get("valueReference"), system),
    )


_MONTH = "settlement-month"
_REASON = "admission-reason"
_LISTS = frozenset({"CAN_NANG_CON", "MA_KHOA", "NGAY_TAI_KHAM"})
_ENTRIES: tuple[tuple[str, str, _Write, _Read], ...] = (
    (ROUTE, "MA_DOITUONG_KCB", *_coded("visit-category")),
    ("admission", "NGAY_VAO_NOI_TRU", _start, _read_start),
    ("discharge", "MA_LOAI_RV", *_coded("discharge-type")),
    ("result", "KET_QUA_DTRI", *_coded("treatment-result")),
    ("accident", "MA_TAI_NAN", *_coded("accident")),
    ("reason", "LY_DO_VV", _words, _read_words),
    ("admission-diagnosis", "CHAN_DOAN_VAO", _words, _read_words),
    ("treatment-days", "SO_NGAY_DTRI", *_measured("d")),
    ("treatment-method", "PP_DIEU_TRI", _words, _read_words),
    ("weight", "CAN_NANG", *_measured("kg")),
    ("newborn-weight", "CAN_NANG_CON", *_measured("g")),
    ("blood-group", "NHOM_MAU", _words, _read_words),
    ("referred-from", "MA_NOI_DI", *_pointing("Organization", "facility")),
    ("referred-to", "MA_NOI_DEN", *_pointing("Organization", "facility")),
    ("referral-number", "GIAY_CHUYEN_TUYEN", _words, _read_words),
    ("medical-record", "MA_HSBA", _words, _read_words),
    ("settled", "NGAY_TTOAN", _start, _read_start),
    ("copayment-exempt", "NGAY_MIEN_CCT", _start, _read_start),
    ("follow-up", "NGAY_TAI_KHAM", _date, _read_date),
    ("note", "GHI_CHU", _words, _read_words),
    ("head", "MA_TTDV", *_pointing("Practitioner", "insurance-number")),
    ("department", "MA_KHOA", *_coded("department")),
    ("reserved", "DU_PHONG", _words, _read_words),
)


def _category(code: str) -> Element:
    """Return the category of an entry."""
    return concept("claim-information", code)


def _month(values: Mapping[str, str]) -> str | None:
    """Return the month of settlement, `2026-09`."""
    year, number_ = integer(values.get("NAM_QT")), integer(values.get("THANG_QT"))
    return None if year is None or number_ is None else f"{year:04d}-{number_:02d}"


def _admission_reason(values: Mapping[str, str]) -> list[Element]:
    """Return why the patient was admitted, in words and as a code."""
    words, code = values.get("LY_DO_VNT"), values.get("MA_LY_DO_VNT")
    if not words and not code:
        return []
    held: dict[str, Any] = {"code": concept(_REASON, code)} if code else {}
    return [{"category": _category(_REASON), **held, "valueString": words}]
