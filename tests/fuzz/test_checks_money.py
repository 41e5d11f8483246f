"""Claims that are right by exact fractions pass every check; a đồng moved anywhere in one is found.

The claims are made here from quantities, prices and rates with `fractions.Fraction` and integer
rounding, by the text of benefits.md section 6 and without the checker's code.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from bhyt.tables.generations import Generation
from tests.unit.bhyt.claims import DRUGS, HEADER, SERVICES, changed, claim, found, told

Support = Literal["none", "patient", "facility", "instead of co-payment", "whole"]
RATES = (Fraction(0), Fraction(32), Fraction(38), Fraction("47.5"), Fraction(80), Fraction(95), Fraction(100))
MONEY = ("THANH_TIEN_BV", "THANH_TIEN_BH", "T_NGUONKHAC", "T_BNTT", "T_BNCCT", "T_BHTT")
SUMS = {"THANH_TIEN_BV": "T_TONGCHI_BV", "THANH_TIEN_BH": "T_TONGCHI_BH"} | {
    name: name for name in ("T_NGUONKHAC", "T_BNTT", "T_BNCCT", "T_BHTT")
}


@dataclass
class Made:
    """A claim in the making; `step` is what amounts are rounded to: a hundredth, or a whole đồng."""

    generation: Generation
    step: Fraction
    drugs: list[dict[str, str]] = field(default_factory=list)
    services: list[dict[str, str]] = field(default_factory=list)

    def rounded(self, amount: Fraction) -> Fraction:
        """Round half up."""
        return (amount / self.step + Fraction(1, 2)).__floor__() * self.step


def decimals(value: Fraction, places: int) -> str:
    """Write a fraction that has at most `places` decimals."""
    scaled = value * 10**places
    assert scaled.denominator == 1
    whole, part = divmod(abs(scaled.numerator), 10**places)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{places}d}"


def shares(
    made: Made, draw: st.DrawFn, full: Fraction, gross: Fraction, rate: Fraction
) -> dict[str, Fraction]:
    """Return the amounts of a line whose hospital and insured amounts are `gross` and `full`."""
    way: Support = draw(st.sampled_from(("none",) * 4 + Support.__args__))  # type: ignore[attr-defined]
    hospital, insured = made.rounded(gross), made.rounded(full)
    fund = made.rounded(insured * rate / 100)
    copayment, alone, support = insured - fund, hospital - insured, Fraction(0)
    if way == "instead of co-payment":
        support, copayment = copayment, Fraction(0)
    elif way == "whole":
        support, alone, copayment, fund = hospital, Fraction(0), Fraction(0), Fraction(0)
    elif way != "none" and hospital:
        support = made.rounded(hospital * draw(st.integers(1, 99)) / 100)
        if way == "facility":
            insured = made.rounded(full * (hospital - support) / hospital)
            fund = made.rounded(insured * rate / 100)
            copayment, alone = insured - fund, hospital - support - insured
        else:
            left = support
            alone, left = max(alone - left, Fraction(0)), max(left - alone, Fraction(0))
            copayment, left = max(copayment - left, Fraction(0)), max(left - copayment, Fraction(0))
            fund -= left
    return dict(zip(MONEY, (hospital, insured, support, alone, copayment, fund), strict=True))


def add_line(made: Made, draw: st.DrawFn) -> None:
    """Add a drug, service or supply."""
    drug = draw(st.booleans())
    quantity = Fraction(draw(st.integers(1, 200_000)), draw(st.sampled_from((1000, 100, 1))))
    price = Fraction(draw(st.integers(1, 50_000_000)), draw(st.sampled_from((1000, 100, 1))))
    payment = Fraction(draw(st.sampled_from((0, 30, 50, 100, 100, 100))))
    rate = (
        draw(st.sampled_from(RATES))
        if made.generation == "1931"
        else draw(st.sampled_from((RATES[0], RATES[1], RATES[4], RATES[6])))
    )
    service_rate, insured_price = Fraction(100), price
    if not drug:
        service_rate = Fraction(draw(st.sampled_from((0, 10, 30, 50, 80, 100, 100, 100))))
        insured_price = price * draw(st.sampled_from((0, 60, 100, 100))) / 100
        insured_price = Fraction((insured_price * 1000).__floor__(), 1000)
    by_service = Fraction(1) if made.generation == "130" and draw(st.booleans()) else service_rate / 100
    amounts = shares(
        made,
        draw,
        quantity * insured_price * by_service * payment / 100,
        quantity * price * by_service,
        rate,
    )
    source = draw(st.sampled_from(("NSNN", "VTNN", "VTTN", "CL")))
    fields = {
        **{name: decimals(value, 2) for name, value in amounts.items()},
        f"T_NGUONKHAC_{source}": decimals(amounts["T_NGUONKHAC"], 2),
        "SO_LUONG": decimals(quantity, 3),
        "TYLE_TT_BH": str(payment),
        "MUC_HUONG": decimals(rate, 1),
        "MA_PTTT": draw(st.sampled_from("123")),
    }
    if drug:
        row = changed(DRUGS[0], **fields, STT=str(len(made.drugs) + 1), DON_GIA=decimals(price, 3))
        made.drugs.append(row)
        return
    base = draw(st.sampled_from((SERVICES[0], SERVICES[3])))
    prices = {"DON_GIA_BV": decimals(price, 3), "DON_GIA_BH": decimals(insured_price, 3)}
    row = changed(base, **fields, **prices, STT=str(len(made.services) + 1), TYLE_TT_DV=str(service_rate))
    made.services.append(row)


def header(made: Made) -> dict[str, str]:
    """Return XML1 with the sums of the lines."""
    lines = made.drugs + made.services

    def total(rows: list[dict[str, str]], name: str) -> str:
        return decimals(sum((Fraction(row[name]) for row in rows), Fraction(0)), 2)

    return changed(
        HEADER,
        **{name: total(lines, of_line) for of_line, name in SUMS.items()},
        T_THUOC=total(made.drugs, "THANH_TIEN_BV"),
        T_VTYT=total([row for row in made.services if row["MA_NHOM"] == "10"], "THANH_TIEN_BV"),
        T_BHTT_GDV=total([row for row in lines if row["MA_PTTT"] == "1"], "T_BHTT"),
    )


@st.composite
def claims(draw: st.DrawFn, *, step: Fraction = Fraction(1, 100)) -> Made:
    """Draw a claim whose amounts are all right."""
    made = Made(draw(st.sampled_from(("130", "4750", "3176", "1931"))), step)
    for _ in range(draw(st.integers(1, 12))):
        add_line(made, draw)
    return made


def errors_and_warnings(
    made: Made, summary: dict[str, str]
) -> list[tuple[str, str, str, str | None, str | None]]:
    """Return what is found in the claim under this XML1."""
    visit = claim(summary, drugs=made.drugs, services=made.services)
    return told(found(visit, generation=made.generation))


@given(claims())
def test_a_claim_that_is_right_by_exact_fractions_passes(made: Made) -> None:
    assert errors_and_warnings(made, header(made)) == []


@given(claims(step=Fraction(1)))
def test_a_hospital_that_rounds_to_whole_dong_is_never_refused(made: Made) -> None:
    problems = errors_and_warnings(made, header(made))
    assert {(code, severity) for code, severity, *_ in problems} <= {("claim.rounded", "warning")}


@given(claims(), st.data(), st.sampled_from((-2, -1, 1, 2)))
def test_a_dong_moved_anywhere_is_found_and_named(made: Made, data: st.DataObject, by: int) -> None:
    summary = header(made)
    rows = [summary, *made.drugs, *made.services]
    row = data.draw(st.sampled_from(rows))
    totals = ("T_THUOC", "T_VTYT", "T_BHTT_GDV", *SUMS.values())
    name = data.draw(st.sampled_from(totals if row is summary else MONEY))
    row[name] = decimals(Fraction(row[name]) + by, 2)
    problems = errors_and_warnings(made, summary)
    assert problems
    # Where others pay, or the patient pays a line alone (MUC_HUONG 0), an amount may be read in several ways;
    # a total that is one đồng off may be that of lines before they were rounded, cut to whole đồng.
    supported = any(Fraction(one["T_NGUONKHAC"]) for one in rows)
    asks_the_fund = row is summary or Fraction(row["MUC_HUONG"])
    if "error" not in {severity for _, severity, *_ in problems} and asks_the_fund and not supported:
        assert abs(by) == 1
        assert ("claim.rounded", "warning", f"XML1[1].{name}") in {problem[:3] for problem in problems}
