"""All that is counted in đồng in a claim: its lines one by one, then the totals over them."""

from bhyt.checks.formulas import Packages
from bhyt.checks.ledger import Ledger
from bhyt.checks.lines import adds_up, check_line
from bhyt.checks.notes import note
from bhyt.checks.totals import Totals
from bhyt.problems import Findings
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation


def check_money(visit: Visit, findings: Findings, *, generation: Generation) -> None:
    """Note amounts that are not what the formulas of their generation make of the figures beside them."""
    ledger = Ledger(findings)
    packages = Packages(visit.lines, generation)
    for line in visit.lines:
        if not adds_up(line):
            check_line(line, ledger, generation=generation, packages=packages)
    if visit.lines:
        Totals(visit, ledger, generation).check()
    if not visit.covers and visit.totals.fund > 0:
        note(findings, "claim.fund-without-card", visit.row, "T_BHTT", expected="0", hard=False)
