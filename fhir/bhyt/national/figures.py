"""The figures of a claim; those that the other figures prove to be 0 may be empty.

Systems leave empty what is 0: other sources, the rates of what the patient pays alone, all that
concerns the insurance in a visit without a card. Every gap is told as a warning
(`record.missing-conditional-field`); one that hides money keeps the claim from being read.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from bhyt.national.values import Values
from bhyt.records.visit import Amounts, Line, Totals

_ZERO = Decimal(0)

_DONG: Final = Decimal(1)
"""Shares that come this near to THANH_TIEN_BV, in VND, leave nothing for another source."""


def read_amounts(values: Values, *, drug: bool, insured: bool) -> Amounts:
    """Return the figures of a line of XML2 or XML3; without a card (`insured`) the fund's may be empty.

    Raises MissingField: a figure that may not be 0 is absent.
    """
    need, figure = values.need_number, values.figure
    insured_amount = figure("THANH_TIEN_BH", empty_is_zero=not insured)
    fund = figure("T_BHTT", empty_is_zero=not insured)
    unasked = not (insured_amount or fund)
    if not drug and not unasked:
        need("DON_GIA_BH")
    hospital_amount, self_paid = need("THANH_TIEN_BV"), need("T_BNTT")
    copayment = figure("T_BNCCT", empty_is_zero=not insured)
    closed = _is_empty(values) and abs(hospital_amount - self_paid - copayment - fund) < _DONG
    return Amounts(
        quantity=need("SO_LUONG"),
        hospital_price=need("DON_GIA" if drug else "DON_GIA_BV"),
        payment_rate=figure("TYLE_TT_BH", empty_is_zero=unasked),
        service_rate=None if drug else need("TYLE_TT_DV"),
        benefit_rate=figure("MUC_HUONG", empty_is_zero=unasked),
        hospital_amount=hospital_amount,
        insured_amount=insured_amount,
        fund=fund,
        copayment=copayment,
        self_paid=self_paid,
        other_sources=figure("T_NGUONKHAC", empty_is_zero=closed),
    )


def read_totals(values: Values, lines: Sequence[Line], *, insured: bool) -> Totals:
    """Return the sums of XML1; T_NGUONKHAC is 0 if it is empty and no line has another source.

    Raises MissingField: a sum that may not be 0 is absent.
    """
    need, figure = values.need_number, values.figure
    unsupported = _is_empty(values) and not any(line.amounts.other_sources for line in lines)
    return Totals(
        drugs=need("T_THUOC"),
        supplies=need("T_VTYT"),
        hospital_amount=need("T_TONGCHI_BV"),
        insured_amount=figure("T_TONGCHI_BH", empty_is_zero=not insured),
        self_paid=need("T_BNTT"),
        copayment=figure("T_BNCCT", empty_is_zero=not insured),
        fund=figure("T_BHTT", empty_is_zero=not insured),
        other_sources=figure("T_NGUONKHAC", empty_is_zero=unsupported),
        fund_by_service=values.number("T_BHTT_GDV"),
    )


def _is_empty(values: Values) -> bool:
    """Say whether T_NGUONKHAC is empty."""
    return values.text("T_NGUONKHAC") is None
