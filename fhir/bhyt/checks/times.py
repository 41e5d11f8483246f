"""The order of times (R-105, R-301, R-302), and what is counted from them (R-207).

No clock is read: nothing is found to lie in the future.
"""

from typing import Final

from bhyt.checks.moments import day_before, is_midnight, moment_of, surely_before
from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.checkin import CheckIn
from bhyt.records.dates import PartialDate
from bhyt.records.row import Row
from bhyt.records.visit import Visit

_WITHOUT_DAYS: Final = frozenset(("01", "07", "09"))
"""MA_LOAI_KCB whose SO_NGAY_DTRI is 0 (QĐ 4750)."""

_COUNTED_DAYS: Final = frozenset(("02", "03", "04", "06"))
"""MA_LOAI_KCB whose SO_NGAY_DTRI counts the days from NGAY_VAO to NGAY_RA, both included."""

_ENDS_LATER: Final = frozenset(("02", "05", "07", "08"))
"""MA_LOAI_KCB whose NGAY_RA is the last day of the drugs or the course, so that payment comes before it."""


def check_stay(visit: Visit, findings: Findings) -> None:
    """Note times of arrival, admission, end and payment that are out of order (R-301)."""
    row = visit.row
    arrived, ended = ("NGAY_VAO", visit.arrived), ("NGAY_RA", visit.ended)
    _in_order(row, findings, earlier=arrived, later=ended)
    if visit.admitted is not None:
        admitted = ("NGAY_VAO_NOI_TRU", visit.admitted)
        _in_order(row, findings, earlier=arrived, later=admitted)
        _in_order(row, findings, earlier=admitted, later=ended)
    if visit.settled is not None and visit.care_type.zfill(2) not in _ENDS_LATER:
        _in_order(row, findings, earlier=ended, later=("NGAY_TTOAN", visit.settled), hard=False)


def check_admission(check_in: CheckIn, findings: Findings) -> None:
    """Note an admission before the arrival (R-301)."""
    if check_in.admitted is not None and check_in.row is not None:
        _in_order(
            check_in.row,
            findings,
            earlier=("NGAY_VAO", check_in.arrived),
            later=("NGAY_VAO_NOI_TRU", check_in.admitted),
        )


def check_age(record: Visit | CheckIn, findings: Findings) -> None:
    """Note a patient who was born after the arrival (R-105); within the day it is a warning."""
    born, row = record.patient.birth_date, record.row
    if born is not None and row is not None and surely_before(record.arrived, born):
        hard = day_before(record.arrived, born)
        expected = f"<= NGAY_VAO {row.text('NGAY_VAO') or ''}".rstrip()
        note(findings, "record.born-after-arrival", row, "NGAY_SINH", expected=expected, hard=hard)


def check_lines(visit: Visit, findings: Findings) -> None:
    """Note lines that were done before they were ordered, or whose result came before either (R-302).

    A result before the deed cannot be. A deed before its order can: in an emergency the order is
    written down afterwards, so the portal's rule is only a warning here.
    """
    for line in visit.lines:
        values = line.row.values
        ordered = values.get("NGAY_YL", "")
        executed = values.get("NGAY_TH_YL", ordered)
        # As text, which is exact for times of one length; every other case is looked at.
        if not ordered <= executed <= values.get("NGAY_KQ", executed):
            _order_within(line.row, findings)


def check_treatment_days(visit: Visit, findings: Findings) -> None:
    """Note SO_NGAY_DTRI that is not what MA_LOAI_KCB counts (R-207); it serves statistics, so a warning."""
    stated, care_type = visit.treatment_days, visit.care_type.zfill(2)
    if stated is None:
        return
    if care_type in _WITHOUT_DAYS:
        expected = 0
    elif care_type in _COUNTED_DAYS and visit.arrived.day and visit.ended.day:
        expected = (visit.ended.to_date() - visit.arrived.to_date()).days + 1
    else:
        return
    if stated != expected and expected >= 0:
        note(findings, "claim.treatment-days", visit.row, "SO_NGAY_DTRI", expected=str(expected), hard=False)


def check_settlement_month(visit: Visit, findings: Findings) -> None:
    """Note a month that does not exist (an error), or is not that of NGAY_TTOAN (a warning) (R-207).

    A claim that was paid after the month's close is settled with the next month.
    """
    year, _, month = visit.settlement_month.partition("-")
    settled = visit.settled
    if not 1 <= int(month) <= 12:
        note(findings, "claim.settlement-month", visit.row, "THANG_QT", expected="1-12")
    elif settled is not None and settled.month is not None:
        expected = f"{settled.year:04d}-{settled.month:02d}"
        if f"{int(year):04d}-{int(month):02d}" != expected:
            note(
                findings,
                "claim.settlement-month",
                visit.row,
                "THANG_QT",
                value=visit.settlement_month,
                expected=expected,
                hard=False,
            )


def _order_within(row: Row, findings: Findings) -> None:
    """Note which times of a line are out of order."""
    ordered, executed, result = (moment_of(row, name) for name in ("NGAY_YL", "NGAY_TH_YL", "NGAY_KQ"))
    if ordered and executed and surely_before(executed, ordered):
        note(findings, "claim.line-times", row, "NGAY_TH_YL", expected=_after(row, "NGAY_YL"), hard=False)
    if executed and result and surely_before(result, executed):
        hard = day_before(result, executed) or not is_midnight(result)
        note(findings, "claim.line-times", row, "NGAY_KQ", expected=_after(row, "NGAY_TH_YL"), hard=hard)
    elif ordered and result and surely_before(result, ordered):
        note(findings, "claim.line-times", row, "NGAY_KQ", expected=_after(row, "NGAY_YL"), hard=False)


def _in_order(
    row: Row,
    findings: Findings,
    *,
    earlier: tuple[str, PartialDate],
    later: tuple[str, PartialDate],
    hard: bool = True,
) -> None:
    """Note when the later one surely came first; a time of 00:00 on the same day is only a warning."""
    if surely_before(later[1], earlier[1]):
        unclear = is_midnight(later[1]) and not day_before(later[1], earlier[1])
        expected = _after(row, earlier[0])
        note(findings, "record.times-order", row, later[0], expected=expected, hard=hard and not unclear)


def _after(row: Row, name: str) -> str:
    """Return what a later time must be."""
    return f">= {name} {row.text(name) or ''}".rstrip()
