"""Lines that others pay for, and lines under a ceiling, by the worked examples of benefits.md 3 and 6."""

import pytest

from tests.unit.bhyt.claims import DRUGS, SERVICES, alone, changed

# The official example of case b: a drug of 10,000,000 at 50 %, support 3,000,000, level 80.
OFFICIAL = changed(
    DRUGS[0],
    SO_LUONG="1",
    DON_GIA="10000000",
    TYLE_TT_BH="50",
    THANH_TIEN_BV="10000000.00",
    THANH_TIEN_BH="3500000.00",
    T_NGUONKHAC_VTTN="3000000",
    T_NGUONKHAC="3000000",
    T_BHTT="2800000.00",
    T_BNCCT="700000.00",
    T_BNTT="3500000.00",
)


def test_the_official_example_of_support_for_the_facility_is_in_order() -> None:
    assert alone(OFFICIAL) == []


# 12,505 at 50 %: provisional T_BNTT 6,252.50, T_BNCCT 1,250.50, T_BHTT 5,002.00.
HALF = changed(
    DRUGS[0], TYLE_TT_BH="50", THANH_TIEN_BH="6252.50", T_BNTT="6252.50", T_BNCCT="1250.50", T_BHTT="5002.00"
)


@pytest.mark.parametrize(
    ("support", "self_paid", "copayment", "fund"),
    [
        pytest.param("0", "6252.50", "1250.50", "5002.00", id="nobody"),
        pytest.param("1000", "5252.50", "1250.50", "5002.00", id="part-of-what-the-patient-pays-alone"),
        pytest.param("6252.50", "0", "1250.50", "5002.00", id="all-of-it"),
        pytest.param("7000", "0", "503.00", "5002.00", id="and-of-the-copayment"),
        pytest.param("7503", "0", "0", "5002.00", id="all-of-the-copayment"),
        pytest.param("10000", "0", "0", "2505.00", id="and-of-the-fund"),
        pytest.param("12505", "0", "0", "0", id="everything"),
        pytest.param("1250.50", "6252.50", "0", "5002.00", id="case-c-in-place-of-the-copayment"),
    ],
)
def test_support_is_taken_off_in_its_order(support: str, self_paid: str, copayment: str, fund: str) -> None:
    row = changed(
        HALF, T_NGUONKHAC_NSNN=support, T_NGUONKHAC=support, T_BNTT=self_paid, T_BNCCT=copayment, T_BHTT=fund
    )
    assert alone(row) == []


def test_shares_of_a_supported_line_that_fit_no_case_are_a_warning() -> None:
    row = changed(
        HALF, T_NGUONKHAC_CL="1000", T_NGUONKHAC="1000", T_BNTT="6252.50", T_BNCCT="1250.50", T_BHTT="4002.00"
    )
    problems = alone(row)
    assert {code for code, *_ in problems} == {"claim.support-case"}
    assert {severity for _, severity, *_ in problems} == {"warning"}
    assert ("claim.support-case", "warning", "XML2[1].T_BHTT", "4002.00", "5002.00") in problems


def test_a_supported_line_has_to_add_up_all_the_same() -> None:
    row = changed(OFFICIAL, T_BNTT="3500001.00")
    assert (
        "claim.line-identity",
        "error",
        "XML2[1].THANH_TIEN_BV",
        "10000000.00",
        "10000001.00",
    ) in alone(row)


def test_other_sources_are_the_sum_of_their_parts() -> None:
    row = changed(OFFICIAL, T_NGUONKHAC_VTTN="2999999")
    assert alone(row) == [("claim.other-sources", "warning", "XML2[1].T_NGUONKHAC", "3000000", "2999999.00")]
    assert alone(changed(OFFICIAL, T_NGUONKHAC_VTTN="1000000", T_NGUONKHAC_NSNN="2000000")) == []


def test_other_sources_whose_parts_are_not_told_are_a_warning() -> None:
    assert alone(changed(OFFICIAL, T_NGUONKHAC_VTTN="0")) == [
        ("claim.other-sources", "warning", "XML2[1].T_NGUONKHAC", "3000000", "0.00")
    ]


def test_parts_of_other_sources_without_their_total_are_a_warning_where_the_line_adds_up() -> None:
    row = changed(DRUGS[0], T_NGUONKHAC_NSNN="5")
    assert alone(row) == [("claim.other-sources", "warning", "XML2[1].T_NGUONKHAC", "0", "5.00")]
    problems = alone(changed(row, T_BNTT="5"))
    assert ("claim.other-sources", "error", "XML2[1].T_NGUONKHAC", "0", "5.00") in problems


def test_a_source_in_two_parts_is_a_warning() -> None:
    row = changed(OFFICIAL, T_NGUONKHAC_NSNN="3000000")
    assert alone(row) == [("claim.other-sources", "warning", "XML2[1].T_NGUONKHAC", "3000000", "6000000.00")]


SUPPLY = changed(
    SERVICES[3],
    SO_LUONG="1",
    DON_GIA_BV="150000000",
    DON_GIA_BH="150000000",
    T_TRANTT="105300000",
    THANH_TIEN_BV="150000000.00",
    THANH_TIEN_BH="105300000.00",
    T_BHTT="84240000.00",
    T_BNCCT="21060000.00",
    T_BNTT="44700000.00",
)


def test_a_ceiling_cuts_the_insured_amount() -> None:
    """45 months of the base salary of 2,340,000 (benefits.md 3) for one package of supplies."""
    assert alone(SUPPLY) == []


def test_an_insured_amount_above_the_ceiling_is_told() -> None:
    row = changed(
        SUPPLY, THANH_TIEN_BH="150000000.00", T_BHTT="105300000.00", T_BNCCT="44700000.00", T_BNTT="0"
    )
    assert alone(row) == [
        ("claim.over-ceiling", "warning", "XML3[1].THANH_TIEN_BH", "150000000.00", "105300000.00")
    ]


def test_the_fund_pays_no_more_than_the_ceiling() -> None:
    row = changed(
        SUPPLY, THANH_TIEN_BH="150000000.00", T_BHTT="120000000.00", T_BNCCT="30000000.00", T_BNTT="0"
    )
    assert alone(row) == [("claim.over-ceiling", "error", "XML3[1].T_BHTT", "120000000.00", "105300000.00")]


def test_a_ceiling_of_zero_is_none() -> None:
    assert alone(changed(SERVICES[3], T_TRANTT="0")) == []
