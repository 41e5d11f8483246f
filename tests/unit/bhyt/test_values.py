"""One row's values as hospital systems write them: what is read, what is told, and how severely."""

from datetime import date
from decimal import Decimal

import pytest

from bhyt.errors import MissingField
from bhyt.national.values import Values, read_values
from bhyt.problems import Findings
from bhyt.records.row import Row
from bhyt.tables.generations import Generation

ON = date(2026, 9, 14)


def _read(
    table: str, generation: Generation = "3176", *, line: int = 2, **values: str
) -> tuple[Values, list[tuple[str, str, str | None, str | None]]]:
    """Return the values and the problems of the fields that are given; gaps elsewhere are left out."""
    findings = Findings(1)
    read = read_values(Row.of(table, line, values.items()), findings, generation=generation, on=ON)
    told = [
        (problem.code, problem.severity, problem.value, problem.expected)
        for problem in findings.problems
        if problem.field in values
    ]
    return read, told


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1000", "1000"),
        ("1000.00", "1000.00"),
        (" 1000.50\u00a0", "1000.50"),
        ("0", "0"),
        ("0.00", "0.00"),
        ("-12.5", "-12.5"),
        (".5", "0.5"),
        ("1000.", "1000"),
        ("0.3333333333", "0.3333333333"),
    ],
)
def test_a_number_is_read_with_the_decimals_as_sent(text: str, number: str) -> None:
    values, problems = _read("XML3", T_BHTT=text)
    assert (str(values.number("T_BHTT")), problems) == (number, [])


@pytest.mark.parametrize("text", ["1000,5", "1.000,5", "1,000", "1,000.50", "-3,5"])
def test_a_number_with_a_comma_is_an_error_that_names_the_comma(text: str) -> None:
    values, problems = _read("XML3", T_BHTT=text)
    assert problems == [("record.comma-in-number", "error", text, "0.00")]
    assert values.number("T_BHTT") is None


@pytest.mark.parametrize(
    "text",
    [
        "1 000",
        "1.000.000",
        "1E18",
        "1E-39",
        "1E",
        "NaN",
        "một",
        "+5",
        "5đ",
        "-",
        ".",
        "\u0661",
        "0." + 39 * "3",
    ],
)
def test_what_is_no_number_is_an_error(text: str) -> None:
    _, problems = _read("XML3", T_BHTT=text)
    assert problems == [("record.bad-number", "error", text, "0.00")]


@pytest.mark.parametrize(
    "text", ["333.333333333333333333333333", "." + 37 * "3", "-" + 18 * "9" + "." + 20 * "9"]
)
def test_a_number_may_have_as_many_decimals_as_fhir_can_be_read_with(text: str) -> None:
    values, problems = _read("XML3", DON_GIA_BV=text)
    assert values.number("DON_GIA_BV") == Decimal(text)
    assert problems == [("record.too-long", "warning", text, "15")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3.0E7", "30000000"),
        ("2.345678E7", "23456780"),
        ("1E+3", "1000"),
        ("1.5e-3", "0.0015"),
        ("-1.8189894035458565E-12", "-0.0000000000018189894035458565"),
        ("0E9", "0"),
    ],
)
def test_a_number_as_programs_print_doubles_is_read_as_what_it_is_and_told(text: str, number: str) -> None:
    values, problems = _read("XML1", T_BHTT=text)
    assert values.number("T_BHTT") == Decimal(number)
    assert ("record.exponent-in-number", "warning", text, number) in problems
    assert {severity for _, severity, *_ in problems} == {"warning"}


@pytest.mark.parametrize("word", ["NULL", "null", "Null"])
def test_the_word_null_is_an_empty_field_and_told_once_a_row(word: str) -> None:
    findings = Findings(1)
    row = Row.of("XML1", 1, [("NGAY_MIEN_CCT", word), ("T_BHTT", f" {word} "), ("LY_DO_VV", f"{word} 1")])
    values = read_values(row, findings, generation="3176", on=ON)
    told = [(p.field, p.severity) for p in findings.problems if p.code == "record.null-word"]
    assert told == [("NGAY_MIEN_CCT", "warning")]
    assert (values.moment("NGAY_MIEN_CCT"), values.number("T_BHTT")) == (None, None)
    assert (values.text("LY_DO_VV"), row.texts[0]) == (f"{word} 1", word)


