"""What the diagnoses show without the list of ICD-10 (R-501, R-503).

All are warnings: no money hangs on them.
"""

from collections import Counter
from typing import Final

from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.visit import Visit

MAX_SECONDARY: Final = 12
"""How many secondary diagnoses MA_BENH_KT takes (QĐ 4750)."""


def check_diagnoses(visit: Visit, findings: Findings) -> None:
    """Note several principal diagnoses, too many others, and one that stands twice."""
    diagnoses, row = visit.diagnoses, visit.row
    if ";" in diagnoses.principal.strip(";"):
        note(findings, "claim.several-principals", row, "MA_BENH_CHINH", expected="1", hard=False)
    if len(diagnoses.others) > MAX_SECONDARY:
        note(
            findings,
            "claim.too-many-diagnoses",
            row,
            "MA_BENH_KT",
            value=str(len(diagnoses.others)),
            expected=f"<= {MAX_SECONDARY}",
            hard=False,
        )
    others = Counter(code.upper() for code in diagnoses.others)
    if diagnoses.principal.upper() in others:
        note(findings, "claim.principal-repeated", row, "MA_BENH_KT", value=diagnoses.principal, hard=False)
    for code in (code for code, count in others.items() if count > 1):
        note(findings, "claim.diagnosis-twice", row, "MA_BENH_KT", value=code, hard=False)
