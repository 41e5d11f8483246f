"""The formulas of one line of XML2 or XML3 (R-204) and its limits (R-206), as benefits.md 6 gives them.

`adds_up` answers for the many lines that are right; only what it does not vouch for is taken
apart, with the generation's own formulas and both amounts in every finding.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from bhyt.checks.formulas import (
    HUNDRED,
    Packages,
    benefit_rates,
    hospital_amounts,
    insured_amounts,
    insured_price,
    is_for_nothing,
    is_paid_alone,
    lost_decimals,
)
from bhyt.checks.ledger import (
    CENT,
    DONG,
    EXACT,
    PERCENT,
    Ledger,
    apart,
    is_nothing,
    nearest,
    number_of,
    product,
    written,
)
from bhyt.checks.notes import note
from bhyt.checks.support import check_support
from bhyt.records.visit import Line
from bhyt.tables.generations import Generation

_SOURCES: Final = ("T_NGUONKHAC_NSNN", "T_NGUONKHAC_VTNN", "T_NGUONKHAC_VTTN", "T_NGUONKHAC_CL")
_NOTHING: Final = frozenset((None, "0", "0.0", "0.00", "0.000"))

_OUT_OF_SCOPE: Final = frozenset(("2", "02"))
"""PHAM_VI of what the patient pays; 3 is paid for army, police and cipher service."""


def adds_up(line: Line) -> bool:
    """Say that a line without other sources or ceiling fits every formula to the cent.

    False says only that it has to be looked at. A line may be right otherwise.
    """
    amounts = line.amounts
    values = line.row.values
    quantity, price = amounts.quantity, amounts.hospital_price
    if amounts.other_sources or quantity <= 0 or price <= 0:
        return False
    gross = insured = quantity * price
    if line.table == "XML3":
        if values.get("T_TRANTT") not in _NOTHING:
            return False
        if values.get("DON_GIA_BH") != values.get("DON_GIA_BV"):
            insured_price = number_of(line.row, "DON_GIA_BH")
            if insured_price is None:
                return False
            insured = quantity * insured_price
        rate = amounts.service_rate
        if rate is not None and rate != HUNDRED:
            gross = gross * rate * PERCENT
            insured = insured * rate * PERCENT
    if amounts.payment_rate != HUNDRED:
        insured = insured * amounts.payment_rate * PERCENT
    of_hospital, of_insured = amounts.hospital_amount, amounts.insured_amount
    fund, copayment, self_paid = amounts.fund, amounts.copayment, amounts.self_paid
    return (
        abs(of_hospital - gross) <= CENT
        and abs(of_insured - insured) <= CENT
        and abs(of_insured * amounts.benefit_rate * PERCENT - fund) <= CENT
        and abs(of_insured - fund - copayment) <= CENT
        and abs(of_hospital - of_insured - self_paid) <= CENT
        and copayment >= 0
        and self_paid >= 0
        and max(amounts.payment_rate, amounts.service_rate or HUNDRED) <= HUNDRED
        and not (fund and values.get("PHAM_VI") in _OUT_OF_SCOPE)
        and _NOTHING.issuperset(map(values.get, _SOURCES))
    )


def check_line(line: Line, ledger: Ledger, *, generation: Generation, packages: Packages) -> None:
    """Note every formula that the line does not fit."""
    amounts = line.amounts
    _signs(line, ledger)
    _rates(line, ledger)
    _other_sources(line, ledger)
    if is_for_nothing(amounts):
        _for_nothing(line, ledger, generation=generation)
        return
    _hospital_amount(line, ledger, generation=generation)
    ceiling = number_of(line.row, "T_TRANTT") if line.table == "XML3" else None
    if ceiling is not None and 0 < ceiling < packages.insured(line):
        _under_ceiling(line, ledger, insured=max(insured_amounts(line, generation)), ceiling=ceiling)
    elif not is_nothing(amounts.other_sources):
        insured = insured_amounts(line, generation)
        if _within_limits(line, ledger, insured=max(insured)):
            check_support(line, ledger, insured=insured)
    else:
        _insured_amount(line, ledger, generation=generation)
        _shares(line, ledger)
    _identity(line, ledger)


def _hospital_amount(line: Line, ledger: Ledger, *, generation: Generation) -> None:
    """Compare THANH_TIEN_BV; what the patient pays alone may be the full price whatever TYLE_TT_DV says."""
    amounts = line.amounts
    quantity, price, stated = amounts.quantity, amounts.hospital_price, amounts.hospital_amount
    computed = nearest(stated, hospital_amounts(line, generation, divided=False))
    if _is_divided(stated, computed, lambda: hospital_amounts(line, generation)):
        ledger.note_rounding(line.row, "THANH_TIEN_BV", computed)
        return
    full = is_paid_alone(amounts) and apart(stated, product(quantity, price)) < DONG
    ledger.compare(
        "claim.line-hospital-amount",
        line.row,
        "THANH_TIEN_BV",
        stated,
        computed,
        hard=not full,
        rounding=max(DONG, lost_decimals(quantity, price)),
    )


def _insured_amount(line: Line, ledger: Ledger, *, generation: Generation) -> None:
    """Compare THANH_TIEN_BH where nobody else pays and no ceiling holds.

    Where the patient pays all alone, rates that were left standing ask nobody for money: a warning.
    """
    stated = line.amounts.insured_amount
    computed = nearest(stated, insured_amounts(line, generation, divided=False))
    if _is_divided(stated, computed, lambda: insured_amounts(line, generation)):
        ledger.note_rounding(line.row, "THANH_TIEN_BH", computed)
        return
    ledger.compare(
        "claim.line-insured-amount",
        line.row,
        "THANH_TIEN_BH",
        stated,
        computed,
        hard=not is_paid_alone(line.amounts),
        rounding=max(DONG, lost_decimals(line.amounts.quantity, insured_price(line))),
    )


def _is_divided(stated: Decimal, computed: Decimal, readings: Callable[[], list[Decimal]]) -> bool:
    """Say whether an amount that is not `computed` is that of a divided pack or vial."""
    return apart(stated, computed) >= DONG and apart(stated, nearest(stated, readings())) < DONG


def _signs(line: Line, ledger: Ledger) -> None:
    """Note a quantity or price that cannot be, and amounts below zero (R-206).

    Zero is no error: QĐ 4750 itself gives quantity 0 to the beds of further departments of one
    day, and drugs of a program cost nothing. A share of less than a đồng below zero is rounding.
    """
    amounts = line.amounts
    price_field = "DON_GIA" if line.table == "XML2" else "DON_GIA_BV"
    for name, value, least in (
        ("SO_LUONG", amounts.quantity, 0),
        (price_field, amounts.hospital_price, 0),
        ("THANH_TIEN_BV", amounts.hospital_amount, 0),
        ("THANH_TIEN_BH", amounts.insured_amount, 0),
        ("T_BHTT", amounts.fund, -DONG),
        ("T_BNCCT", amounts.copayment, -DONG),
        ("T_BNTT", amounts.self_paid, -DONG),
        ("T_NGUONKHAC", amounts.other_sources, 0),
    ):
        if value < 0 and not is_nothing(value):
            note(ledger.findings, "claim.negative", line.row, name, expected=">= 0", hard=value <= least)
    if amounts.quantity == 0 and line.table == "XML2":
        note(ledger.findings, "claim.no-quantity", line.row, "SO_LUONG", expected="> 0", hard=False)
    if amounts.hospital_price == 0 and line.row.text("NGUON_CTRA") in {None, "1"}:
        note(ledger.findings, "claim.no-price", line.row, price_field, expected="> 0", hard=False)


def _rates(line: Line, ledger: Ledger) -> None:
    """Note rates above 100 %, and a fund that pays for what is out of scope; both fit the formulas."""
    amounts = line.amounts
    for name, rate in (
        ("TYLE_TT_DV", amounts.service_rate),
        ("TYLE_TT_BH", amounts.payment_rate),
        ("MUC_HUONG", amounts.benefit_rate),
    ):
        if rate is not None and rate > HUNDRED:
            note(ledger.findings, "claim.rate-above-100", line.row, name, expected="<= 100", hard=False)
    if line.row.text("PHAM_VI") in _OUT_OF_SCOPE and amounts.fund >= DONG:
        note(ledger.findings, "claim.fund-out-of-scope", line.row, "T_BHTT", expected="0", hard=False)


def _other_sources(line: Line, ledger: Ledger) -> None:
    """Compare T_NGUONKHAC with its four parts.

    Only the origin of the money is unclear where no part is told, or where the line adds up with
    T_NGUONKHAC itself: a warning.
    """
    amounts = line.amounts
    stated = amounts.other_sources
    if is_nothing(stated) and _NOTHING.issuperset(map(line.row.values.get, _SOURCES)):
        return
    parts = [number_of(line.row, name) for name in _SOURCES]
    total = sum((part for part in parts if part is not None), Decimal(0))
    hard = any(parts) and apart(_paid(line), amounts.hospital_amount) >= DONG
    ledger.compare("claim.other-sources", line.row, "T_NGUONKHAC", stated, total, hard=hard)


def _for_nothing(line: Line, ledger: Ledger, *, generation: Generation) -> None:
    """Note a line with a price that asks nobody for anything, as systems list what a package contains."""
    stated, full = line.amounts.hospital_amount, hospital_amounts(line, generation)[0]
    ledger.compare("claim.line-hospital-amount", line.row, "THANH_TIEN_BV", stated, full, hard=False)


def _within_limits(line: Line, ledger: Ledger, *, insured: Decimal) -> bool:
    """Say that a supported line asks the fund for no more than any of the three cases allows.

    Support makes the insured amount and the fund's part smaller. Case b is read to the letter too:
    what is left of THANH_TIEN_BV x TYLE_TT_BH, whatever DON_GIA_BH is.
    """
    amounts = line.amounts
    rest = EXACT.subtract(amounts.hospital_amount, amounts.other_sources)
    insured = max(insured, product(rest, amounts.payment_rate, PERCENT))
    fund = product(insured, max(benefit_rates(amounts)), PERCENT)
    fits = amounts.insured_amount <= insured or ledger.compare(
        "claim.line-insured-amount", line.row, "THANH_TIEN_BH", amounts.insured_amount, insured
    )
    if amounts.fund > fund:
        fits &= ledger.compare("claim.line-share", line.row, "T_BHTT", amounts.fund, fund)
    return fits


def _under_ceiling(line: Line, ledger: Ledger, *, insured: Decimal, ceiling: Decimal) -> None:
    """Check a line whose payment is cut off (T_TRANTT): amounts may lie below the formulas, not above.

    The fund paying more than the ceiling is an error; an insured amount above it is a warning,
    because hospitals differ in whether the amount or its payment is cut off.
    """
    amounts, row = line.amounts, line.row
    if amounts.insured_amount > insured:
        ledger.compare("claim.line-insured-amount", row, "THANH_TIEN_BH", amounts.insured_amount, insured)
    fund = min(product(amounts.insured_amount, max(benefit_rates(amounts)), PERCENT), ceiling)
    if amounts.fund > ceiling:
        ledger.compare("claim.over-ceiling", row, "T_BHTT", amounts.fund, ceiling)
    elif amounts.fund > fund:
        ledger.compare("claim.line-share", row, "T_BHTT", amounts.fund, fund)
    elif amounts.insured_amount > ceiling:
        ledger.compare(
            "claim.over-ceiling", row, "THANH_TIEN_BH", amounts.insured_amount, ceiling, hard=False
        )
    if is_nothing(amounts.other_sources):
        copayment = EXACT.subtract(amounts.insured_amount, amounts.fund)
        ledger.compare("claim.line-share", row, "T_BNCCT", amounts.copayment, copayment, hard=False)
        self_paid = EXACT.subtract(amounts.hospital_amount, amounts.insured_amount)
        ledger.compare("claim.line-share", row, "T_BNTT", amounts.self_paid, self_paid, hard=False)


def _shares(line: Line, ledger: Ledger) -> None:
    """Compare what fund and patient pay, where nobody else pays anything.

    Where the fund pays nothing at rate 0 and the patient all, under whichever of the two names,
    no money is wrong: a warning.
    """
    amounts, row = line.amounts, line.row
    funds = [product(amounts.insured_amount, rate, PERCENT) for rate in benefit_rates(amounts)]
    fund = nearest(amounts.fund, funds)
    patient = EXACT.add(amounts.copayment, amounts.self_paid)
    hard = bool(
        amounts.benefit_rate
        or not is_nothing(amounts.fund)
        or not is_nothing(apart(patient, amounts.hospital_amount))
    )
    for name, stated, computed in (
        ("T_BHTT", amounts.fund, fund),
        ("T_BNCCT", amounts.copayment, EXACT.subtract(amounts.insured_amount, fund)),
        ("T_BNTT", amounts.self_paid, EXACT.subtract(amounts.hospital_amount, amounts.insured_amount)),
    ):
        ledger.compare("claim.line-share", row, name, stated, computed, hard=hard)


def _identity(line: Line, ledger: Ledger) -> None:
    """Note a line whose four shares are not its hospital amount, by a đồng or more."""
    stated, total = line.amounts.hospital_amount, _paid(line)
    if apart(total, stated) >= DONG:
        note(ledger.findings, "claim.line-identity", line.row, "THANH_TIEN_BV", expected=written(total))
    else:
        ledger.compare("claim.line-identity", line.row, "THANH_TIEN_BV", stated, total)


def _paid(line: Line) -> Decimal:
    """Return the four shares together."""
    amounts = line.amounts
    total = EXACT.add(amounts.other_sources, amounts.self_paid)
    return EXACT.add(EXACT.add(total, amounts.copayment), amounts.fund)