def test_the_word_null_is_no_value_where_one_is_needed() -> None:
    findings = Findings(1)
    read_values(Row.of("XML1", 1, [("HO_TEN", "NULL")]), findings, generation="3176", on=ON)
    assert ("record.missing-field", "HO_TEN") in {(p.code, p.field) for p in findings.problems}


def test_a_row_number_may_have_ten_digits() -> None:
    values, problems = _read("XML3", STT="9999999999")
    assert (values.integer("STT"), problems) == (9_999_999_999, [])


@pytest.mark.parametrize(("text", "number"), [("9", 9), ("09", 9), ("3.00", 3), ("2026", 2026)])
def test_a_count_is_read_with_leading_zeros_and_empty_decimals(text: str, number: int) -> None:
    values, problems = _read("XML1", NAM_QT=text)
    assert (values.integer("NAM_QT"), problems) == (number, [])


def test_a_count_with_decimals_that_say_something_is_an_error() -> None:
    assert _read("XML1", SO_NGAY_DTRI="2.5")[1] == [("record.bad-number", "error", "2.5", "0")]


@pytest.mark.parametrize(
    ("table", "field", "text", "fhir"),
    [
        ("XML1", "NGAY_SINH", "199500000000", "1995"),
        ("XML1", "NGAY_SINH", "1995", "1995"),
        ("XML1", "NGAY_SINH", "199504000000", "1995-04"),
        ("XML1", "NGAY_SINH", "199504120000", "1995-04-12"),
        ("XML1", "NGAY_SINH", "19950412", "1995-04-12"),
        ("XML1", "NGAY_SINH", "202609141350", "2026-09-14T13:50:00+07:00"),
        ("XML1", "NGAY_VAO", "202609140805", "2026-09-14T08:05:00+07:00"),
        ("XML1", "NGAY_VAO", "202609140000", "2026-09-14T00:00:00+07:00"),
        ("XML1", "NGAY_MIEN_CCT", "20260405", "2026-04-05"),
        ("XML1", "NGAY_MIEN_CCT", "202604051530", "2026-04-05T15:30:00+07:00"),
        ("XML1", "NAM_NAM_LIEN_TUC", "20280101", "2028-01-01"),
        ("XML9", "NGAYSINH_NND", "1995", "1995"),
        ("GIAYCHUNGSINH", "NGAY_SINH_CON", "20260914135042", "2026-09-14T13:50:42+07:00"),
        ("GIAYCHUNGSINH", "NGAYSINH_NND", "19950000", "1995"),
    ],
)
def test_a_date_is_as_exact_as_it_was_sent(table: str, field: str, text: str, fhir: str) -> None:
    values, problems = _read(table, **{field: text})
    found = values.moment(field)
    assert found is not None
    assert (found.to_fhir(), problems) == (fhir, [])


@pytest.mark.parametrize(
    "text", ["20260230", "202613010000", "2026-09-14", "14/09/2026", "202609142400", "202600001200"]
)
def test_a_day_or_time_that_does_not_exist_is_an_error(text: str) -> None:
    assert _read("XML1", NGAY_VAO=text)[1] == [("record.bad-date", "error", text, "yyyyMMddHHmm")]


def test_a_time_with_seconds_where_none_belong_is_read_and_told() -> None:
    values, problems = _read("XML1", NGAY_VAO="20260914080510")
    assert problems == [("record.too-long", "warning", "20260914080510", "12")]
    assert values.need_moment("NGAY_VAO").second == 10


@pytest.mark.parametrize("text", ["0", "00000000", "000000000000"])
def test_zeros_in_a_date_that_may_be_empty_say_that_it_is(text: str) -> None:
    values, problems = _read("XML1", NGAY_MIEN_CCT=text)
    assert (values.moment("NGAY_MIEN_CCT"), problems) == (None, [])
    assert _read("XML1", NGAY_VAO=text)[1] == [("record.bad-date", "error", text, "yyyyMMddHHmm")]


