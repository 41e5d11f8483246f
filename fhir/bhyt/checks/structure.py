"""What a claim must hold together: its lines, their numbers, its key (R-004 to R-006, R-310)."""

import re
from collections.abc import Iterable
from typing import Final

from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.row import Row
from bhyt.records.visit import Visit

MAX_VISIT_ID: Final = 100
"""The length of MA_LK in every table."""

_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)

_BED: Final = re.compile(r"[HTCK]\d{3}", re.ASCII)
"""Planned, extra, chosen or other bed, and its number within the department (QĐ 4750, XML3)."""


def check_visit_id(visit: Visit, findings: Findings) -> None:
    """Note a MA_LK that is longer than any table takes (R-005)."""
    if len(visit.visit_id) > MAX_VISIT_ID:
        note(findings, "record.visit-id-too-long", visit.row, "MA_LK", expected=f"<= {MAX_VISIT_ID}")


def check_lines_present(visit: Visit, findings: Findings) -> None:
    """Note a claim that asks for money and lists nothing (R-004)."""
    if not visit.lines and visit.totals.hospital_amount > 0:
        note(findings, "claim.no-lines", visit.row, "T_TONGCHI_BV", expected="XML2 / XML3")


def check_line_numbers(visit: Visit, findings: Findings) -> None:
    """Note a STT that two lines of one table share, or that falls (R-006).

    Two lines with one number are an error where they cost something: one may be there twice.
    """
    for table in ("XML2", "XML3"):
        _numbers((line.row for line in visit.lines if line.table == table), findings, hard=True)
    for table in ("XML4", "XML5"):
        _numbers((row for row in visit.others if row.table == table), findings, hard=False)


def check_beds(visit: Visit, findings: Findings) -> None:
    """Note a MA_GIUONG that is not a letter H, T, C or K and three digits (R-310)."""
    for line in visit.lines:
        for bed in line.row.parts("MA_GIUONG"):
            if bed and not _BED.fullmatch(bed):
                note(
                    findings, "claim.bed-code", line.row, "MA_GIUONG", value=bed, expected="H001", hard=False
                )


def _numbers(rows: Iterable[Row], findings: Findings, *, hard: bool) -> None:
    """Check the numbers of one table's rows; what is no number is somebody else's fault."""
    seen: set[int] = set()
    last = 0
    for row in rows:
        text = row.values.get("STT", "")
        if not _NUMBER.fullmatch(text):
            continue
        number = int(text)
        if number in seen:
            note(findings, "claim.line-number-twice", row, "STT", hard=hard)
        elif number < last:
            note(findings, "claim.line-number-order", row, "STT", expected=f"> {last}", hard=False)
        seen.add(number)
        last = number
