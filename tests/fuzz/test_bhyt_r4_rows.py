"""XML -> FHIR -> XML: the same rows, for every table, generation and spelling; homes.csv says the same."""

import contextlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bhyt.errors import FhirRefused
from bhyt.parsing import parse
from bhyt.r4 import wire
from bhyt.r4.bundle import element_of, resource_of
from bhyt.r4.dossier import dossier_element, dossier_of
from bhyt.r4.homes import fields_of, homes
from bhyt.r4.rows import read_resource, record_of_resource, rows_of_resource
from bhyt.r4.spelling import AS_SENT
from bhyt.r4.systems import extension_url
from bhyt.records.content import Record, content_hash
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from bhyt.tables.fields import TABLES, profile
from bhyt.tables.generations import Generation, generations
from bhyt.validation import problems
from tests.fuzz.national_rows import HEADER, LINES, OTHERS, full_values, odd_values, record_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)
CASES = [(table, one) for table in TABLES for one in generations() if profile(table, one)]
IDS = [f"{table}-{one}" for table, one in CASES]


def _sent(resource: Mapping[str, Any]) -> dict[str, Any]:
    return parse(wire.write(dict(resource)))


def _converted(record: Record) -> tuple[dict[str, Any], dict[str, Any] | None]:
    dossier = dossier_element(record) if isinstance(record, Visit) else None
    return _sent(element_of(record)), _sent(dossier) if dossier else None


def _rows(record: Record) -> list[Row]:
    assert record.row is not None
    if isinstance(record, Visit):
        return [record.row, *(line.row for line in record.lines), *record.others]
    return [record.row]


def _at_home(row: Row) -> tuple[str, dict[str, str]]:
    """Return the row's table and the values that have a home."""
    names = fields_of(row.table)
    return row.table, {name: text for name, text in row.values.items() if name in names}


def _around(table: str, values: dict[str, str], generation: Generation) -> dict[str, list[dict[str, str]]]:
    """Return the rows of a whole record that holds this row of a table."""
    if table in LINES or table in OTHERS:
        return {HEADER: [full_values(HEADER, generation)], table: [values]}
    return {table: [values]}


@pytest.mark.parametrize("table", TABLES)
def test_a_row_comes_back_from_fhir_letter_for_letter(table: str) -> None:
    @settings(max_examples=40)
    @given(st.data(), st.sampled_from([one for one in generations() if profile(table, one)]))
    def hold(data: st.DataObject, generation: Generation) -> None:
        values = data.draw(odd_values(table, generation))
        record = record_of(_around(table, values, generation), generation)
        assume(record is not None)
        assert record is not None
        resource, dossier = _converted(record)
        back = rows_of_resource(resource, dossier)
        assert [_at_home(row) for row in back] == [_at_home(row) for row in _rows(record)]
        assert not [problem for part in (resource, dossier) if part for problem in problems(part)]

    hold()


@settings(max_examples=30)
@given(st.data(), st.sampled_from(generations()))
def test_a_whole_dossier_comes_back_in_its_order(data: st.DataObject, generation: Generation) -> None:
    tables = [table for table in (*LINES, *LINES, *OTHERS) if profile(table, generation)]
    rows: dict[str, list[dict[str, str]]] = {HEADER: [data.draw(odd_values(HEADER, generation))]}
    for table in data.draw(st.lists(st.sampled_from(tables), max_size=6)):
        rows.setdefault(table, []).append(data.draw(odd_values(table, generation)))
    record = record_of(rows, generation)
    assume(record is not None)
    assert record is not None
    back = rows_of_resource(*_converted(record))
    assert [_at_home(row) for row in back] == [_at_home(row) for row in _rows(record)]
    assert [row.line for row in back] == [row.line for row in _rows(record)]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_with_every_field_filled_makes_resources_that_the_r4b_classes_accept(table: str) -> None:
    newest = generations()[-1]
    record = record_of(_around(table, full_values(table, newest), newest), newest)
    assert record is not None
    assert resource_of(record) == element_of(record)
    if isinstance(record, Visit):
        assert dossier_of(record) == dossier_element(record)


@pytest.mark.parametrize(("table", "generation"), CASES, ids=IDS)
def test_the_record_read_from_fhir_has_the_content_of_the_one_it_was_made_from(
    table: str, generation: Generation
) -> None:
    record = record_of(_around(table, full_values(table, generation), generation), generation)
    assert record is not None
    assert content_hash(record_of_resource(*_converted(record))) == content_hash(record)


@pytest.mark.parametrize("table", TABLES)
def test_the_fields_that_survive_in_their_homes_are_those_that_homes_csv_lists(table: str) -> None:
    listed = {home.field: bool(home.path) for home in homes() if home.table == table}
    survived: dict[str, bool] = {}
    for generation in generations():
        if not profile(table, generation):
            continue
        values = full_values(table, generation)
        record = record_of(_around(table, values, generation), generation)
        assert record is not None
        resource, dossier = (_without_spellings(part) for part in _converted(record))
        (back,) = (row for row in rows_of_resource(resource, dossier) if row.table == table)
        survived |= {name: back.text(name) == text for name, text in values.items()}
    assert survived == listed


def _without_spellings(element: Any) -> Any:
    """Return a resource without any `as-sent`, so that only the homes speak."""
    if isinstance(element, dict):
        return {name: _without_spellings(part) for name, part in element.items()}
    if isinstance(element, list):
        return [_without_spellings(part) for part in element if not _is_spelling(part)]
    return element


def _is_spelling(part: Any) -> bool:
    return isinstance(part, dict) and part.get("url") == extension_url(AS_SENT)


SAMPLES = [
    part
    for table in ("XML1", "XML3", "XML4", "XML5", "XML13", "GIAYCHUNGSINH", "GIAYBAOTU", "CHECKIN")
    for record in [record_of(_around(table, full_values(table, "3176"), "3176"), "3176")]
    if record is not None
    for part in _converted(record)
    if part
]


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A resource of ours in which a few values are something else, or gone."""
    resource = parse(wire.write(draw(st.sampled_from(SAMPLES))))
    for _ in range(draw(st.integers(1, 5))):
        holder: Any = resource
        for _ in range(draw(st.integers(1, 8))):
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(holder[key], dict | list) or draw(st.integers(0, 5)) == 0:
                holder[key] = draw(JSON)
                break
            holder = holder[key]
    return resource


@given(damaged(), st.none() | damaged())
def test_rows_of_any_resource_are_read_or_refused(
    resource: dict[str, Any], dossier: dict[str, Any] | None
) -> None:
    for read in (rows_of_resource, record_of_resource, read_resource):
        with contextlib.suppress(FhirRefused):
            read(resource, dossier)