@pytest.mark.parametrize("text", ["0", "00"])
def test_zeros_in_a_code_that_may_be_empty_say_that_there_is_none(text: str) -> None:
    assert _read("XML1", MA_TAI_NAN=text, GIOI_TINH="1")[1] == []
    assert _read("XML1", GIOI_TINH=text)[1][-1][:2] == ("record.unknown-code", "warning")


@pytest.mark.parametrize(
    ("table", "generation", "field", "text", "codes"),
    [
        ("XML2", "3176", "MA_NHOM", "4", []),
        ("XML2", "3176", "MA_NHOM", "04", []),
        ("XML2", "3176", "MA_NHOM", "77", ["record.unknown-code"]),
        ("XML1", "130", "MA_LOAI_KCB", "1", []),
        ("XML1", "4750", "MA_LOAI_KCB", "01", []),
        ("XML1", "4750", "MA_LOAI_KCB", "1", ["record.unknown-code"]),
        ("XML3", "3176", "PP_VO_CAM", "4", []),
        ("XML3", "3176", "VET_THUONG_TP", "x", ["record.unknown-code"]),
        ("XML6", "130", "MA_XU_TRI", "7", []),
        ("XML6", "130", "MA_XU_TRI", "8", ["record.unknown-code"]),
        ("XML6", "4750", "MA_XU_TRI", "1;8", []),
        ("XML6", "4750", "MA_XU_TRI", "1; 9", ["record.unknown-code"]),
    ],
)
def test_a_code_is_looked_up_as_a_number_only_where_it_is_one(
    table: str, generation: Generation, field: str, text: str, codes: list[str]
) -> None:
    assert [code for code, *_ in _read(table, generation, **{field: text})[1]] == codes


def test_a_code_that_is_not_known_is_told_with_those_that_are() -> None:
    assert _read("XML2", PHAM_VI="9")[1] == [("record.unknown-code", "warning", "9", "1, 2, 3")]


def test_a_rate_with_a_decimal_fits_since_1931() -> None:
    assert _read("XML3", "1931", MUC_HUONG="47.5")[1] == []
    assert _read("XML3", "3176", MUC_HUONG="100.00")[1] == []
    assert _read("XML3", "3176", MUC_HUONG="47.5")[1] == [("record.too-long", "warning", "47.5", "3")]


def test_a_text_without_a_limit_is_never_too_long_and_a_letter_counts_once_however_it_is_written() -> None:
    assert _read("XML1", CHAN_DOAN_RV="x" * 100_000, HO_TEN="e\u0302\u0323" * 255)[1] == []
    assert [code for code, *_ in _read("XML1", HO_TEN="ệ" * 256)[1]] == ["record.too-long"]


def test_the_parts_of_a_list_are_read_each_and_empty_ones_passed_over() -> None:
    values, problems = _read(
        "XML1", CAN_NANG_CON="3150; 2900;;", GT_THE_DEN="20261231;2026x", MA_BENH_KT="I10;E11"
    )
    assert values.numbers("CAN_NANG_CON") == (Decimal(3150), Decimal(2900))
    assert values.number("CAN_NANG_CON") == 3150
    assert problems == [("record.bad-date", "error", "2026x", "yyyyMMdd")]


@pytest.mark.parametrize(
    ("table", "field", "code"),
    [
        ("XML1", "MA_LK", "record.no-visit-id"),
        ("XML1", "HO_TEN", "record.missing-field"),
        ("XML1", "DIA_CHI", "record.missing-conditional-field"),
        ("XML1", "MA_QUOCTICH", "record.missing-conditional-field"),
        ("XML1", "MA_BN", "record.missing-conditional-field"),
        ("XML3", "PHAM_VI", "record.missing-conditional-field"),
        ("XML5", "DIEN_BIEN_LS", "record.missing-conditional-field"),
        ("XML5", "THOI_DIEM_DBLS", "record.missing-conditional-field"),
        ("XML2", "DON_GIA", "record.missing-field"),
        ("XML1", "MA_NGHE_NGHIEP", "record.missing-conditional-field"),
        ("XML9", "MA_TTDV", "record.missing-conditional-field"),
        ("XML3", "NGAY_YL", "record.missing-conditional-field"),
    ],
)
def test_a_gap_is_an_error_only_where_all_sources_ask_for_the_value(
    table: str, field: str, code: str
) -> None:
    values, problems = _read(table, **{field: "  "})
    assert [found for found, *_ in problems] == [code]
    assert (problems[0][1] == "warning") == (code == "record.missing-conditional-field")
    with pytest.raises(MissingField):
        values.need_text(field)


