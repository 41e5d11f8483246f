"""All that is counted in đồng in a claim: its lines one by one, then the totals over them."""

from bhyt.checks.ledger import Ledger
from bhyt.checks.lines import adds_up, check_line
from bhyt.checks.totals import check_totals
from bhyt.problems import Findings
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation


def check_money(visit: Visit, findings: Findings, *, generation: Generation) -> None:
    """Note amounts that are not what the formulas of their generation make of the figures beside them."""
    ledger = Ledger(findings)
    for line in visit.lines:
        if not adds_up(line):
            check_line(line, ledger, generation=generation)
    check_totals(visit, ledger)
