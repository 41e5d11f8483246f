"""The totals of XML1 beside the sums of the lines."""

import pytest

from tests.unit.bhyt.claims import DRUGS, HEADER, SERVICES, changed, claim, found, only, told

TOTALS = ("T_THUOC", "T_VTYT", "T_TONGCHI_BV", "T_TONGCHI_BH", "T_BNTT", "T_BNCCT", "T_BHTT")


def _more(name: str, by: float) -> dict[str, str]:
    """Return the sample's summary with one total higher."""
    return changed(HEADER, **{name: f"{float(HEADER[name]) + by:.2f}"})


@pytest.mark.parametrize("name", TOTALS)
@pytest.mark.parametrize("by", [1, -1])
def test_a_total_that_is_a_dong_off_is_an_error_with_the_sum(name: str, by: int) -> None:
    header = _more(name, by)
    problems = told(found(claim(header)))
    assert ("claim.total", "error", f"XML1[1].{name}", header[name], HEADER[name]) in problems


@pytest.mark.parametrize("name", [*TOTALS, "T_BHTT_GDV"])
def test_less_than_a_dong_is_rounding(name: str) -> None:
    problems = told(found(claim(_more(name, 0.99))))
    assert {(code, severity) for code, severity, *_ in problems} == {("claim.rounded", "warning")}


@pytest.mark.parametrize("name", [*TOTALS, "T_BHTT_GDV"])
def test_a_hundredth_for_each_line_is_silence(name: str) -> None:
    assert found(claim(_more(name, 0.06))) == []
    assert found(claim(_more(name, 0.07))) != []


def test_both_formulas_of_the_fund_are_told_when_both_fail() -> None:
    assert told(found(claim(_more("T_BHTT", 5)))) == [
        ("claim.total", "error", "XML1[1].T_BHTT", "1031569.80", "1031564.80"),
        ("claim.total-printed", "error", "XML1[1].T_BHTT", "1031569.80", "1031564.80"),
    ]


def test_the_fund_by_service_is_that_of_the_lines_paid_by_service() -> None:
    services = [changed(SERVICES[0], MA_PTTT="2"), *SERVICES[1:]]
    assert only(claim(services=services)) == (
        "claim.total-by-service",
        "error",
        "XML1[1].T_BHTT_GDV",
        "1031564.80",
        "1002364.80",
    )
    assert found(claim(changed(HEADER, T_BHTT_GDV="1002364.80"), services=services)) == []


@pytest.mark.parametrize("group", ["QN", "CY", "CA"])
def test_the_fund_by_service_is_not_compared_for_the_uniformed(group: str) -> None:
    header = changed(HEADER, T_BHTT_GDV="0", MA_THE_BHYT=f"{group}5339900000001")
    assert found(claim(header)) == []


def test_supplies_added_up_by_their_code_are_a_warning() -> None:
    # A supply under another cost group than 10 and 11.
    services = [*SERVICES[:3], changed(SERVICES[3], MA_NHOM="9")]
    assert only(claim(services=services))[:3] == ("claim.total", "warning", "XML1[1].T_VTYT")


def test_drugs_are_not_supplies_and_services_neither() -> None:
    header = changed(HEADER, T_VTYT=HEADER["T_TONGCHI_BV"])
    assert only(claim(header))[:3] == ("claim.total", "error", "XML1[1].T_VTYT")


# Case c: the second drug's co-payment of 5,670 is paid by another source.
ARV = changed(DRUGS[1], T_NGUONKHAC_CL="5670", T_NGUONKHAC="5670", T_BNCCT="0")
WITH_SUPPORT = changed(HEADER, T_NGUONKHAC="5670", T_BNCCT="252221.20")


def test_where_others_paid_the_sum_of_the_lines_is_the_fund() -> None:
    """T_TONGCHI_BH - T_BNCCT, the printed formula, would be 5,670 more."""
    assert found(claim(WITH_SUPPORT, drugs=[DRUGS[0], ARV])) == []


