"""Birth certificates, death notices and cards by themselves."""

import re

import pytest

from bhyt.checks import check_birth, check_death
from bhyt.checks.cards import CardParts, card_parts
from bhyt.national.events import read_birth, read_death
from bhyt.problems import Findings
from bhyt.records.row import Row
from tests.unit.bhyt.claims import told
from tests.unit.bhyt.samples import DEATH_NOTICE, inner_files

Told = list[tuple[str, str, str, str | None, str | None]]


def _fields(text: str) -> dict[str, str]:
    """Return the filled fields of the only row of a text."""
    return dict(re.findall(r"<([A-Z_0-9]+)>([^<]+)</\1>", text))


BIRTH = _fields(inner_files()["XML9"])
DEATH = _fields(DEATH_NOTICE.decode())


def _birth(table: str = "XML9", facility: str = "33999", **fields: str) -> Told:
    """Return what is found in the sample's birth with these fields instead."""
    findings = Findings(1)
    row = Row.of(table, 1, {**BIRTH, **fields}.items())
    birth = read_birth(row, findings, facility=facility, generation="1931")
    assert birth is not None, findings.problems
    findings = Findings(1)
    check_birth(birth, findings)
    return told(findings.problems)


def _death(**fields: str) -> Told:
    """Return what is found in the sample's death notice with these fields instead."""
    findings = Findings(1)
    death = read_death(Row.of("GIAYBAOTU", 1, {**DEATH, **fields}.items()), findings, generation="1931")
    assert death is not None, findings.problems
    findings = Findings(1)
    check_death(death, findings)
    return told(findings.problems)


def test_the_samples_are_in_order() -> None:
    assert _birth() == []
    assert _death() == []


@pytest.mark.parametrize(
    ("fields", "code", "severity", "field"),
    [
        ({"NGAY_CT": "20260913"}, "document.issued-before-event", "error", "NGAY_CT"),
        ({"NGAYSINH_NND": "20260916"}, "birth.mother-born-later", "error", "NGAYSINH_NND"),
        ({"NGAYSINH_NND": "20250412"}, "birth.mother-age", "warning", "NGAYSINH_NND"),
        ({"NGAYSINH_NND": "20160916"}, "birth.mother-age", "warning", "NGAYSINH_NND"),
        ({"NGAYSINH_NND": "19650913"}, "birth.mother-age", "warning", "NGAYSINH_NND"),
        ({"NGAYSINH_NND": "196400000000"}, "birth.mother-age", "warning", "NGAYSINH_NND"),
        ({"CAN_NANG_CON": "3.15"}, "birth.weight", "warning", "CAN_NANG_CON"),
        ({"CAN_NANG_CON": "7001"}, "birth.weight", "warning", "CAN_NANG_CON"),
        ({"CAN_NANG_CON": "299"}, "birth.weight", "warning", "CAN_NANG_CON"),
        ({"SO_CON": "0"}, "birth.count", "warning", "SO_CON"),
        ({"SO_CON": "7"}, "birth.count", "warning", "SO_CON"),
        ({"LAN_SINH": "0"}, "birth.count", "warning", "LAN_SINH"),
        ({"LAN_SINH": "21"}, "birth.count", "warning", "LAN_SINH"),
        ({"SO_CON_SONG": "121"}, "birth.count", "warning", "SO_CON_SONG"),
        ({"MA_THE_TAM": "DN4330000000001"}, "document.card-number", "warning", "MA_THE_TAM"),
        ({"MA_THE_TAM": "TE1"}, "document.card-number", "warning", "MA_THE_TAM"),
        ({"MA_THE_NND": "0123456789"}, "document.card-number", "warning", "MA_THE_NND"),
        ({"SO": "00001.GCS.33998.26"}, "document.number", "warning", "SO"),
        ({"SO": "00001.GCS.33999.25"}, "document.number", "warning", "SO"),
        ({"SO": "1.GCS.33999.26"}, "document.number", "warning", "SO"),
    ],
)
def test_what_is_wrong_with_a_birth_is_found(
    fields: dict[str, str], code: str, severity: str, field: str
) -> None:
    assert [one[:3] for one in _birth(**fields)] == [(code, severity, f"XML9[1].{field}")]


@pytest.mark.parametrize(
    "fields",
    [
        {"NGAY_CT": BIRTH["NGAY_SINH_CON"][:8]},
        {"CAN_NANG_CON": "300"},
        {"CAN_NANG_CON": "7000"},
        {"SO_CON": "6"},
        {"LAN_SINH": "20"},
        {"SO_CON_SONG": "0"},
        {"SO": "17"},
        {"SO": "17/2026"},
    ],
)
def test_what_may_be_so_of_a_birth_is_in_order(fields: dict[str, str]) -> None:
    assert _birth(**fields) == []


