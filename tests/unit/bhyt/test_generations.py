"""Which generation a file follows: by its date, by what stands in it, and where these disagree."""

from datetime import date

import pytest

from bhyt.tables.choosing import choose_generation
from bhyt.tables.fields import profile
from bhyt.tables.generations import Generation, generation_on, generations


@pytest.mark.parametrize(
    ("made_on", "expected"),
    [
        (date(2015, 1, 1), "130"),
        (date(2024, 6, 30), "130"),
        (date(2024, 7, 1), "4750"),
        (date(2024, 10, 29), "3176"),
        (date(2026, 6, 30), "3176"),
        (date(2026, 7, 1), "1931"),
        (date.max, "1931"),
        (None, "1931"),
    ],
)
def test_a_file_that_tells_nothing_else_is_of_the_generation_of_its_date(
    made_on: date | None, expected: Generation
) -> None:
    assert choose_generation(made_on=made_on, fields={"XML1": {"MA_LK", "HO_TEN"}}) == expected
    assert made_on is None or generation_on(made_on) == expected


@pytest.mark.parametrize(
    ("made_on", "table", "names", "expected"),
    [
        pytest.param(
            date(2024, 3, 1), "XML1", {"MA_LK", "NHOM_MAU"}, "4750", id="blood-group-before-its-day"
        ),
        pytest.param(date(2024, 3, 1), "CHECKIN", {"NGAY_VAO_NOI_TRU"}, "4750", id="admission-in-a-check-in"),
        pytest.param(date(2024, 3, 1), "XML14", {"MA_LK"}, "4750", id="a-table-that-130-has-not"),
        pytest.param(date(2026, 9, 14), "XML13", {"MA_NOI_DI"}, "4750", id="a-field-that-3176-removed"),
        pytest.param(date(2024, 8, 1), "XML13", {"MA_CSKCB_DEN"}, "3176", id="a-field-that-3176-brought"),
        pytest.param(date(2026, 9, 14), "XML13", {"TINH_TRANG_CT"}, "1931", id="which-1931-has-too"),
        pytest.param(
            date(2026, 9, 14), "XML13", {"MA_NOI_DI", "MA_CSKCB_DI"}, "1931", id="names-of-two-generations"
        ),
        pytest.param(None, "XML13", {"PP_DIEU_TRI", "PP_DIEUTRI"}, "4750", id="without-a-date"),
        pytest.param(date(2026, 9, 14), "XML1", {"TU_BIA"}, "1931", id="a-name-that-nobody-knows"),
        pytest.param(date(2026, 9, 14), "GIAYBAOTU", {"MA_GBT"}, "1931", id="a-document-of-2025"),
    ],
)
def test_a_name_that_only_some_generations_have_decides(
    made_on: date | None, table: str, names: set[str], expected: Generation
) -> None:
    assert choose_generation(made_on=made_on, fields={table: names}) == expected


@pytest.mark.parametrize(
    ("made_on", "table", "values", "expected"),
    [
        pytest.param(date(2026, 9, 14), "CHECKIN", {"MA_DOITUONG_KCB": "1"}, "130", id="route-of-one-digit"),
        pytest.param(date(2024, 3, 1), "CHECKIN", {"MA_DOITUONG_KCB": "1.1"}, "4750", id="route-with-a-dot"),
        pytest.param(date(2024, 3, 1), "CHECKIN", {"MA_DOITUONG_KCB": "2"}, "130", id="route-of-both"),
        pytest.param(date(2024, 3, 1), "XML1", {"MA_DOITUONG_KCB": "1.1"}, "130", id="route-of-a-claim"),
        pytest.param(
            date(2024, 3, 1), "XML1", {"MA_DOITUONG_KCB": "1.10"}, "4750", id="route-of-4-characters"
        ),
        pytest.param(date(2026, 6, 29), "XML3", {"MUC_HUONG": "47.5"}, "1931", id="rate-with-a-decimal"),
        pytest.param(date(2025, 6, 29), "XML3", {"MUC_HUONG": "47.5"}, "3176", id="before-it-was-signed"),
        pytest.param(date(2025, 6, 29), "XML2", {"MUC_HUONG": "100.00"}, "3176", id="zeros-that-say-nothing"),
        pytest.param(date(2026, 9, 14), "XML1", {"MA_LOAI_KCB": "1"}, "1931", id="a-zero-that-got-lost"),
        pytest.param(
            date(2024, 3, 1), "XML2", {"MA_KHOA": "K01;K02;K03;K04;K05"}, "4750", id="a-list-that-got-longer"
        ),
        pytest.param(date(2026, 9, 14), "XML1", {"MA_DOITUONG_KCB": "quá dài"}, "1931", id="nobody's-form"),
    ],
)
def test_a_value_that_fits_only_some_generations_decides(
    made_on: date, table: str, values: dict[str, str], expected: Generation
) -> None:
    assert choose_generation(made_on=made_on, fields={table: values}) == expected


def test_a_check_in_of_one_digit_with_the_names_of_4750_is_of_4750() -> None:
    values = {"MA_DOITUONG_KCB": "1", "NGAY_VAO_NOI_TRU": "", "MA_VAT_TU": ""}
    assert choose_generation(made_on=date(2024, 3, 1), fields={"CHECKIN": values}) == "4750"


def test_every_generation_has_every_table_but_those_that_4750_brought() -> None:
    for generation in generations():
        missing = {table for table in ("XML13", "XML14", "XML15") if not profile(table, generation)}
        assert missing == ({"XML13", "XML14", "XML15"} if generation == "130" else set())