def test_where_others_paid_the_printed_formula_is_a_warning() -> None:
    header = changed(WITH_SUPPORT, T_BHTT="1037234.80")
    assert told(found(claim(header, drugs=[DRUGS[0], ARV]))) == [
        ("claim.total", "warning", "XML1[1].T_BHTT", "1037234.80", "1031564.80")
    ]


def test_where_others_paid_a_fund_by_neither_formula_is_an_error_told_twice() -> None:
    header = changed(WITH_SUPPORT, T_BHTT="1000000")
    problems = told(found(claim(header, drugs=[DRUGS[0], ARV])))
    assert [(code, severity) for code, severity, *_ in problems] == [
        ("claim.total", "error"),
        ("claim.total-printed", "error"),
    ]


def test_where_others_paid_the_fund_by_service_is_an_error_by_neither_formula() -> None:
    drugs = [DRUGS[0], ARV]
    printed = changed(WITH_SUPPORT, T_BHTT="1037234.80", T_BHTT_GDV="1037234.80")
    assert {severity for _, severity, *_ in told(found(claim(printed, drugs=drugs)))} == {"warning"}
    header = changed(WITH_SUPPORT, T_BHTT_GDV="2031564.80")
    assert only(claim(header, drugs=drugs))[:2] == ("claim.total-by-service", "error")


@pytest.mark.parametrize("stated", ["0", "0.00"])
def test_a_fund_by_service_that_is_never_counted_is_a_warning(stated: str) -> None:
    assert only(claim(changed(HEADER, T_BHTT_GDV=stated)))[:2] == ("claim.total-by-service", "warning")
    assert found(claim(changed(HEADER, T_BHTT_GDV=""))) == [], "its absence is told when it is read"


# Ten drugs of 1,000.40 at 50 % and 80 %: exactly 1,000.40, 500.20, 400.16, 100.04 and 500.20 each.
WHOLE = {"THANH_TIEN_BV": "1000", "THANH_TIEN_BH": "500", "T_BHTT": "400", "T_BNCCT": "100", "T_BNTT": "500"}
DRUG = changed(DRUGS[0], SO_LUONG="1", DON_GIA="1000.4", TYLE_TT_BH="50", **WHOLE)
TEN = [changed(DRUG, STT=str(number)) for number in range(1, 11)]
OF_TEN = {
    "T_THUOC": (10000, "10004"),
    "T_TONGCHI_BV": (10000, "10004"),
    "T_TONGCHI_BH": (5000, "5002"),
    "T_BNTT": (5000, "5002"),
    "T_BNCCT": (1000, "1000.40"),
    "T_BHTT": (4000, "4001.60"),
    "T_BHTT_GDV": (4000, "4001.60"),
}
TEN_HEADER = changed(HEADER, T_VTYT="0", **{name: str(whole) for name, (whole, _) in OF_TEN.items()})


def _severities(header: dict[str, str], drugs: list[dict[str, str]]) -> set[str]:
    """Return how severe what is found in a claim of drugs is."""
    return {severity for _, severity, *_ in told(found(claim(header, drugs=drugs, services=[])))}


@pytest.mark.parametrize("fund", ["4001.60", "4002", "4001"], ids=["exact", "rounded", "cut"])
def test_totals_of_whole_lines_may_be_made_of_the_lines_before_they_were_rounded(fund: str) -> None:
    assert _severities(TEN_HEADER, TEN) == {"warning"}
    exact = changed(TEN_HEADER, **{name: amount for name, (_, amount) in OF_TEN.items()})
    assert _severities(changed(exact, T_BHTT=fund, T_BHTT_GDV=fund), TEN) == {"warning"}


