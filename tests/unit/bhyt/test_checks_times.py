"""The order of times, and what is counted from them."""

import pytest

from bhyt.checks import check_check_in
from bhyt.national.events import read_check_in
from bhyt.problems import Findings
from bhyt.records.checkin import CheckIn
from bhyt.records.row import Row
from tests.unit.bhyt.claims import HEADER, SERVICES, changed, claim, found, only, told

# The sample: arrival 202609140805, admission 202609140900, end 202609161000, payment 202609161030.


@pytest.mark.parametrize(
    ("fields", "field", "severity"),
    [
        ({"NGAY_VAO_NOI_TRU": "202609140804"}, "NGAY_VAO_NOI_TRU", "error"),
        ({"NGAY_VAO_NOI_TRU": "202609161001"}, "NGAY_RA", "error"),
        ({"NGAY_VAO_NOI_TRU": "202609140000"}, "NGAY_VAO_NOI_TRU", "warning"),
        ({"NGAY_VAO_NOI_TRU": "202609130000"}, "NGAY_VAO_NOI_TRU", "error"),
        ({"NGAY_TTOAN": "202609160959"}, "NGAY_TTOAN", "warning"),
    ],
)
def test_times_of_a_stay_have_an_order(fields: dict[str, str], field: str, severity: str) -> None:
    problem = only(claim(changed(HEADER, **fields)))
    assert (problem[0], problem[1], problem[2]) == ("record.times-order", severity, f"XML1[1].{field}")


def test_a_stay_that_ends_before_it_begins_is_an_error_that_names_both_times() -> None:
    header = changed(HEADER, NGAY_RA="202609140700", NGAY_VAO_NOI_TRU="", SO_NGAY_DTRI="1", LY_DO_VNT="")
    assert only(claim(header)) == (
        "record.times-order",
        "error",
        "XML1[1].NGAY_RA",
        "202609140700",
        ">= NGAY_VAO 202609140805",
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"NGAY_VAO_NOI_TRU": "202609140805"},
        {"NGAY_VAO_NOI_TRU": "202609161000"},
        {"NGAY_TTOAN": "202609161000"},
        {"NGAY_TTOAN": ""},
    ],
)
def test_times_may_be_equal_or_absent(fields: dict[str, str]) -> None:
    assert found(claim(changed(HEADER, **fields))) == []


@pytest.mark.parametrize("care_type", ["02", "05", "07", "08"])
def test_drugs_for_weeks_are_paid_before_they_end(care_type: str) -> None:
    header = changed(
        HEADER, MA_LOAI_KCB=care_type, NGAY_RA="202610132359", SO_NGAY_DTRI="0" if care_type == "07" else "30"
    )
    assert found(claim(header)) == []


@pytest.mark.parametrize(
    ("care_type", "days", "expected"),
    [
        ("01", "1", "0"),
        ("1", "1", "0"),
        ("07", "3", "0"),
        ("09", "1", "0"),
        ("02", "2", "3"),
        ("03", "2", "3"),
        ("04", "4", "3"),
        ("06", "0", "3"),
    ],
)
def test_days_are_counted_as_the_kind_of_care_says(care_type: str, days: str, expected: str) -> None:
    header = changed(HEADER, MA_LOAI_KCB=care_type, SO_NGAY_DTRI=days)
    assert only(claim(header)) == (
        "claim.treatment-days",
        "warning",
        "XML1[1].SO_NGAY_DTRI",
        days,
        expected,
    )
    assert found(claim(changed(header, SO_NGAY_DTRI=expected))) == []


@pytest.mark.parametrize("care_type", ["05", "08", "10"])
def test_days_that_only_the_hospital_can_count_are_not_compared(care_type: str) -> None:
    assert found(claim(changed(HEADER, MA_LOAI_KCB=care_type, SO_NGAY_DTRI="17"))) == []