@pytest.mark.parametrize("field", ["MAHUYEN_CU_TRU", "SO_CCCD", "NGAY_TTOAN", "MA_THE_BHYT", "DU_PHONG"])
def test_a_field_that_may_be_empty_is_never_told(field: str) -> None:
    assert _read("XML1", **{field: ""})[1] == []


def test_a_field_that_the_generation_does_not_know_is_told_at_the_first_row_only() -> None:
    assert _read("XML13", "3176", line=1, MA_NOI_DI="33999")[1] == [
        ("record.unknown-field", "warning", "33999", None)
    ]
    assert _read("XML13", "4750", line=1, MA_NOI_DI="33999")[1] == []
    assert _read("XML2", "3176", line=2, LA="1")[1] == []
    assert _read("XML2", "3176", line=1, LA="")[1] == []


def test_a_field_that_stands_twice_is_an_error_only_if_it_says_two_things() -> None:
    findings = Findings(1)
    row = Row.of("XML5", 1, [("MA_LK", "A"), ("MA_LK", " A "), ("STT", ""), ("STT", "1"), ("MA_LK", "B")])
    values = read_values(row, findings, generation="3176", on=ON)
    doubled = [(p.field, p.value, p.expected) for p in findings.problems if p.code == "record.field-twice"]
    assert doubled == [("MA_LK", "B", "A")]
    assert (values.need_text("MA_LK"), values.need_integer("STT")) == ("A", 1)


def test_an_identity_number_keeps_its_zeros_though_a_decision_calls_it_a_number() -> None:
    values, problems = _read("XML15", "4750", SO_CCCD="001095000001")
    assert (values.text("SO_CCCD"), problems) == ("001095000001", [])


@pytest.mark.parametrize(
    ("table", "values", "missing"),
    [
        ("XML4", {"GIA_TRI": "5.1"}, {"NGAY_KQ"}),
        ("XML4", {}, set()),
        ("XML7", {"MA_DINH_CHI_THAI": "1"}, {"NGUYENNHAN_DINHCHI", "THOIGIAN_DINHCHI", "TUOI_THAI"}),
        ("XML7", {"MA_DINH_CHI_THAI": "0", "SO_NGAY_NGHI": "0"}, set()),
        ("XML7", {"SO_NGAY_NGHI": "3", "NGOAITRU_TUNGAY": "20260915"}, {"NGOAITRU_DENNGAY"}),
        ("XML6", {"MA_TINH_TRANG_DK": "2;4"}, set()),
        (
            "XML6",
            {"MA_TINH_TRANG_DK": "2; 1"},
            {"LAN_XN_PCR", "NGAY_XN_PCR", "NGAY_KQ_XN_PCR", "MA_KQ_XN_PCR"},
        ),
        ("XML3", {"MA_VAT_TU": "N1", "MA_NHOM": "10"}, {"TEN_VAT_TU", "TT_THAU"}),
    ],
)
def test_a_value_that_only_some_cases_call_for_is_asked_for_in_these(
    table: str, values: dict[str, str], missing: set[str]
) -> None:
    conditional = {
        "XML3": {"TEN_VAT_TU", "TT_THAU", "MA_XANG_DAU", "MA_DICH_VU"},
        "XML4": {"NGAY_KQ"},
        "XML6": {"LAN_XN_PCR", "NGAY_XN_PCR", "NGAY_KQ_XN_PCR", "MA_KQ_XN_PCR"},
        "XML7": {
            "NGUYENNHAN_DINHCHI",
            "THOIGIAN_DINHCHI",
            "TUOI_THAI",
            "NGOAITRU_TUNGAY",
            "NGOAITRU_DENNGAY",
        },
    }
    findings = Findings(1)
    read_values(Row.of(table, 1, values.items()), findings, generation="3176", on=ON)
    told = {p.field for p in findings.problems if p.code == "record.missing-conditional-field"}
    assert told & conditional[table] == missing