def test_a_certificate_of_2025_has_a_national_number() -> None:
    fields = {"HOTEN_NND": "MẸ MẪU", "NGAY_SINH_CON": "20260915101500", "MA_GCS": "00001.GCS.33999.26"}
    assert _birth("GIAYCHUNGSINH", **fields) == []
    assert [one[:3] for one in _birth("GIAYCHUNGSINH", **{**fields, "MA_GCS": "00001.GBT.33999.25"})] == [
        ("document.number", "warning", "GIAYCHUNGSINH[1].MA_GCS")
    ]
    # Where the file tells no facility but by the number, only its form and year can be judged.
    assert _birth("GIAYCHUNGSINH", facility="", **fields) == []


@pytest.mark.parametrize(
    ("fields", "code", "severity", "field"),
    [
        ({"NGAY_SINH": "20260912"}, "death.before-birth", "error", "NGAY_TV"),
        ({"NGAY_CAPGIAYBT": "20260910"}, "document.issued-before-event", "error", "NGAY_CAPGIAYBT"),
        ({"NGAYGIO_VV": "202609112231"}, "death.before-admission", "warning", "NGAY_TV"),
        ({"MA_GBT": "00001.GBT.33998.26"}, "document.number", "warning", "MA_GBT"),
        ({"MA_GBT": "00001.GBT.33999.27"}, "document.number", "warning", "MA_GBT"),
        ({"MA_GBT": "00001.GCS.33999.26"}, "document.number", "warning", "MA_GBT"),
        ({"MA_GBT": "17"}, "document.number", "warning", "MA_GBT"),
        ({"MA_THE": "HT333"}, "document.card-number", "warning", "MA_THE"),
    ],
)
def test_what_is_wrong_with_a_death_is_found(
    fields: dict[str, str], code: str, severity: str, field: str
) -> None:
    assert [one[:3] for one in _death(**fields)] == [(code, severity, f"GIAYBAOTU[1].{field}")]


@pytest.mark.parametrize(
    "fields",
    [
        {"NGAY_CAPGIAYBT": "20260911"},
        {"NGAYGIO_VV": "202609112230"},
        {"NGAYGIO_VV": "202609120000", "TINH_TRANG_TV": "1"},
        {"NGAY_SINH": "20260911"},
        {"NGAY_SINH": "20260000"},
    ],
)
def test_what_may_be_so_of_a_death_is_in_order(fields: dict[str, str]) -> None:
    assert _death(**fields) == []


def test_the_expected_number_of_a_notice_is_told() -> None:
    assert _death(MA_GBT="17")[0][3:] == ("17", "NNNNN.GBT.33999.26")


ONE = {
    "MA_THE_BHYT": "DN4339900000001",
    "MA_DKBD": "33999",
    "GT_THE_TU": "20260101",
    "GT_THE_DEN": "20261231",
}
TWO = {name: f"{value};{value}" for name, value in ONE.items()}


def _cards(**fields: str) -> tuple[tuple[CardParts, ...], Told]:
    findings = Findings(1)
    parts = card_parts(Row.of("XML1", 1, fields.items()), findings)
    return parts, told(findings.problems)


def test_parallel_lists_are_read_card_by_card() -> None:
    second = {**TWO, "MA_DKBD": "33999;01028", "GT_THE_DEN": "20260630;"}
    parts, problems = _cards(**second)
    assert problems == []
    assert [(one.facility, one.end) for one in parts] == [("33999", "20260630"), ("01028", None)]


def test_an_end_may_be_open_and_a_patient_uninsured() -> None:
    assert [one.end for one in _cards(**{**ONE, "GT_THE_DEN": ""})[0]] == [None]
    assert _cards() == ((), [])
    assert _cards(MA_THE_BHYT=";") == ((), [])


def test_a_semicolon_behind_the_last_part_counts_for_nothing() -> None:
    assert len(_cards(**{name: f"{value};" for name, value in ONE.items()})[0]) == 1


@pytest.mark.parametrize("name", ["MA_DKBD", "GT_THE_TU", "GT_THE_DEN"])
def test_lists_of_different_length_are_an_error_at_the_one_that_differs(name: str) -> None:
    assert _cards(**{**TWO, name: ONE[name]}) == (
        (),
        [("record.card-lists-differ", "error", f"XML1[1].{name}", "1", "2")],
    )


@pytest.mark.parametrize(
    "number", ["DN433990000001", "DN9339900000001", "0100000001", "DN4339900000001-33999"]
)
def test_a_card_number_of_another_form_is_an_error_that_shows_it(number: str) -> None:
    assert _cards(**{**ONE, "MA_THE_BHYT": number}) == (
        (),
        [("record.bad-card-number", "error", "XML1[1].MA_THE_BHYT", number, None)],
    )


@pytest.mark.parametrize("number", ["dn4339900000001", "DN 4 33 9900000001", "DN-4-33-9900000001"])
def test_a_card_number_in_small_letters_or_as_it_is_printed_is_read_and_told(number: str) -> None:
    covers, problems = _cards(**{**ONE, "MA_THE_BHYT": number})
    assert [cover.number for cover in covers] == ["DN4339900000001"]
    assert problems == [("record.card-spelling", "warning", "XML1[1].MA_THE_BHYT", number, "DN4339900000001")]