def test_the_month_of_settlement_is_that_of_the_payment() -> None:
    assert only(claim(changed(HEADER, THANG_QT="10"))) == (
        "claim.settlement-month",
        "warning",
        "XML1[1].THANG_QT",
        "2026-10",
        "2026-09",
    )
    assert found(claim(changed(HEADER, THANG_QT="9"))) == []
    assert found(claim(changed(HEADER, THANG_QT="10", NGAY_TTOAN=""))) == []


@pytest.mark.parametrize("month", ["0", "13"])
def test_a_month_that_does_not_exist_is_an_error(month: str) -> None:
    assert only(claim(changed(HEADER, THANG_QT=month)))[:2] == ("claim.settlement-month", "error")


@pytest.mark.parametrize(
    ("born", "severity"),
    [("202609150000", "error"), ("202610000000", "error"), ("202609140806", "warning")],
)
def test_nobody_arrives_before_being_born(born: str, severity: str) -> None:
    problem = only(claim(changed(HEADER, NGAY_SINH=born)))
    assert (problem[0], problem[1], problem[3]) == ("record.born-after-arrival", severity, born)


@pytest.mark.parametrize("born", ["202609140000", "202609000000", "202600000000", "202609140805"])
def test_a_birth_that_may_lie_before_the_arrival_is_in_order(born: str) -> None:
    assert found(claim(changed(HEADER, NGAY_SINH=born))) == []


# The sample's first service: ordered 0905, executed 0910, result 1400.


@pytest.mark.parametrize(
    ("fields", "field", "severity"),
    [
        ({"NGAY_TH_YL": "202609140904"}, "NGAY_TH_YL", "warning"),
        ({"NGAY_KQ": "202609140909"}, "NGAY_KQ", "error"),
        ({"NGAY_KQ": "202609140000"}, "NGAY_KQ", "warning"),
        ({"NGAY_KQ": "202609130000"}, "NGAY_KQ", "error"),
        ({"NGAY_TH_YL": "", "NGAY_KQ": "202609140904"}, "NGAY_KQ", "warning"),
    ],
)
def test_times_of_a_line_have_an_order(fields: dict[str, str], field: str, severity: str) -> None:
    row = changed(SERVICES[0], MA_NHOM="14", **fields)
    problems = [
        one for one in told(found(claim(services=[row, *SERVICES[1:]]))) if one[0] == "claim.line-times"
    ]
    assert [(one[1], one[2]) for one in problems] == [(severity, f"XML3[1].{field}")]


@pytest.mark.parametrize(
    "fields",
    [
        {"NGAY_TH_YL": "202609140905", "NGAY_KQ": "202609140905"},
        {"NGAY_TH_YL": "20260914"},
        {"NGAY_KQ": "20260914"},
        {"NGAY_KQ": ""},
        {"NGAY_TH_YL": "", "NGAY_KQ": ""},
        {"NGAY_TH_YL": "202609000000", "NGAY_KQ": ""},
    ],
)
def test_times_that_may_be_in_order_are(fields: dict[str, str]) -> None:
    assert found(claim(services=[changed(SERVICES[0], **fields), *SERVICES[1:]])) == []


def _check_in(**fields: str) -> list[tuple[str, str, str, str | None, str | None]]:
    row = {name: HEADER[name] for name in HEADER if not name.startswith(("T_", "MA_BENH"))}
    findings = Findings(1)
    record = read_check_in(
        Row.of("CHECKIN", 1, {**row, "NGAY_YL": "202609140810", "MA_DICH_VU": "02.1896", **fields}.items()),
        findings,
        generation="1931",
    )
    assert isinstance(record, CheckIn), findings.problems
    findings = Findings(1)
    check_check_in(record, findings)
    return told(findings.problems)


def test_a_check_in_has_the_same_order_of_times() -> None:
    assert _check_in() == []
    assert [one[:3] for one in _check_in(NGAY_VAO_NOI_TRU="202609140804")] == [
        ("record.times-order", "error", "CHECKIN[1].NGAY_VAO_NOI_TRU")
    ]
    assert [one[:3] for one in _check_in(NGAY_SINH="202701010000")] == [
        ("record.born-after-arrival", "error", "CHECKIN[1].NGAY_SINH")
    ]
