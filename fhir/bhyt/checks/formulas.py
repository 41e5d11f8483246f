"""What the formulas of benefits.md 6 make of a line's figures, exactly and in every reading.

A figure may have several readings: QĐ 130 printed the amounts without TYLE_TT_DV, three characters
had no room for a rate of 47.5, three decimals have none for a third of a vial. A stated amount is
compared with the reading that lies nearest, never with a band around one.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bhyt.checks.ledger import DONG, EXACT, PERCENT, apart, is_nothing, nearest, number_of, product
from bhyt.records.visit import Amounts, Line
from bhyt.tables.generations import Generation

HUNDRED: Final = Decimal(100)

MAX_PARTS: Final = 12
"""Into how many parts a pack or vial is divided at the most, so that 0.333 may stand for a third."""

MAX_LOST: Final = Decimal(5)
"""What the third decimals of quantity and price may hide at the most, in VND, if they are no fractions."""

_HALVED = Decimal("47.5")
"""95 % x 50 %; before QĐ 1931 the field had three characters, and systems still cut it to 47 or 48."""
_CUT = frozenset((Decimal(47), Decimal(48)))
_HALF_A_THOUSANDTH = Decimal("0.0005")
_THIRD = -3
"""The exponent of a third decimal."""


def hospital_amounts(line: Line, generation: Generation, *, divided: bool = True) -> list[Decimal]:
    """Return what THANH_TIEN_BV may be; unless `divided`, of quantity and price as they are written."""
    amounts = line.amounts
    rates = service_rates(line, generation)
    return _products(amounts.quantity, amounts.hospital_price, rates, divided=divided)


def insured_amounts(line: Line, generation: Generation, *, divided: bool = True) -> list[Decimal]:
    """Return what THANH_TIEN_BH may be where nobody else pays and no ceiling holds; `divided` as above."""
    rates = [product(rate, line.amounts.payment_rate, PERCENT) for rate in service_rates(line, generation)]
    return _products(line.amounts.quantity, insured_price(line), rates, divided=divided)


def insured_price(line: Line) -> Decimal:
    """Return DON_GIA_BH; a drug has one price only."""
    price = number_of(line.row, "DON_GIA_BH") if line.table == "XML3" else None
    return line.amounts.hospital_price if price is None else price


def service_rates(line: Line, generation: Generation) -> list[Decimal]:
    """Return TYLE_TT_DV as a fraction; QĐ 130 printed the amounts without it, so both hold there."""
    rate = line.amounts.service_rate
    if line.table != "XML3" or rate is None:
        return [Decimal(1)]
    fraction = EXACT.multiply(rate, PERCENT)
    return [fraction, Decimal(1)] if generation == "130" else [fraction]


def benefit_rates(amounts: Amounts) -> list[Decimal]:
    """Return MUC_HUONG in percent; 47 and 48 may stand for 47.5."""
    rate = amounts.benefit_rate
    return [rate, _HALVED] if rate in _CUT else [rate]


def lost_decimals(quantity: Decimal, price: Decimal) -> Decimal:
    """Return what the third decimals of quantity and price may have lost, in VND, at most MAX_LOST."""
    lost = EXACT.add(EXACT.multiply(price, _lost(quantity)), EXACT.multiply(quantity, _lost(price)))
    return min(MAX_LOST, abs(lost))


def is_for_nothing(amounts: Amounts) -> bool:
    """Say whether nobody is asked for anything."""
    return all(map(is_nothing, (amounts.hospital_amount, amounts.insured_amount, *_shares(amounts))))


def is_paid_alone(amounts: Amounts) -> bool:
    """Say whether the fund is asked for nothing: the patient pays alone what others do not."""
    paid = EXACT.add(amounts.self_paid, amounts.other_sources)
    unasked = (amounts.insured_amount, amounts.fund, amounts.copayment)
    return all(map(is_nothing, unasked)) and apart(paid, amounts.hospital_amount) < DONG


def exact_amounts(line: Line, generation: Generation) -> Amounts:
    """Return the line's amounts unrounded: those computed that the stated ones may be rounded from.

    What the formulas do not decide (support, ceilings, what the patient pays alone) stays as stated.
    """
    stated = line.amounts
    if not is_nothing(stated.other_sources) or number_of(line.row, "T_TRANTT") or is_paid_alone(stated):
        return stated
    hospital = nearest(stated.hospital_amount, hospital_amounts(line, generation))
    insured = nearest(stated.insured_amount, insured_amounts(line, generation))
    fund = nearest(stated.fund, [product(insured, rate, PERCENT) for rate in benefit_rates(stated)])
    return replace(
        stated,
        hospital_amount=_unrounded(stated.hospital_amount, hospital),
        insured_amount=_unrounded(stated.insured_amount, insured),
        fund=_unrounded(stated.fund, fund),
        copayment=_unrounded(stated.copayment, EXACT.subtract(insured, fund)),
        self_paid=_unrounded(stated.self_paid, EXACT.subtract(hospital, insured)),
    )


class Packages:
    """The insured amounts of supplies that one ceiling holds for: those of one GOI_VTYT, or one line."""

    def __init__(self, lines: Iterable[Line], generation: Generation) -> None:
        self._lines = lines
        self._generation = generation
        self._sums: dict[str, Decimal] | None = None

    def insured(self, line: Line) -> Decimal:
        """Return what the formulas make of the line's package, without the ceiling."""
        package = line.row.values.get("GOI_VTYT")
        if package is None:
            return max(insured_amounts(line, self._generation))
        if self._sums is None:
            self._sums = {}
            for one in self._lines:
                if name := one.row.values.get("GOI_VTYT"):
                    full = max(insured_amounts(one, self._generation))
                    self._sums[name] = EXACT.add(self._sums.get(name, Decimal(0)), full)
        return self._sums[package]


def _products(quantity: Decimal, price: Decimal, rates: list[Decimal], *, divided: bool) -> list[Decimal]:
    """Return quantity x price x rate, for every reading of each if `divided`."""
    quantities, prices = (_readings(quantity), _readings(price)) if divided else ([quantity], [price])
    return [product(one, other, rate) for one in quantities for other in prices for rate in rates]


def _readings(value: Decimal) -> list[Decimal]:
    """Return a quantity or price, and the simple fraction that it may have been before it was written."""
    if not _lost(value):
        return [value]
    fraction = Fraction(value).limit_denominator(MAX_PARTS)
    exact = EXACT.divide(Decimal(fraction.numerator), Decimal(fraction.denominator))
    last_place = EXACT.scaleb(Decimal(1), int(value.normalize(EXACT).as_tuple().exponent))
    return [value, exact] if 0 < apart(exact, value) < last_place else [value]


def _lost(value: Decimal) -> Decimal:
    """Return how much of a value may be missing because it was cut; nothing if its third decimal is 0."""
    exponent = value.normalize(EXACT).as_tuple().exponent
    return _HALF_A_THOUSANDTH if isinstance(exponent, int) and exponent <= _THIRD else Decimal(0)


def _unrounded(stated: Decimal, exact: Decimal) -> Decimal:
    """Return the exact amount if the stated one may come from it by two roundings to whole đồng."""
    return exact if apart(stated, exact) < 2 * DONG else stated


def _shares(amounts: Amounts) -> tuple[Decimal, ...]:
    """Return what each one pays."""
    return amounts.fund, amounts.copayment, amounts.self_paid, amounts.other_sources
