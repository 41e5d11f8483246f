"""What hospital systems write beside the formulas: told where nobody loses, refused where the fund does."""

import pytest

from bhyt.checks.formulas import MAX_LOST
from tests.unit.bhyt.claims import DRUGS, HEADER, SERVICES, changed, claim, found, told

Fields = dict[str, str]
SUMS = {
    "T_TONGCHI_BV": "THANH_TIEN_BV",
    "T_TONGCHI_BH": "THANH_TIEN_BH",
    "T_BHTT_GDV": "T_BHTT",
    **{name: name for name in ("T_BNTT", "T_BNCCT", "T_BHTT", "T_NGUONKHAC")},
}


def _found(*rows: Fields, **header: str) -> list[tuple[str, str, str]]:
    """Return code, severity and place of what is found in a claim of these lines under their own sums."""
    drugs = [row for row in rows if "DON_GIA" in row]
    services = [row for row in rows if "DON_GIA" not in row]
    totals = {total: _sum(rows, name) for total, name in SUMS.items()}
    supplies = [row for row in services if row["MA_NHOM"] in {"10", "11"}]
    totals |= {"T_THUOC": _sum(drugs, "THANH_TIEN_BV"), "T_VTYT": _sum(supplies, "THANH_TIEN_BV")}
    numbered = [changed(row, STT=str(number)) for number, row in enumerate(services, start=1)]
    visit = claim(changed(HEADER, **{**totals, **header}), drugs=drugs, services=numbered)
    return [(code, severity, place) for code, severity, place, *_ in told(found(visit))]


def _sum(rows: tuple[Fields, ...] | list[Fields], name: str) -> str:
    return f"{sum(float(row[name]) for row in rows):.2f}"


SERVICE = SERVICES[0]
ALONE = changed(
    SERVICE, PHAM_VI="2", MUC_HUONG="0", THANH_TIEN_BH="0", T_BHTT="0", T_BNCCT="0", T_BNTT="36500"
)
NOTHING = dict.fromkeys(("THANH_TIEN_BV", "THANH_TIEN_BH", "T_BNTT", "T_BNCCT", "T_BHTT"), "0")


@pytest.mark.parametrize("scope", ["1", "2", "3"])
def test_a_rate_left_at_100_where_the_patient_pays_alone_is_a_warning(scope: str) -> None:
    row = changed(ALONE, TYLE_TT_BH="100", PHAM_VI=scope)
    assert _found(SERVICE, row) == [("claim.line-insured-amount", "warning", "XML3[2].THANH_TIEN_BH")]
    paid = changed(row, T_BNCCT="36500", T_BNTT="0")
    assert ("claim.line-insured-amount", "error", "XML3[2].THANH_TIEN_BH") in _found(SERVICE, paid)


def test_a_service_rate_left_at_0_where_the_patient_pays_alone_is_a_warning() -> None:
    row = changed(ALONE, TYLE_TT_BH="0", TYLE_TT_DV="0")
    assert _found(SERVICE, row) == [("claim.line-hospital-amount", "warning", "XML3[2].THANH_TIEN_BV")]
    more = changed(row, THANH_TIEN_BV="36600", T_BNTT="36600")
    assert _found(SERVICE, more) == [("claim.line-hospital-amount", "error", "XML3[2].THANH_TIEN_BV")]


def test_a_line_with_a_price_that_asks_nobody_for_anything_is_a_warning() -> None:
    assert _found(SERVICE, changed(SERVICE, **NOTHING)) == [
        ("claim.line-hospital-amount", "warning", "XML3[2].THANH_TIEN_BV")
    ]


@pytest.mark.parametrize("residue", ["-0.0000000000018", "-1.8189894035458565E-12", "0.004", "-0.005"])
def test_the_residue_of_binary_fractions_is_nothing(residue: str) -> None:
    assert _found(changed(SERVICE, T_BNTT=residue)) == []
    assert _found(changed(SERVICE, T_NGUONKHAC=residue)) == []


def test_a_share_just_below_nothing_is_rounding_and_a_dong_below_is_not() -> None:
    row = changed(SERVICE, T_BNTT="-0.01", T_BNCCT="7300.01")
    assert _found(row) == [("claim.negative", "warning", "XML3[1].T_BNTT")]
    row = changed(SERVICE, T_BNTT="-1", T_BNCCT="7301")
    assert ("claim.negative", "error", "XML3[1].T_BNTT") in _found(row)


@pytest.mark.parametrize(("stated", "severity"), [("1000", "warning"), ("999", "error")])
def test_an_amount_that_is_cut_is_compared_with_the_product_before_rounding(
    stated: str, severity: str
) -> None:
    """1,000.999 is 1,001.00 when it is rounded, and 1,000 when it is cut."""
    shares = {"T_BHTT": f"{int(stated) * 0.8:.2f}", "T_BNCCT": f"{int(stated) * 0.2:.2f}"}
    amounts = {"THANH_TIEN_BV": stated, "THANH_TIEN_BH": stated, **shares}
    problems = _found(changed(DRUGS[0], SO_LUONG="1", DON_GIA="1000.999", **amounts))
    assert {severity for _, severity, _ in problems} == {severity}


