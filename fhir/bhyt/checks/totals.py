"""The totals of XML1 beside the sums of the lines (R-204, R-205), as benefits.md 6 gives them.

A total is right if it is the sum of the lines as written, or that of the lines before they were
rounded, itself rounded or cut to a hundredth or a whole đồng: hospitals round lines and totals
each from what their database holds. These are single amounts, not a band that grows with the lines.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Final

from bhyt.checks.formulas import exact_amounts
from bhyt.checks.ledger import CENT, DONG, EXACT, Ledger, apart, is_nothing, written
from bhyt.checks.notes import note
from bhyt.records.visit import Amounts, Line, Visit
from bhyt.tables.generations import Generation

SUPPLY_GROUPS: Final = frozenset(("10", "11"))
"""MA_NHOM of the supplies that T_VTYT adds up."""

_UNIFORMED: Final = frozenset(("QN", "CY", "CA"))
"""Cards of army, cipher service and police, for which T_BHTT_GDV is not compared."""

_BY_SERVICE = "1"
"""MA_PTTT of lines that are paid by fee for service."""

_HALF = DONG / 2
_THREE_ROUNDINGS = 2 * DONG
"""What T_TONGCHI_BH - T_BNCCT may differ by from a right T_BHTT if each was rounded to whole đồng."""

Pick = Callable[[Amounts], Decimal]


class Totals:
    """The totals of a claim that has lines."""

    def __init__(self, visit: Visit, ledger: Ledger, generation: Generation) -> None:
        self._visit = visit
        self._ledger = ledger
        self._generation = generation
        self._stated = visit.totals
        self._equal = CENT * len(visit.lines)
        self._supported = not is_nothing(self._stated.other_sources) or any(
            line.amounts.other_sources for line in visit.lines
        )

    def check(self) -> None:
        """Note every total that is not the sum of its lines.

        Up to a hundredth of a đồng for each line is silence; a difference below one đồng, or one that
        the unrounded lines explain, is rounding.
        """
        lines, stated = self._visit.lines, self._stated
        drugs = [line for line in lines if line.table == "XML2"]
        self._total("T_THUOC", stated.drugs, drugs, _hospital)
        self._total("T_TONGCHI_BV", stated.hospital_amount, lines, _hospital)
        self._total("T_TONGCHI_BH", stated.insured_amount, lines, _insured)
        self._total("T_BNTT", stated.self_paid, lines, _self_paid)
        self._total("T_BNCCT", stated.copayment, lines, _copayment)
        self._total("T_NGUONKHAC", stated.other_sources, lines, _other_sources)
        self._supplies()
        self._fund_by_service(fund_is_right=self._fund())

    def _total(
        self, name: str, stated: Decimal, lines: Sequence[Line], pick: Pick, *, hard: bool = True
    ) -> None:
        """Compare a total with the lines that it adds up."""
        computed = _sum(map(pick, _amounts(lines)))
        if stated != computed and not self._is_rounded(name, stated, computed, lines, pick):
            self._wrong("claim.total", name, computed, hard=hard)

    def _supplies(self) -> None:
        """Compare T_VTYT with the groups of supplies; a sum over MA_VAT_TU instead is only a warning."""
        services = [line for line in self._visit.lines if line.table == "XML3"]
        stated = self._stated.supplies
        by_group = [line for line in services if line.cost_group in SUPPLY_GROUPS]
        by_code = _sum(line.amounts.hospital_amount for line in services if line.is_supply)
        self._total("T_VTYT", stated, by_group, _hospital, hard=apart(stated, by_code) >= DONG)

    def _fund(self) -> bool:
        """Compare T_BHTT with both of its formulas and note each that fails; return whether one fits.

        The printed formula (T_TONGCHI_BH - T_BNCCT) goes wrong as soon as support has eaten into the
        co-payment or the fund's part: there it is not compared while the sum of the lines is right.
        It is an error that neither fits, and that the sum does not where nobody else paid.
        """
        stated, lines = self._stated.fund, self._visit.lines
        by_lines = _sum(map(_fund, _amounts(lines)))
        printed = EXACT.subtract(self._stated.insured_amount, self._stated.copayment)
        off = apart(stated, printed)
        if stated == by_lines or self._is_rounded("T_BHTT", stated, by_lines, lines, _fund):
            if not self._supported and off > self._equal:
                self._ledger.compare(
                    "claim.total-printed",
                    self._visit.row,
                    "T_BHTT",
                    stated,
                    printed,
                    hard=False,
                    rounding=_THREE_ROUNDINGS,
                )
        elif off >= DONG:
            self._wrong("claim.total", "T_BHTT", by_lines)
            self._wrong("claim.total-printed", "T_BHTT", printed)
            return False
        elif apart(stated, by_lines) < _THREE_ROUNDINGS and self._terms_fit():
            self._ledger.note_rounding(self._visit.row, "T_BHTT", by_lines)
        else:
            self._wrong("claim.total", "T_BHTT", by_lines, hard=not self._supported)
            return self._supported
        return True

    def _terms_fit(self) -> bool:
        """Say whether T_TONGCHI_BH and T_BNCCT, whose difference is printed as T_BHTT, are right."""
        amounts = _amounts(self._visit.lines)
        exact = self._exact(self._visit.lines)
        return all(
            apart(stated, _sum(map(pick, amounts))) < DONG or _fits(stated, _sum(map(pick, exact)))
            for stated, pick in (
                (self._stated.insured_amount, _insured),
                (self._stated.copayment, _copayment),
            )
        )

    def _fund_by_service(self, *, fund_is_right: bool) -> None:
        """Compare T_BHTT_GDV with the lines paid by fee for service (R-205), if all say how they are paid.

        Where all are, it is T_BHTT. A total left at 0 says only that the hospital's system does not
        count it: a warning, as is the formula printed for T_BHTT where anybody else paid.
        """
        stated, lines = self._stated.fund_by_service, self._visit.lines
        if stated is None or any(cover.group in _UNIFORMED for cover in self._visit.covers):
            return
        if any(line.payment_method is None for line in lines):
            return
        paid = [line for line in lines if line.payment_method == _BY_SERVICE]
        if fund_is_right and len(paid) == len(lines) and stated == self._stated.fund:
            return
        computed = _sum(map(_fund, _amounts(paid)))
        if stated == computed or self._is_rounded("T_BHTT_GDV", stated, computed, paid, _fund):
            return
        printed = _sum(amounts.insured_amount - amounts.copayment for amounts in _amounts(paid))
        explained = is_nothing(stated) or (self._supported and apart(stated, printed) < DONG)
        self._wrong("claim.total-by-service", "T_BHTT_GDV", computed, hard=not explained)

    def _is_rounded(
        self, name: str, stated: Decimal, computed: Decimal, lines: Sequence[Line], pick: Pick
    ) -> bool:
        """Say whether a total is `computed` but for rounding, and note that if it is worth telling."""
        difference = apart(stated, computed)
        if difference <= self._equal and difference < DONG:
            return True
        if difference < DONG or difference <= self._equal or _fits(stated, self._exact_sum(lines, pick)):
            self._ledger.note_rounding(self._visit.row, name, computed)
            return True
        return False

    def _exact_sum(self, lines: Sequence[Line], pick: Pick) -> Decimal:
        """Return the sum of the lines before they were rounded."""
        return _sum(map(pick, self._exact(lines)))

    def _exact(self, lines: Sequence[Line]) -> list[Amounts]:
        """Return the lines' amounts before they were rounded."""
        return [exact_amounts(line, self._generation) for line in lines]

    def _wrong(self, code: str, name: str, computed: Decimal, *, hard: bool = True) -> None:
        """Note a wrong total."""
        note(self._ledger.findings, code, self._visit.row, name, expected=written(computed), hard=hard)


def _fits(stated: Decimal, exact: Decimal) -> bool:
    """Say whether a total is the exact sum, rounded or cut to a hundredth or to a whole đồng."""
    difference = EXACT.subtract(stated, exact)
    if abs(difference) <= CENT:
        return True
    return stated == stated.to_integral_value() and -DONG < difference <= _HALF


def _amounts(lines: Iterable[Line]) -> list[Amounts]:
    """Return the amounts of the lines as written."""
    return [line.amounts for line in lines]


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum; 28 digits, of which at most 18 stand before the dot, lose nothing that counts."""
    return sum(amounts, Decimal(0))


_hospital: Pick = attrgetter("hospital_amount")
_insured: Pick = attrgetter("insured_amount")
_self_paid: Pick = attrgetter("self_paid")
_copayment: Pick = attrgetter("copayment")
_other_sources: Pick = attrgetter("other_sources")
_fund: Pick = attrgetter("fund")
