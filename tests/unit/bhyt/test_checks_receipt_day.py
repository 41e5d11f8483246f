"""A record of what has not happened yet: by the day it comes, which the caller says."""

from datetime import date

import pytest

from bhyt.checks.receipt_day import check_day
from bhyt.records.row import Row

TODAY = date(2026, 9, 16)


@pytest.mark.parametrize(
    ("table", "fields", "found"),
    [
        ("GIAYCHUNGSINH", {"NGAY_SINH_CON": "202609170001"}, "NGAY_SINH_CON"),
        ("XML9", {"NGAY_SINH_CON": "20270914"}, "NGAY_SINH_CON"),
        ("GIAYBAOTU", {"NGAY_TV": "202700000000"}, "NGAY_TV"),
        ("XML1", {"NGAY_VAO": "202609160700", "NGAY_RA": "202609170700"}, "NGAY_RA"),
        ("XML1", {"NGAY_VAO": "202709160700", "NGAY_RA": "202709170700"}, "NGAY_VAO"),
        ("XML1", {"NGAY_VAO": "202609162359", "NGAY_RA": "202609162359"}, None),
        ("GIAYBAOTU", {"NGAY_TV": "202600000000"}, None),
        ("GIAYBAOTU", {"NGAY_TV": "nonsense"}, None),
        ("XML1", {}, None),
    ],
)
def test_the_first_moment_that_surely_lies_behind_the_day_is_warned_of(
    table: str, fields: dict[str, str], found: str | None
) -> None:
    problem = check_day(Row.of(table, 1, fields.items()), today=TODAY, number=7)
    assert (problem.field if problem else None) == found
    if problem is not None:
        assert (problem.severity, problem.dossier, problem.expected) == ("warning", 7, "<= 20260916")


def test_a_record_of_fhir_has_no_row_and_is_not_looked_at() -> None:
    assert check_day(None, today=TODAY, number=1) is None
