"""The formulas of a line, by the worked examples of benefits.md sections 5 and 6 and by hand."""

import pytest

from tests.unit.bhyt.claims import DRUGS, HEADER, SERVICES, alone, changed, claim, found, only, told


def test_the_sample_claim_is_in_order() -> None:
    assert found(claim()) == []


def test_forty_percent_of_eighty_is_thirty_two() -> None:
    row = changed(
        SERVICES[0], THANH_TIEN_BV="36500.00", MUC_HUONG="32", T_BHTT="11680.00", T_BNCCT="24820.00"
    )
    assert alone(row) == []


def test_half_of_ninety_five_is_forty_seven_and_a_half() -> None:
    row = changed(SERVICES[0], MUC_HUONG="47.5", T_BHTT="17337.50", T_BNCCT="19162.50")
    assert alone(row, generation="1931") == []


@pytest.mark.parametrize("rate", ["47", "48"])
def test_three_characters_had_no_room_for_forty_seven_and_a_half(rate: str) -> None:
    row = changed(SERVICES[0], MUC_HUONG=rate, T_BHTT="17337.50", T_BNCCT="19162.50")
    assert alone(row, generation="3176") == []
    assert alone(row, generation="1931") == [], "systems that were not changed go on with three characters"
    fund = int(rate) * 365
    exact = changed(row, T_BHTT=str(fund), T_BNCCT=str(36500 - fund))
    assert alone(exact, generation="3176") == []


@pytest.mark.parametrize(
    ("field", "value", "code", "expected"),
    [
        ("THANH_TIEN_BV", "12506.00", "claim.line-hospital-amount", "12505.00"),
        ("THANH_TIEN_BV", "12504.00", "claim.line-hospital-amount", "12505.00"),
        ("THANH_TIEN_BH", "12504.00", "claim.line-insured-amount", "12505.00"),
        ("T_BHTT", "10005.00", "claim.line-share", "10004.00"),
        ("T_BNCCT", "2500.00", "claim.line-share", "2501.00"),
        ("T_BNTT", "1.00", "claim.line-share", "0.00"),
        ("T_NGUONKHAC", "-1", "claim.negative", ">= 0"),
    ],
)
def test_one_dong_too_much_is_an_error_with_both_amounts(
    field: str, value: str, code: str, expected: str
) -> None:
    problems = alone(changed(DRUGS[0], **{field: value}))
    assert (code, "error", f"XML2[1].{field}", value, expected) in problems


@pytest.mark.parametrize("field", ["THANH_TIEN_BV", "THANH_TIEN_BH", "T_BHTT", "T_BNCCT"])
def test_ninety_nine_hundredths_too_much_is_only_told(field: str) -> None:
    value = f"{float(DRUGS[0][field]) + 0.99:.2f}"
    problems = alone(changed(DRUGS[0], **{field: value}))
    assert {(code, severity) for code, severity, *_ in problems} == {("claim.rounded", "warning")}


def test_one_hundredth_is_silence() -> None:
    assert alone(changed(DRUGS[0], T_BHTT="10004.01", T_BNCCT="2500.99")) == []


def test_half_a_hundredth_is_rounded_up() -> None:
    # 3 x 1.115 = 3.345: half up gives 3.35, half even 3.34; both are within a hundredth.
    row = changed(
        DRUGS[0],
        SO_LUONG="3",
        DON_GIA="1.115",
        THANH_TIEN_BV="3.35",
        THANH_TIEN_BH="3.35",
        T_BHTT="2.68",
        T_BNCCT="0.67",
    )
    assert alone(row) == []
    (problem, *_) = alone(changed(row, THANH_TIEN_BV="5.00", T_BNTT="1.65"))
    assert problem[4] == "3.35"


def test_a_hospital_that_rounds_to_whole_dong_is_not_refused_and_is_told_once_a_field() -> None:
    # 12,345.67 x 3 = 37,037.01; 80 % = 29,629.61
    row = changed(
        DRUGS[0],
        SO_LUONG="3",
        DON_GIA="12345.670",
        THANH_TIEN_BV="37037",
        THANH_TIEN_BH="37037",
        T_BHTT="29630",
        T_BNCCT="7407",
    )
    rows = [changed(row, STT=str(number)) for number in range(1, 31)]
    totals = dict.fromkeys(("T_THUOC", "T_TONGCHI_BV", "T_TONGCHI_BH"), str(37037 * 30))
    header = changed(
        HEADER,
        **totals,
        T_VTYT="0",
        T_BNTT="0",
        T_BHTT=str(29630 * 30),
        T_BNCCT=str(7407 * 30),
        T_BHTT_GDV=str(29630 * 30),
    )
    problems = told(found(claim(header, drugs=rows, services=[])))
    assert problems == [
        ("claim.rounded", "warning", "XML2[1].T_BHTT", "29630", "29629.60"),
        ("claim.rounded", "warning", "XML2[1].T_BNCCT", "7407", "7407.40"),
    ]