@pytest.mark.parametrize("by", [-19, -9, -3, 3, 5, 9, 19])
@pytest.mark.parametrize("name", [*OF_TEN, "T_VTYT", "T_NGUONKHAC"])
def test_no_total_may_be_off_by_a_dong_for_each_rounded_line(name: str, by: int) -> None:
    total = OF_TEN.get(name, (0, ""))[0] + by
    assert "error" in _severities(changed(TEN_HEADER, **{name: str(total)}), TEN)


def test_lines_that_are_cut_have_exact_totals() -> None:
    """Four drugs of 1,001.90 at 50 % and 80 %: 400.76 each for the fund, of which 400 is written."""
    cut = {"THANH_TIEN_BV": "1001", "T_BNTT": "501"}
    rows = [changed(row, DON_GIA="1001.9", **cut) for row in TEN[:4]]
    totals = {"T_THUOC": "4007.60", "T_TONGCHI_BV": "4007.60", "T_TONGCHI_BH": "2003.80", "T_BNTT": "2003.80"}
    totals |= {"T_BNCCT": "400.76", "T_BHTT": "1603.04", "T_BHTT_GDV": "1603.04"}
    assert _severities(changed(TEN_HEADER, **totals), rows) == {"warning"}


def test_the_fund_may_be_the_difference_of_two_totals_that_were_rounded() -> None:
    """1,000 at 80 % and 0.50 at 0 %: 1,000.50 - 200.50 is 800, rounded 1,001 - 200 is 801."""
    prices = {"DON_GIA": "1000", "TYLE_TT_BH": "100", "T_BNTT": "0"}
    first = changed(DRUG, **prices, THANH_TIEN_BH="1000", T_BHTT="800", T_BNCCT="200")
    second = changed(first, STT="2", DON_GIA="0.5", MUC_HUONG="0", THANH_TIEN_BV="0.5", THANH_TIEN_BH="0.5")
    second = changed(second, T_BHTT="0", T_BNCCT="0.5")
    totals = {"T_THUOC": "1000.5", "T_TONGCHI_BV": "1000.5", "T_TONGCHI_BH": "1001", "T_BNTT": "0"}
    header = changed(TEN_HEADER, **totals, T_BNCCT="200", T_BHTT="801", T_BHTT_GDV="801")
    assert _severities(header, [first, second]) == {"warning"}
    assert "error" in _severities(changed(header, T_BHTT="802", T_BHTT_GDV="802"), [first, second])


def test_a_claim_that_asks_for_money_lists_lines() -> None:
    assert only(claim(drugs=[], services=[])) == (
        "claim.no-lines",
        "error",
        "XML1[1].T_TONGCHI_BV",
        "1317806.00",
        "XML2 / XML3",
    )


def test_a_visit_that_cost_nothing_needs_no_lines() -> None:
    nothing = dict.fromkeys((*TOTALS, "T_BHTT_GDV", "T_NGUONKHAC"), "0")
    assert found(claim(changed(HEADER, **nothing), drugs=[], services=[])) == []


def test_the_tolerance_of_many_lines_hides_no_dong() -> None:
    """Of 150 lines a hundredth each makes 1.50: a difference of one is still told."""
    row = changed(SERVICES[0])
    services = [changed(row, STT=str(number)) for number in range(1, 151)]
    sums = {
        "T_TONGCHI_BV": 36500,
        "T_TONGCHI_BH": 36500,
        "T_BNCCT": 7300,
        "T_BHTT": 29200,
        "T_BHTT_GDV": 29200,
    }
    header = changed(
        HEADER, T_THUOC="0", T_VTYT="0", T_BNTT="0", **{name: str(150 * one) for name, one in sums.items()}
    )
    assert found(claim(header, drugs=[], services=services)) == []
    header = changed(header, T_TONGCHI_BV=str(150 * 36500 + 1))
    assert only(claim(header, drugs=[], services=services))[:2] == ("claim.rounded", "warning")
    header = changed(header, T_TONGCHI_BV=str(150 * 36500 + 2))
    assert only(claim(header, drugs=[], services=services))[:2] == ("claim.total", "error")
