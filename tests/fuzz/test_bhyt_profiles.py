"""The compiled checker finds exactly what the marshmallow schemas find, in every table and generation."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bhyt.national.values import Values, read_values
from bhyt.problems import Findings
from bhyt.records.dates import PartialDate
from bhyt.records.row import Row
from bhyt.tables.codes import code_rows
from bhyt.tables.fields import TABLES, Field, profile
from bhyt.tables.generations import Generation, generations
from bhyt.tables.schemas import WARNINGS, judge

CASES = [(table, one) for table in TABLES for one in generations() if profile(table, one)]
DAYS = st.sampled_from([date(2024, 3, 1), date(2025, 7, 1), date(2026, 9, 14), date.max])
USUAL = {
    "text": ("K01", "Bệnh mẫu"),
    "code": ("1", "01", "2"),
    "integer": ("1", "09", "2026"),
    "number": ("0", "80", "100.00", "1031564.80", "47.5", ".5"),
    "day": ("20260914", "2026"),
    "moment": ("202609140805", "20260914080500", "202609140000"),
    "birth": ("199500000000", "199504120000", "19950412"),
}
ODD = st.one_of(
    st.sampled_from(
        "0 00 00000000 000000000000 1,5 1.000,5 1.5.0 1e5 NaN - . 5. -3 3.00 3.50 \u0661 20261301 20260230 "
        "3.0E7 1e400 -1.8189894035458565E-12 0E9 1E-36 1E-39 123456789012345678.1234567890123456789012 "
        "NULL null 9999999999 202600001200 20260914240000 20260914235960 0000 ; ;; 1;2 a;;b;20260101 KHAC "
        "1.1 1.13 9 99 14".split()
    ),
    st.text("0123456789.,-;eE", max_size=16),
    st.text(max_size=8),
    st.integers(1, 1100).map("x".__mul__),
)


@st.composite
def sent(draw: st.DrawFn, fields: tuple[Field, ...]) -> list[tuple[str, str]]:
    """The fields of one row: mostly usual values, a few odd, empty, absent, doubled or unknown."""
    usual = {field.name: draw(st.sampled_from(_usual(field))) for field in fields}
    names = st.sampled_from([*usual, "LA", "NHOM_MAU", "MA_NOI_DI"])
    changed = draw(st.dictionaries(names, st.none() | ODD, max_size=6))
    pairs = [(name, text) for name, text in {**usual, **changed}.items() if text is not None]
    doubled = draw(st.lists(st.tuples(names, st.just("") | ODD), max_size=2))
    return [*pairs, *doubled]


def _usual(field: Field) -> tuple[str, ...]:
    if field.codes:
        return ("", *(row["code"] for row in code_rows(field.codes)))
    return ("", *USUAL[field.kind]) if field.required != "yes" else USUAL[field.kind]


@pytest.mark.parametrize(("table", "generation"), CASES, ids=[f"{table}-{one}" for table, one in CASES])
def test_the_checker_finds_what_marshmallow_finds(table: str, generation: Generation) -> None:
    @settings(max_examples=40)
    @given(pairs=sent(profile(table, generation)), on=DAYS, line=st.sampled_from([1, 2]))
    def hold(pairs: list[tuple[str, str]], on: date, line: int) -> None:
        findings = Findings(1)
        values = read_values(Row.of(table, line, pairs), findings, generation=generation, on=on)
        expected, said = judge(table, generation, pairs, on=on, first=line == 1)
        assert sorted((problem.field, problem.code) for problem in findings.problems) == expected
        for problem in findings.problems:
            assert (problem.severity == "warning") == (problem.code in WARNINGS)
        _same_values(values, said)

    hold()


def _same_values(values: Values, reference: Mapping[str, object]) -> None:
    """Hold the typed values of one row to those of the reference, which has dates as their known parts."""
    for name, expected in reference.items():
        if isinstance(expected, Decimal):
            assert values.number(name) == expected
        elif isinstance(expected, int):
            assert values.integer(name) == expected
        elif isinstance(expected, tuple):
            found = values.moment(name)
            assert isinstance(found, PartialDate)
            parts = (found.year, found.month, found.day, found.hour, found.minute, found.second)
            assert [part or 0 for part in parts[: len(expected)]] == list(expected)
