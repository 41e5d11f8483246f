"""Lines and their numbers, the papers that come with a claim, its diagnoses and beds."""

from dataclasses import replace

import pytest

from bhyt.checks import check_claim
from bhyt.problems import Findings
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation
from tests.unit.bhyt.claims import DRUGS, HEADER, SERVICES, changed, claim, found, only

FORMS = {name: Row.of(name, 1, []) for name in ("XML7", "XML13", "XML14")}


def _with(visit: Visit, *, generation: Generation = "3176") -> list[tuple[str, str, str | None]]:
    """Return code, severity and field of everything that is found, papers included."""
    findings = Findings(1)
    check_claim(visit, findings, generation=generation, births=1)
    return [(one.code, one.severity, one.field) for one in findings.problems]


def _forms(*tables: str) -> list[Row]:
    return [FORMS[table] for table in tables]


def _visit(*tables: str, **fields: str) -> Visit:
    """Return the sample claim with these fields of XML1, and the papers by their tables' names alone."""
    return replace(claim(changed(HEADER, **fields)), others=tuple(_forms(*tables)))


def test_two_lines_of_one_number_are_an_error() -> None:
    assert only(claim(drugs=[DRUGS[0], changed(DRUGS[1], STT="1")])) == (
        "claim.line-number-twice",
        "error",
        "XML2[2].STT",
        "1",
        None,
    )


def test_the_numbers_of_two_tables_are_apart() -> None:
    assert found(claim(services=[changed(row, STT=str(5 - int(row["STT"]))) for row in SERVICES[::-1]])) == []


def test_numbers_that_fall_are_a_warning() -> None:
    assert only(claim(drugs=[changed(DRUGS[0], STT="7"), DRUGS[1]])) == (
        "claim.line-number-order",
        "warning",
        "XML2[2].STT",
        "2",
        "> 7",
    )


def test_numbers_may_leave_gaps() -> None:
    assert found(claim(drugs=[DRUGS[0], changed(DRUGS[1], STT="40")])) == []


def test_two_results_of_one_number_are_a_warning() -> None:
    results = [Row.of("XML4", line, [("STT", "1")]) for line in (1, 2)]
    assert only(replace(claim(), others=tuple(results)))[:3] == (
        "claim.line-number-twice",
        "warning",
        "XML4[2].STT",
    )


def test_a_key_of_more_than_a_hundred_characters_is_an_error() -> None:
    longest = "A" * 100
    rows = {"drugs": [changed(row, MA_LK=longest) for row in DRUGS]}
    assert found(claim(changed(HEADER, MA_LK=longest), **rows)) == []
    assert only(claim(changed(HEADER, MA_LK=longest + "A")))[:3] == (
        "record.visit-id-too-long",
        "error",
        "XML1[1].MA_LK",
    )


@pytest.mark.parametrize("care_type", ["03", "04", "06"])
def test_a_stay_without_its_discharge_paper_is_a_warning(care_type: str) -> None:
    assert _with(_visit(MA_LOAI_KCB=care_type)) == [("claim.no-discharge-paper", "warning", "MA_LOAI_KCB")]
    assert _with(_visit("XML7", MA_LOAI_KCB=care_type)) == []


def test_a_consultation_has_no_discharge_paper() -> None:
    assert _with(_visit(MA_LOAI_KCB="01", SO_NGAY_DTRI="0")) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"MA_LOAI_RV": "2"}, "MA_LOAI_RV"),
        ({"MA_LOAI_RV": "5", "MA_NOI_DEN": "33001"}, "MA_LOAI_RV"),
        ({"MA_NOI_DEN": "33001"}, "MA_NOI_DEN"),
        ({"MA_NOI_DI": "33001"}, "MA_NOI_DI"),
    ],
)
def test_a_referral_without_its_paper_is_a_warning(fields: dict[str, str], field: str) -> None:
    assert _with(_visit("XML7", **fields)) == [("claim.no-referral-paper", "warning", field)]
    assert _with(_visit("XML7", "XML13", **fields)) == []
    assert _with(_visit("XML7", **fields), generation="130") == []


def test_who_comes_back_by_appointment_brings_that_paper() -> None:
    assert _with(_visit("XML7", "XML14", MA_NOI_DI="33001")) == []


@pytest.mark.parametrize("code", ["O80", "O84.1", "O81"])
def test_a_delivery_without_birth_certificate_is_a_warning(code: str) -> None:
    visit = claim(changed(HEADER, MA_BENH_CHINH="O99", MA_BENH_KT=code))
    assert only(visit, births=0)[:3] == ("claim.no-birth-certificate", "warning", "XML1[1].MA_BENH_CHINH")
    assert found(visit, births=1) == []


def test_a_stillbirth_has_no_birth_certificate() -> None:
    assert found(claim(changed(HEADER, MA_BENH_KT="Z37.1")), births=0) == []


def test_a_birth_certificate_without_any_delivery_is_a_warning() -> None:
    header = changed(HEADER, MA_BENH_CHINH="J18.9")
    services = [changed(row, TEN_DICH_VU="Khám nội (giả)") for row in SERVICES]
    assert only(claim(header, services=services))[0] == "claim.birth-without-delivery"
    assert found(claim(header, services=services), births=0) == []
    assert found(claim(changed(header, MA_PTTT_QT="73.59"), services=services)) == []
    assert found(claim(header)) == []


@pytest.mark.parametrize("result", ["5", "8"])
def test_a_death_asks_for_its_notice(result: str) -> None:
    assert only(claim(changed(HEADER, KET_QUA_DTRI=result)))[:3] == (
        "claim.death-notice-due",
        "warning",
        "XML1[1].KET_QUA_DTRI",
    )


@pytest.mark.parametrize(
    ("fields", "code", "value"),
    [
        ({"MA_BENH_KT": ";".join(f"E{n:02d}" for n in range(13))}, "claim.too-many-diagnoses", "13"),
        ({"MA_BENH_KT": "E11;I10;e11"}, "claim.diagnosis-twice", "E11"),
        ({"MA_BENH_KT": "E11;O80"}, "claim.principal-repeated", "O80"),
        ({"MA_BENH_CHINH": "O80;O81"}, "claim.several-principals", "O80;O81"),
    ],
)
def test_diagnoses_that_a_form_has_no_room_for_are_warnings(
    fields: dict[str, str], code: str, value: str
) -> None:
    problem = only(claim(changed(HEADER, **fields)))
    assert (problem[0], problem[1], problem[3]) == (code, "warning", value)


def test_twelve_secondary_diagnoses_are_in_order() -> None:
    assert found(claim(changed(HEADER, MA_BENH_KT=";".join(f"E{n:02d}" for n in range(12)) + ";"))) == []


def test_a_bed_has_a_letter_and_three_digits() -> None:
    def with_bed(bed: str) -> Visit:
        return claim(services=[*SERVICES[:2], changed(SERVICES[2], MA_GIUONG=bed), SERVICES[3]])

    assert found(with_bed("H001;T002;C003;K999;")) == []
    assert only(with_bed("H001;12")) == ("claim.bed-code", "warning", "XML3[3].MA_GIUONG", "12", "H001")