def test_a_quantity_that_lost_its_fourth_decimal_explains_a_difference() -> None:
    # A third of a vial of 300,000: 0.333 is written, 100,000 was computed.
    row = changed(
        DRUGS[0],
        SO_LUONG="0.333",
        DON_GIA="300000",
        THANH_TIEN_BV="100000.00",
        THANH_TIEN_BH="100000.00",
        T_BHTT="80000.00",
        T_BNCCT="20000.00",
    )
    assert {(code, severity) for code, severity, *_ in alone(row)} == {("claim.rounded", "warning")}
    assert ("claim.line-hospital-amount", "error") in {
        (code, severity)
        for code, severity, *_ in alone(
            changed(
                row,
                THANH_TIEN_BV="100100.00",
                THANH_TIEN_BH="100100.00",
                T_BHTT="80080.00",
                T_BNCCT="20020.00",
            )
        )
    }


SHARED_BED = changed(
    SERVICES[2],
    SO_LUONG="2",
    DON_GIA_BV="222300",
    DON_GIA_BH="222300",
    TYLE_TT_DV="50",
    THANH_TIEN_BV="222300.00",
    THANH_TIEN_BH="222300.00",
    T_BHTT="177840.00",
    T_BNCCT="44460.00",
)


def test_the_rate_of_a_service_counts_since_decision_4750() -> None:
    assert alone(SHARED_BED, generation="4750") == []
    assert alone(SHARED_BED, generation="130") == []


def test_decision_130_printed_the_amount_without_the_rate_of_the_service() -> None:
    printed = changed(SHARED_BED, THANH_TIEN_BV="444600.00", T_BNTT="222300.00")
    assert alone(printed, generation="130") == []
    assert (
        "claim.line-hospital-amount",
        "error",
        "XML3[1].THANH_TIEN_BV",
        "444600.00",
        "222300.00",
    ) in alone(printed, generation="4750")


def test_the_insured_price_may_be_lower_than_the_hospitals() -> None:
    row = changed(SERVICES[0], DON_GIA_BV="50000", THANH_TIEN_BV="50000.00", T_BNTT="13500.00")
    assert alone(row) == []


def test_shares_that_fit_each_other_but_not_the_rate_are_an_error() -> None:
    row = changed(DRUGS[0], T_BHTT="12505.00", T_BNCCT="0")
    assert [(code, where) for code, _, where, *_ in alone(row)] == [
        ("claim.line-share", "XML2[1].T_BHTT"),
        ("claim.line-share", "XML2[1].T_BNCCT"),
    ]


def test_what_the_patient_pays_alone_may_stand_under_either_name() -> None:
    row = changed(DRUGS[0], MUC_HUONG="0", T_BHTT="0", T_BNCCT="0", T_BNTT="12505.00")
    assert {severity for _, severity, *_ in alone(row)} == {"warning"}
    row = changed(row, T_BNTT="12504.00")
    assert "error" in {severity for _, severity, *_ in alone(row)}


@pytest.mark.parametrize(
    ("row", "field", "code", "severity"),
    [
        (changed(DRUGS[0], SO_LUONG="-10", THANH_TIEN_BV="-12505.00"), "SO_LUONG", "claim.negative", "error"),
        (changed(DRUGS[0], DON_GIA="-1"), "DON_GIA", "claim.negative", "error"),
        (changed(SERVICES[0], DON_GIA_BV="-1"), "DON_GIA_BV", "claim.negative", "error"),
        (changed(DRUGS[0], T_BNCCT="-1"), "T_BNCCT", "claim.negative", "error"),
        (changed(DRUGS[0], SO_LUONG="0"), "SO_LUONG", "claim.no-quantity", "warning"),
        (changed(DRUGS[0], DON_GIA="0"), "DON_GIA", "claim.no-price", "warning"),
    ],
)
def test_figures_below_or_at_zero_are_found(
    row: dict[str, str], field: str, code: str, severity: str
) -> None:
    places = [
        (found_code, found_severity, where.partition(".")[2])
        for found_code, found_severity, where, *_ in alone(row)
    ]
    assert (code, severity, field) in places


NOTHING = dict.fromkeys(("THANH_TIEN_BV", "THANH_TIEN_BH", "T_BNTT", "T_BNCCT", "T_BHTT"), "0")


def test_a_bed_of_a_further_department_has_no_quantity() -> None:
    """QĐ 4750, TYLE_TT_DV: departments between the dearest and the cheapest write quantity 0."""
    assert alone(changed(SERVICES[2], SO_LUONG="0", **NOTHING)) == []


def test_a_drug_of_a_program_costs_nothing() -> None:
    assert alone(changed(DRUGS[0], DON_GIA="0", NGUON_CTRA="3", **NOTHING)) == []


def test_numbers_as_long_as_the_tables_allow_are_compared_exactly() -> None:
    long = "999999999999999999.999999"
    row = changed(DRUGS[0], SO_LUONG=long, DON_GIA=long)
    (problem, *_) = alone(row)
    assert problem[0] == "claim.line-hospital-amount"
    # By Python's integers: 999999999999999999999999 squared, 12 decimals, rounded to 2.
    cents = (999999999999999999999999**2 + 5 * 10**9) // 10**10
    assert problem[4] == f"{cents // 100}.{cents % 100:02d}"


def test_the_one_finding_of_a_line_names_its_place() -> None:
    rows = [DRUGS[0], changed(DRUGS[1], T_NGUONKHAC_NSNN="5")]
    assert only(claim(drugs=rows))[2] == "XML2[2].T_NGUONKHAC"