def _vial(quantity: str, price: str, amount: int) -> Fields:
    """Return a drug of which the fund pays 80 %."""
    amounts = dict.fromkeys(("THANH_TIEN_BV", "THANH_TIEN_BH"), str(amount))
    shares = {"T_BHTT": f"{amount * 0.8:.2f}", "T_BNCCT": f"{amount * 0.2:.2f}"}
    return changed(DRUGS[0], SO_LUONG=quantity, DON_GIA=price, **amounts, **shares)


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "severity"),
    [
        pytest.param("0.333", "9000000", 3_000_000, "warning", id="a-third"),
        pytest.param("2.667", "9000000", 24_000_000, "warning", id="two-and-two-thirds"),
        pytest.param("0.333", "9000000", 3_000_000 + 1000, "error", id="more-than-a-third"),
        pytest.param("0.333", "9000000", 2_998_000, "error", id="between"),
        pytest.param("0.125", "9000000", 1_125_000 + 4000, "error", id="an-eighth-is-exact"),
        pytest.param("3000", "33333.333", 100_000_000, "warning", id="a-third-of-a-price"),
        pytest.param("20000", "1250.124", 25_002_480 + int(MAX_LOST) - 1, "warning", id="a-few-dong"),
        pytest.param("20000", "1250.124", 25_002_480 + int(MAX_LOST), "error", id="no-more-than-a-few-dong"),
    ],
)
def test_a_third_decimal_hides_a_fraction_or_a_few_dong(
    quantity: str, price: str, amount: int, severity: str
) -> None:
    problems = _found(_vial(quantity, price, amount))
    assert {severity for _, severity, _ in problems} == {severity}


# Ten tablets of 10,000 at 50 %, of which somebody else pays one đồng: 50,000 insured, 40,000 from the fund.
HELPED = changed(
    DRUGS[0],
    SO_LUONG="10",
    DON_GIA="10000",
    TYLE_TT_BH="50",
    T_NGUONKHAC="1",
    T_NGUONKHAC_CL="1",
    THANH_TIEN_BV="100000",
    THANH_TIEN_BH="50000",
    T_BHTT="40000",
    T_BNCCT="10000",
    T_BNTT="49999",
)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"T_BHTT": "99999", "T_BNCCT": "0", "T_BNTT": "0"}, "XML2[1].T_BHTT"),
        ({"T_BHTT": "49999", "T_BNCCT": "0", "T_BNTT": "50000"}, "XML2[1].T_BHTT"),
        (
            {"THANH_TIEN_BH": "100000", "T_BHTT": "79999", "T_BNCCT": "20000", "T_BNTT": "0"},
            "XML2[1].THANH_TIEN_BH",
        ),
    ],
)
def test_support_never_makes_the_funds_part_larger(fields: Fields, place: str) -> None:
    assert _found(HELPED) == []
    errors = {place for _, severity, place in _found(changed(HELPED, **fields)) if severity == "error"}
    assert place in errors


@pytest.mark.parametrize("total", ["T_BHTT", "T_BHTT_GDV"])
def test_a_line_with_support_opens_no_gap_in_the_totals(total: str) -> None:
    assert "error" in {severity for _, severity, _ in _found(HELPED, **{total: "1040000.00"})}


def test_support_of_the_facility_may_be_taken_off_a_price_above_that_of_the_insurance() -> None:
    """Case b to the letter: (100,000 - 5,000) x 100 %, though the insurance knows a price of 80,000."""
    row = changed(
        SERVICE,
        SO_LUONG="1",
        DON_GIA_BV="100000",
        DON_GIA_BH="80000",
        T_NGUONKHAC="5000",
        T_NGUONKHAC_CL="5000",
        THANH_TIEN_BV="100000",
        THANH_TIEN_BH="95000",
        T_BHTT="76000",
        T_BNCCT="19000",
        T_BNTT="0",
    )
    assert {severity for _, severity, _ in _found(row)} == {"warning"}


SUPPLY = changed(
    SERVICES[3],
    SO_LUONG="1",
    DON_GIA_BV="1000000",
    DON_GIA_BH="1000000",
    GOI_VTYT="",
    T_TRANTT="1500000",
    THANH_TIEN_BV="1000000",
    THANH_TIEN_BH="900000",
    T_BHTT="720000",
    T_BNCCT="180000",
    T_BNTT="100000",
)


def test_a_ceiling_that_does_not_bind_explains_nothing() -> None:
    assert _found(SUPPLY) == [("claim.line-insured-amount", "error", "XML3[1].THANH_TIEN_BH")]


def test_a_ceiling_binds_a_whole_package() -> None:
    """Two supplies of 1,000,000 in one package of 1,500,000 at the most."""
    row = changed(SUPPLY, GOI_VTYT="G1", THANH_TIEN_BH="750000", T_BHTT="600000", T_BNCCT="150000")
    row = changed(row, T_BNTT="250000")
    assert _found(row, row) == []
    assert _found(row, changed(row, GOI_VTYT="G2"))[0][1] == "error"


def test_a_rate_above_100_is_a_warning() -> None:
    row = changed(SERVICE, TYLE_TT_DV="150", THANH_TIEN_BV="54750", THANH_TIEN_BH="54750", T_BHTT="43800")
    row = changed(row, T_BNCCT="10950")
    assert _found(row) == [("claim.rate-above-100", "warning", "XML3[1].TYLE_TT_DV")]


@pytest.mark.parametrize("scope", ["2", "02"])
def test_a_fund_that_pays_out_of_scope_is_a_warning(scope: str) -> None:
    assert _found(changed(SERVICE, PHAM_VI=scope)) == [
        ("claim.fund-out-of-scope", "warning", "XML3[1].T_BHTT")
    ]
    assert _found(changed(SERVICE, PHAM_VI="3")) == []


def test_a_fund_that_pays_without_a_card_is_a_warning() -> None:
    none = dict.fromkeys(("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN"), "")
    assert _found(SERVICE, **none) == [("claim.fund-without-card", "warning", "XML1[1].T_BHTT")]
    assert _found(changed(ALONE, TYLE_TT_BH="0"), **none) == []
