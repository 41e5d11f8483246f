"""The formulas of one line of XML2 or XML3 (R-204) and its limits (R-206), as benefits.md 6 gives them.

`adds_up` answers for the many lines that are right; only what it does not vouch for is taken
apart, with the generation's own formulas and both amounts in every finding.
"""

from decimal import Decimal

from bhyt.checks.ledger import (
    CENT,
    DONG,
    EXACT,
    PERCENT,
    Ledger,
    lost_decimals,
    nearest,
    number_of,
    product,
    written,
)
from bhyt.checks.notes import note
from bhyt.checks.support import check_support
from bhyt.records.visit import Line
from bhyt.tables.generations import Generation

HUNDRED = Decimal(100)

_SOURCES = ("T_NGUONKHAC_NSNN", "T_NGUONKHAC_VTNN", "T_NGUONKHAC_VTTN", "T_NGUONKHAC_CL")
_NOTHING = frozenset((None, "0", "0.0", "0.00", "0.000"))

_HALVED = Decimal("47.5")
"""95 % x 50 %; before QĐ 1931 the field had three characters, so such files say 47 or 48."""


def adds_up(line: Line) -> bool:
    """Say that a line without other sources or ceiling fits every formula to the cent.

    False says only that it has to be looked at. In generation 130 a line may be right otherwise.
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
        and _NOTHING.issuperset(map(values.get, _SOURCES))
    )


def check_line(line: Line, ledger: Ledger, *, generation: Generation) -> None:
    """Note every formula that the line does not fit."""
    _signs(line, ledger)
    _other_sources(line, ledger)
    rates = _service_rates(line, generation)
    _hospital_amount(line, ledger, rates)
    price = _insured_price(line)
    insured = [
        product(line.amounts.quantity, price, rate, line.amounts.payment_rate, PERCENT) for rate in rates
    ]
    ceiling = number_of(line.row, "T_TRANTT") if line.table == "XML3" else None
    if ceiling is not None and ceiling > 0:
        _under_ceiling(line, ledger, insured=max(insured), ceiling=ceiling)
    elif line.amounts.other_sources > 0:
        check_support(line, ledger, insured=insured)
    else:
        _insured_amount(line, ledger, nearest(line.amounts.insured_amount, insured))
        _shares(line, ledger, generation=generation)
    _identity(line, ledger)


def _hospital_amount(line: Line, ledger: Ledger, rates: list[Decimal]) -> None:
    """Compare THANH_TIEN_BV."""
    amounts = line.amounts
    quantity, price, stated = amounts.quantity, amounts.hospital_price, amounts.hospital_amount
    computed = nearest(stated, [product(quantity, price, rate) for rate in rates])
    rounding = _rounding(quantity, price, abs(EXACT.subtract(stated, computed)))
    ledger.compare(
        "claim.line-hospital-amount", line.row, "THANH_TIEN_BV", stated, computed, rounding=rounding
    )


def _insured_amount(line: Line, ledger: Ledger, computed: Decimal) -> None:
    """Compare THANH_TIEN_BH where nobody else pays and no ceiling holds."""
    stated = line.amounts.insured_amount
    difference = abs(EXACT.subtract(stated, computed))
    rounding = _rounding(line.amounts.quantity, _insured_price(line), difference)
    ledger.compare(
        "claim.line-insured-amount", line.row, "THANH_TIEN_BH", stated, computed, rounding=rounding
    )


def _insured_price(line: Line) -> Decimal:
    """Return DON_GIA_BH; a drug has one price only."""
    price = number_of(line.row, "DON_GIA_BH") if line.table == "XML3" else None
    return line.amounts.hospital_price if price is None else price


def _service_rates(line: Line, generation: Generation) -> list[Decimal]:
    """Return TYLE_TT_DV as a fraction; QĐ 130 printed the amounts without it, so both hold there."""
    rate = line.amounts.service_rate
    if line.table != "XML3" or rate is None:
        return [Decimal(1)]
    fraction = EXACT.multiply(rate, PERCENT)
    return [fraction, Decimal(1)] if generation == "130" else [fraction]


def _rounding(quantity: Decimal, price: Decimal, difference: Decimal) -> Decimal:
    """Return the difference that is explained by what quantity and price lost in their third decimal."""
    if difference < DONG:
        return DONG
    lost = EXACT.add(
        EXACT.multiply(price, lost_decimals(quantity)), EXACT.multiply(quantity, lost_decimals(price))
    )
    return max(DONG, abs(lost))


def _signs(line: Line, ledger: Ledger) -> None:
    """Note a quantity or price that cannot be, and amounts below zero (R-206).

    Zero is no error: QĐ 4750 itself gives quantity 0 to the beds of further departments of one
    day, and drugs of a programme cost nothing.
    """
    amounts = line.amounts
    price_field = "DON_GIA" if line.table == "XML2" else "DON_GIA_BV"
    for name, value in (
        ("SO_LUONG", amounts.quantity),
        (price_field, amounts.hospital_price),
        ("THANH_TIEN_BV", amounts.hospital_amount),
        ("THANH_TIEN_BH", amounts.insured_amount),
        ("T_BHTT", amounts.fund),
        ("T_BNCCT", amounts.copayment),
        ("T_BNTT", amounts.self_paid),
        ("T_NGUONKHAC", amounts.other_sources),
    ):
        if value < 0:
            note(ledger.findings, "claim.negative", line.row, name, expected=">= 0")
    if amounts.quantity == 0 and line.table == "XML2":
        note(ledger.findings, "claim.no-quantity", line.row, "SO_LUONG", expected="> 0", hard=False)
    if amounts.hospital_price == 0 and line.row.text("NGUON_CTRA") in {None, "1"}:
        note(ledger.findings, "claim.no-price", line.row, price_field, expected="> 0", hard=False)


def _other_sources(line: Line, ledger: Ledger) -> None:
    """Compare T_NGUONKHAC with its four parts; a total whose parts are not told is only a warning."""
    stated = line.amounts.other_sources
    if not stated and _NOTHING.issuperset(map(line.row.values.get, _SOURCES)):
        return
    parts = [number_of(line.row, name) for name in _SOURCES]
    total = sum((part for part in parts if part is not None), Decimal(0))
    told = any(parts)
    ledger.compare("claim.other-sources", line.row, "T_NGUONKHAC", stated, total, hard=told)


def _under_ceiling(line: Line, ledger: Ledger, *, insured: Decimal, ceiling: Decimal) -> None:
    """Check a line whose payment has a ceiling (T_TRANTT): amounts may lie below the formulas, not above.

    The fund paying more than the ceiling is an error; an insured amount above it is a warning,
    because hospitals differ in whether the amount or its payment is cut off.
    """
    amounts, row = line.amounts, line.row
    if amounts.insured_amount > insured:
        ledger.compare("claim.line-insured-amount", row, "THANH_TIEN_BH", amounts.insured_amount, insured)
    fund = min(product(amounts.insured_amount, amounts.benefit_rate, PERCENT), ceiling)
    if amounts.fund > ceiling:
        ledger.compare("claim.over-ceiling", row, "T_BHTT", amounts.fund, ceiling)
    elif amounts.fund > fund:
        ledger.compare("claim.line-share", row, "T_BHTT", amounts.fund, fund)
    elif amounts.insured_amount > ceiling:
        ledger.compare(
            "claim.over-ceiling", row, "THANH_TIEN_BH", amounts.insured_amount, ceiling, hard=False
        )
    if not amounts.other_sources:
        copayment = EXACT.subtract(amounts.insured_amount, amounts.fund)
        ledger.compare("claim.line-share", row, "T_BNCCT", amounts.copayment, copayment, hard=False)
        self_paid = EXACT.subtract(amounts.hospital_amount, amounts.insured_amount)
        ledger.compare("claim.line-share", row, "T_BNTT", amounts.self_paid, self_paid, hard=False)


def _shares(line: Line, ledger: Ledger, *, generation: Generation) -> None:
    """Compare what fund and patient pay, where nobody else pays anything.

    Where the fund pays nothing at rate 0 and the patient all, under whichever of the two names,
    no money is wrong: a warning.
    """
    amounts, row = line.amounts, line.row
    rates = [amounts.benefit_rate]
    if generation != "1931" and amounts.benefit_rate in {Decimal(47), Decimal(48)}:
        rates.append(_HALVED)
    fund = nearest(amounts.fund, [product(amounts.insured_amount, rate, PERCENT) for rate in rates])
    patient = EXACT.add(amounts.copayment, amounts.self_paid)
    hard = bool(amounts.benefit_rate or amounts.fund or patient != amounts.hospital_amount)
    for name, stated, computed in (
        ("T_BHTT", amounts.fund, fund),
        ("T_BNCCT", amounts.copayment, EXACT.subtract(amounts.insured_amount, fund)),
        ("T_BNTT", amounts.self_paid, EXACT.subtract(amounts.hospital_amount, amounts.insured_amount)),
    ):
        ledger.compare("claim.line-share", row, name, stated, computed, hard=hard)


def _identity(line: Line, ledger: Ledger) -> None:
    """Note a line whose four shares are not its hospital amount, by a đồng or more."""
    amounts = line.amounts
    total = Decimal(0)
    for share in (amounts.other_sources, amounts.self_paid, amounts.copayment, amounts.fund):
        total = EXACT.add(total, share)
    if abs(EXACT.subtract(total, amounts.hospital_amount)) >= DONG:
        note(ledger.findings, "claim.line-identity", line.row, "THANH_TIEN_BV", expected=written(total))
    else:
        ledger.compare("claim.line-identity", line.row, "THANH_TIEN_BV", amounts.hospital_amount, total)
