"""The totals of XML1 beside the sums of the lines (R-204, R-205), as benefits.md 6 gives them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from bhyt.checks.ledger import CENT, DONG, EXACT, Ledger
from bhyt.records.visit import Line, Visit

SUPPLY_GROUPS: Final = frozenset(("10", "11"))
"""MA_NHOM of the supplies that T_VTYT adds up."""

_UNIFORMED: Final = frozenset(("QN", "CY", "CA"))
"""Cards of army, cipher service and police, for which T_BHTT_GDV is not compared."""

_BY_SERVICE = "1"
"""MA_PTTT of lines that are paid by fee for service."""


def check_totals(visit: Visit, ledger: Ledger) -> None:
    """Note every total that is not the sum of its lines.

    The tolerance is a hundredth of a đồng for each line. A difference below one đồng is rounding,
    and so is one below a đồng for each line whose own amount was found to be rounded.
    """
    if not visit.lines:
        return
    amounts = [line.amounts for line in visit.lines]
    drugs = [line for line in visit.lines if line.table == "XML2"]
    totals = visit.totals
    rounded = ledger.rounded.copy()
    for name, stated, computed, field in (
        ("T_THUOC", totals.drugs, _hospital(drugs), "THANH_TIEN_BV"),
        (
            "T_TONGCHI_BV",
            totals.hospital_amount,
            _sum(one.hospital_amount for one in amounts),
            "THANH_TIEN_BV",
        ),
        ("T_TONGCHI_BH", totals.insured_amount, _sum(one.insured_amount for one in amounts), "THANH_TIEN_BH"),
        ("T_BNTT", totals.self_paid, _sum(one.self_paid for one in amounts), "T_BNTT"),
        ("T_BNCCT", totals.copayment, _sum(one.copayment for one in amounts), "T_BNCCT"),
        ("T_NGUONKHAC", totals.other_sources, _sum(one.other_sources for one in amounts), "T_NGUONKHAC"),
    ):
        if stated != computed:
            _compare(visit, ledger, name, stated, computed, rounded=rounded[field])
    _supplies(visit, ledger, rounded=rounded["THANH_TIEN_BV"])
    _fund(visit, ledger, rounded=rounded.total())
    _fund_by_service(visit, ledger, rounded=rounded["T_BHTT"])


def _supplies(visit: Visit, ledger: Ledger, *, rounded: int) -> None:
    """Compare T_VTYT with the groups of supplies; a sum over MA_VAT_TU instead is only a warning."""
    services = [line for line in visit.lines if line.table == "XML3"]
    stated = visit.totals.supplies
    by_group = _hospital(line for line in services if line.cost_group in SUPPLY_GROUPS)
    if stated == by_group:
        return
    by_code = _hospital(line for line in services if line.is_supply)
    hard = abs(EXACT.subtract(stated, by_code)) >= DONG
    _compare(visit, ledger, "T_VTYT", stated, by_group, rounded=rounded, hard=hard)


def _fund(visit: Visit, ledger: Ledger, *, rounded: int) -> None:
    """Compare T_BHTT with both of its formulas and note each that fails; errors where nobody else paid.

    The printed formula (T_TONGCHI_BH - T_BNCCT) goes wrong as soon as support has eaten into the
    co-payment or the fund's part: there it is not compared while the sum of the lines is right.
    While that is right, whatever else made the printed formula fail was noted where it stands.
    """
    totals = visit.totals
    by_lines = _sum(line.amounts.fund for line in visit.lines)
    printed = EXACT.subtract(totals.insured_amount, totals.copayment)
    hard = not _is_supported(visit)
    if totals.fund != by_lines:
        summed = _compare(visit, ledger, "T_BHTT", totals.fund, by_lines, rounded=rounded, hard=hard)
    else:
        summed = True
    if totals.fund != printed and (hard or not summed):
        _compare(
            visit,
            ledger,
            "T_BHTT",
            totals.fund,
            printed,
            rounded=rounded,
            code="claim.total-printed",
            hard=hard and not summed,
        )


def _fund_by_service(visit: Visit, ledger: Ledger, *, rounded: int) -> None:
    """Compare T_BHTT_GDV with the lines paid by fee for service (R-205), if each line says how it is paid."""
    if any(cover.group in _UNIFORMED for cover in visit.covers):
        return
    if any(line.payment_method is None for line in visit.lines):
        return
    computed = _sum(line.amounts.fund for line in visit.lines if line.payment_method == _BY_SERVICE)
    stated = visit.totals.fund_by_service
    if stated != computed:
        _compare(
            visit,
            ledger,
            "T_BHTT_GDV",
            stated,
            computed,
            rounded=rounded,
            code="claim.total-by-service",
            hard=not _is_supported(visit),
        )


def _compare(
    visit: Visit,
    ledger: Ledger,
    name: str,
    stated: Decimal,
    computed: Decimal,
    *,
    rounded: int,
    code: str = "claim.total",
    hard: bool = True,
) -> bool:
    """Note a total that differs by more than its lines, of which `rounded` are, may have been rounded."""
    return ledger.compare(
        code,
        visit.row,
        name,
        stated,
        computed,
        hard=hard,
        equal=CENT * len(visit.lines),
        rounding=DONG * max(1, rounded),
    )


def _is_supported(visit: Visit) -> bool:
    """Say whether anybody but fund and patient paid a part."""
    return bool(visit.totals.other_sources) or any(line.amounts.other_sources for line in visit.lines)


def _hospital(lines: Iterable[Line]) -> Decimal:
    """Return the hospital amounts of the lines together."""
    return _sum(line.amounts.hospital_amount for line in lines)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum; numbers of 24 digits leave room for ten thousand lines without loss."""
    return sum(amounts, Decimal(0))
