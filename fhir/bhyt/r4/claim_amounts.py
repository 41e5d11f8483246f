"""The hospital's own figures in a claim: one extension a line and one for the whole.

They are what the hospital claims from the fund, the patient and others (benefits of QĐ 130/4750),
never an adjudication: that is the insurer's answer. Money is in đồng, rates in percent, all with
the decimals as sent.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bhyt.r4.lookup import child, extensions_of, objects
from bhyt.r4.spelling import digits, number
from bhyt.r4.systems import Element, extension

CLAIMED = "claimed-amounts"
"""The extension that holds the figures; each part is named after its meaning."""

CURRENCY = "VND"

_TOTALS = (
    ("drugs", "T_THUOC"),
    ("supplies", "T_VTYT"),
    ("insured-amount", "T_TONGCHI_BH"),
    ("fund", "T_BHTT"),
    ("copayment", "T_BNCCT"),
    ("self-paid", "T_BNTT"),
    ("other-sources", "T_NGUONKHAC"),
    ("fund-by-service", "T_BHTT_GDV"),
)
_SHARES = (
    ("fund", "T_BHTT"),
    ("copayment", "T_BNCCT"),
    ("self-paid", "T_BNTT"),
    ("other-sources", "T_NGUONKHAC"),
    ("state-budget", "T_NGUONKHAC_NSNN"),
    ("foreign-aid", "T_NGUONKHAC_VTNN"),
    ("domestic-aid", "T_NGUONKHAC_VTTN"),
    ("remaining-sources", "T_NGUONKHAC_CL"),
    ("insured-amount", "THANH_TIEN_BH"),
)
_OF_SERVICES = (("insured-price", "DON_GIA_BH"), ("ceiling", "T_TRANTT"))
_MONEY = {"XML1": _TOTALS, "XML2": _SHARES, "XML3": _SHARES + _OF_SERVICES}
_RATES = (("payment-rate", "TYLE_TT_BH"), ("benefit-rate", "MUC_HUONG"))


def money(value: Decimal | None) -> Element | None:
    """Return an amount in đồng with its decimals as sent, None if there is none."""
    return None if value is None else {"value": value, "currency": CURRENCY}


def claimed_fields(table: str) -> list[str]:
    """Return the fields of XML1, XML2 or XML3 that are such figures."""
    return [field for _, field in _MONEY[table] + (_RATES if table != "XML1" else ())]


def claimed(table: str, values: Mapping[str, str]) -> Element:
    """Return the extension with the figures of an XML1, XML2 or XML3 row."""
    parts: list[Element] = []
    for name, field in _MONEY[table]:
        if (value := number(values.get(field))) is not None:
            parts.append({"url": name, "valueMoney": {"value": value, "currency": CURRENCY}})
    for name, field in _RATES if table != "XML1" else ():
        if (value := number(values.get(field))) is not None:
            parts.append({"url": name, "valueDecimal": value})
    return extension(CLAIMED, extension=parts)


def claimed_values(table: str, element: Element) -> dict[str, str | None]:
    """Return the figures that a Claim or one of its items states, by their national fields."""
    found: dict[str, Any] = {}
    for item in extensions_of(element, CLAIMED):
        for part in objects(item, "extension"):
            name = str(part.get("url"))
            found[name] = (
                child(part, "valueMoney").get("value") if "valueMoney" in part else part.get("valueDecimal")
            )
    rates = _RATES if table != "XML1" else ()
    return {field: digits(found.get(name)) for name, field in _MONEY[table] + rates}
