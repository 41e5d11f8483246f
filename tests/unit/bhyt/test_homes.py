"""The list of homes: complete, once each, and printed as the page of fields without one."""

from pathlib import Path

import pytest

from bhyt.r4.homes import document, fields_of, homes, row_of
from bhyt.tables.fields import TABLES, all_fields

PAGE = Path(__file__).parents[3] / "docs" / "fields-without-a-home.md"


@pytest.mark.parametrize("table", TABLES)
def test_every_field_of_every_generation_is_listed_once_in_the_official_order(table: str) -> None:
    official = list(dict.fromkeys(field.name for field in all_fields(table)))
    assert [home.field for home in homes() if home.table == table] == official


def test_a_field_has_a_home_or_a_reason_and_never_both() -> None:
    assert all(bool(home.path) is not bool(home.reason) for home in homes())


def test_the_page_of_fields_without_a_home_is_printed_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == document()


def test_the_fields_without_a_home_are_these() -> None:
    assert [(home.table, home.field) for home in homes() if not home.path] == [
        ("XML1", "STT"),
        ("CHECKIN", "STT"),
    ]


def test_a_row_has_its_fields_in_the_official_order_without_empty_and_unknown_ones() -> None:
    row = row_of("XML2", 3, {"TEN_THUOC": "A", "LA": "x", "MA_LK": "SYN-1", "STT": "7"})
    assert row.fields == (("MA_LK", "SYN-1"), ("STT", "7"), ("TEN_THUOC", "A"))
    assert row.line == 3


def test_a_table_that_is_none_of_ours_has_no_fields() -> None:
    assert fields_of("XML12") == ()
