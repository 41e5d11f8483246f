"""Whatever a client sends: only the gateway's own refusals come out, and what is sealed stays sealed."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from gateway.domain import scopes
from gateway.domain.extract import extract
from gateway.errors import AccessDenied, ImportRefused, RequestRefused
from gateway.numbers import Numbers
from gateway.services import register_files
from gateway.services.entry_bytes import entry_bytes
from gateway.services.tokens import read_access_token
from gateway.store import records
from gateway.store.search.conditions import condition
from gateway.store.search.cursor import seal, unseal
from gateway.store.search.parameters import PARAMETERS
from gateway.store.search.query import Query, read_query
from gateway.timespan import span

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
NAMES = st.sampled_from([parameter.name for row in PARAMETERS.values() for parameter in row]) | TEXT
DATES = st.from_regex(r"(eq|ge|lt|sa)?[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9:.+Z-]*)?)?)?", fullmatch=True)
EDGES = st.sampled_from(
    [
        "0001",
        "0001-01-01",
        "9999",
        "9999-12",
        "9999-12-31",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T23:59-14:00",
    ]
)
VALUES = (
    TEXT | DATES | EDGES | st.from_regex(r"https://tiepdon\.example/fhir/sid/vn-[a-z]+\|\w*", fullmatch=True)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
SECRET = bytes(32)
KEY = ECKey.generate_key("P-256")
NOW = datetime(2026, 7, 15, tzinfo=UTC)


@given(st.sampled_from(sorted(PARAMETERS)), st.lists(st.tuples(NAMES, VALUES), max_size=6), st.booleans())
def test_any_search_is_compiled_or_refused(kind: str, pairs: list[tuple[str, str]], strict: bool) -> None:
    with suppress(RequestRefused):
        query = read_query(kind, pairs, strict=strict)
        for criterion in query.criteria:
            for value in criterion.values:
                sql = condition(records.TABLES[kind], criterion.parameter, value, lambda _: Numbers())
                assert value not in str(sql) or len(value) < 3 or value.isidentifier()


def a_query(cursor: str | None, applied: tuple[tuple[str, str], ...] = ()) -> Query:
    return Query("Claim", (), applied, 20, cursor)


@given(TEXT)
def test_no_invented_cursor_is_taken(text: str) -> None:
    with pytest.raises(RequestRefused):
        unseal(a_query(text), client_id="c", secret=SECRET)


@given(st.uuids(), st.lists(st.tuples(TEXT, TEXT), max_size=3), st.lists(st.tuples(TEXT, TEXT), max_size=3))
def test_a_cursor_opens_its_own_search_only(last: UUID, one: list, other: list) -> None:
    cursor = seal(a_query(None, tuple(one)), last, client_id="c", secret=SECRET)
    assert unseal(a_query(cursor, tuple(one)), client_id="c", secret=SECRET) == last
    if sorted(one) != sorted(other):
        with pytest.raises(RequestRefused):
            unseal(a_query(cursor, tuple(other)), client_id="c", secret=SECRET)


@given(TEXT | st.from_regex(r"[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True))
def test_no_invented_access_token_is_taken(text: str) -> None:
    with pytest.raises(AccessDenied):
        read_access_token(text, fhir_url="https://gateway.example/fhir", key=KEY, now=NOW)


@given(TEXT, st.sampled_from(["facility", "insurer"]))
def test_any_scope_text_grants_at_most_the_role(text: str, role: str) -> None:
    assert scopes.parse(text, role).rights <= scopes.grantable(role).rights


@given(TEXT | DATES | EDGES)
def test_any_date_is_a_span_or_a_value_error(text: str) -> None:
    try:
        found = span(text)
    except ValueError:
        return
    assert found.low < found.high


ELEMENTS = ["identifier", "patient", "subject", "provider", "serviceProvider", "period", "created", "entry"]


@given(
    st.sampled_from(["Claim", "Encounter", "Bundle", "Patient", "Coverage", "Provenance"]),
    st.dictionaries(st.sampled_from(ELEMENTS), JSON),
)
def test_any_resource_is_filed_or_names_the_missing_element(kind: str, body: dict[str, Any]) -> None:
    with suppress(ValueError):
        extract({"resourceType": kind} | body)


@given(st.lists(st.dictionaries(st.sampled_from(["resource", "request", "fullUrl"]), JSON), max_size=4))
def test_the_bytes_of_entries_are_those_of_their_resources(entries: list[dict[str, Any]]) -> None:
    bundle = json.dumps({"a": entries, "entry": entries}, ensure_ascii=False).encode()
    expected = [entry["resource"] for entry in entries if "resource" in entry]
    assert [json.loads(raw) for raw in entry_bytes(bundle)] == expected


CELLS = TEXT | DATES | st.sampled_from(["female", "basic", "033300000001", "DN4339900000001", "33999", ""])
ROWS = st.lists(st.lists(CELLS, max_size=14), max_size=4)


@given(ROWS, st.booleans())
def test_any_table_is_read_or_refused(rows: list[list[str]], quoted: bool) -> None:
    lines = [",".join(f'"{cell}"' if quoted else cell for cell in row) for row in rows]
    for columns, read in (
        (register_files.MEMBER_COLUMNS, register_files.members_and_covers),
        (register_files.FACILITY_COLUMNS, register_files.facilities),
    ):
        with suppress(ImportRefused):
            read([",".join(columns), *lines])
        with suppress(ImportRefused):
            read(lines)
