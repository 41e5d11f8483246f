"""Lines that another source pays in part: the three ways of sharing them (benefits.md 6, cases a to c).

a) support for this one patient is taken off what the patient pays outside the scope, then off the
co-payment, then off the fund's part; b) support for the facility is taken off the whole first and
the rates apply to the rest; c) by special instruction (ARV drugs) it takes the place of the
co-payment. A file does not say which case it is, so any of them may fit; that none does is a
warning, because the ministry may instruct otherwise.
"""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from bhyt.checks.formulas import benefit_rates
from bhyt.checks.ledger import CENT, DONG, EXACT, PERCENT, Ledger, product
from bhyt.records.visit import Amounts, Line

_ZERO = Decimal(0)

_EQUAL = 2 * CENT
"""Here up to two figures were rounded before they are taken off each other."""


class Shares(NamedTuple):
    """What one case makes of a line, by field."""

    T_NGUONKHAC: Decimal
    THANH_TIEN_BH: Decimal
    T_BHTT: Decimal
    T_BNCCT: Decimal
    T_BNTT: Decimal


def check_support(line: Line, ledger: Ledger, *, insured: list[Decimal]) -> None:
    """Compare a supported line with the case that it fits best; `insured` are the amounts without support."""
    amounts = line.amounts
    stated = Shares(
        amounts.other_sources, amounts.insured_amount, amounts.fund, amounts.copayment, amounts.self_paid
    )
    best = min(_cases(amounts, insured), key=lambda case: _distance(stated, case))
    apart = _distance(stated, best)[1]
    if apart <= _EQUAL:
        return
    least = _EQUAL if apart < DONG else DONG - CENT
    for name, value, computed in zip(Shares._fields, stated, best, strict=True):
        if abs(EXACT.subtract(value, computed)) > least:
            ledger.compare("claim.support-case", line.row, name, value, computed, hard=False, equal=_EQUAL)


def _distance(stated: Shares, case: Shares) -> tuple[int, Decimal]:
    """Return in how many fields a case differs by a đồng or more, and by how much at the most."""
    apart = [abs(EXACT.subtract(*pair)) for pair in zip(stated, case, strict=True)]
    return sum(one >= DONG for one in apart), max(apart)


def _cases(amounts: Amounts, insured: list[Decimal]) -> Iterator[Shares]:
    """Yield what the cases make of the line."""
    support, hospital = amounts.other_sources, amounts.hospital_amount
    for full, rate in itertools.product(insured, benefit_rates(amounts)):
        fund = product(full, rate, PERCENT)
        copayment, self_paid = EXACT.subtract(full, fund), EXACT.subtract(hospital, full)
        yield _for_the_patient(support, Shares(support, full, fund, copayment, self_paid))
        if hospital:
            rest = EXACT.subtract(hospital, support)
            part = EXACT.divide(EXACT.multiply(full, rest), hospital)
            paid = product(part, rate, PERCENT)
            yield Shares(support, part, paid, EXACT.subtract(part, paid), EXACT.subtract(rest, part))
        yield Shares(copayment, full, fund, _ZERO, self_paid)


def _for_the_patient(support: Decimal, before: Shares) -> Shares:
    """Return case a: the support eats into the shares, one after the other."""
    left = support
    shares = []
    for share in (before.T_BNTT, before.T_BNCCT, before.T_BHTT):
        taken = min(left, max(share, _ZERO))
        shares.append(EXACT.subtract(share, taken))
        left = EXACT.subtract(left, taken)
    self_paid, copayment, fund = shares
    return before._replace(T_BHTT=fund, T_BNCCT=copayment, T_BNTT=self_paid)
