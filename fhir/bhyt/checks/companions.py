"""What should come with a claim: papers of inpatients, referrals, births and deaths (R-010 to R-013).

All are warnings: the paper may be on its way, and no money hangs on it.
"""

from typing import Final

from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation

_INPATIENT: Final = frozenset(("03", "04", "06"))
"""MA_LOAI_KCB that end with a discharge paper (XML7)."""

_REFERRED: Final = frozenset(("2", "5"))
"""MA_LOAI_RV of a patient who is sent on."""

_DIED: Final = frozenset(("5", "8"))
"""KET_QUA_DTRI of a patient who died, in the hospital or outside it."""

_DELIVERY: Final = ("O80", "O81", "O82", "O83", "O84")
_STILLBIRTH: Final = ("Z371", "Z374", "Z377", "O364", "P95")
_AROUND_BIRTH: Final = ("O", "P", "Z37", "Z38", "Z39")
"""ICD-10 codes of pregnancy, delivery and the newborn."""

_OBSTETRIC: Final = ("72", "73", "74", "75")
"""ICD-9-CM procedures on the birth (MA_PTTT_QT)."""

_WORDS: Final = ("đẻ", "lấy thai", "sinh thường")
"""Words in the names of services that deliver a child."""


def check_papers(visit: Visit, findings: Findings, *, generation: Generation) -> None:
    """Note inpatients without XML7, and referrals without XML13 or XML14, which exist since QĐ 4750."""
    tables = {row.table for row in visit.others}
    row = visit.row
    if visit.care_type.zfill(2) in _INPATIENT and "XML7" not in tables:
        note(findings, "claim.no-discharge-paper", row, "MA_LOAI_KCB", expected="XML7", hard=False)
    if generation == "130":
        return
    if visit.discharge_type in _REFERRED and "XML13" not in tables:
        note(findings, "claim.no-referral-paper", row, "MA_LOAI_RV", expected="XML13", hard=False)
    elif visit.referred_to is not None and "XML13" not in tables:
        note(findings, "claim.no-referral-paper", row, "MA_NOI_DEN", expected="XML13", hard=False)
    if visit.referred_from is not None and tables.isdisjoint(("XML13", "XML14")):
        note(findings, "claim.no-referral-paper", row, "MA_NOI_DI", expected="XML13 / XML14", hard=False)


def check_births(visit: Visit, findings: Findings, *, births: int) -> None:
    """Note a delivery without a birth certificate (XML9), and certificates where nothing tells of a birth."""
    codes = [code.replace(".", "") for code in (visit.diagnoses.principal, *visit.diagnoses.others)]
    delivered = any(code.startswith(_DELIVERY) for code in codes)
    stillborn = any(code.startswith(_STILLBIRTH) for code in codes)
    if delivered and not births and not stillborn:
        note(findings, "claim.no-birth-certificate", visit.row, "MA_BENH_CHINH", expected="XML9", hard=False)
    if births and not any(code.startswith(_AROUND_BIRTH) for code in codes) and not _delivers(visit):
        note(findings, "claim.birth-without-delivery", visit.row, "MA_BENH_CHINH", hard=False)


def check_death_notice(visit: Visit, findings: Findings) -> None:
    """Remind of the death notice (HSDLGBT), which travels in a file of its own."""
    if visit.treatment_result in _DIED:
        note(findings, "claim.death-notice-due", visit.row, "KET_QUA_DTRI", expected="HSDLGBT", hard=False)


def _delivers(visit: Visit) -> bool:
    """Say whether a procedure or the name of a service tells of a delivery."""
    if any(code.startswith(_OBSTETRIC) for code in visit.procedures):
        return True
    names = (line.name.casefold() for line in visit.lines if line.table == "XML3")
    return any(word in name for name in names for word in _WORDS)
