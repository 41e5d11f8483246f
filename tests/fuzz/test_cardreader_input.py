"""Whatever is typed or scanned, the input parsers answer with a value or with an error of ours."""

import contextlib
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardreader.access.keys import MAX_ZONES, AccessKeys
from cardreader.errors import InputUnusable
from cardreader.qr import expiry_candidates, parse_qr

DIGITS = st.text("0123456789", min_size=6, max_size=14)
CODES = st.lists(st.one_of(DIGITS, st.text(max_size=12), st.just("")), min_size=5, max_size=9).map("|".join)


@pytest.mark.parametrize(
    "parse", [parse_qr, AccessKeys.from_number, AccessKeys.from_can, AccessKeys.from_mrz]
)
@given(text=st.one_of(st.text(max_size=120), DIGITS, CODES))
def test_only_input_errors_come_out(parse: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(InputUnusable):
        parse(text)


@given(
    st.dates(date(1900, 1, 1), date(2060, 12, 31)),
    st.dates(date(2021, 1, 1), date(2060, 12, 31)),
)
def test_a_code_never_leads_to_more_than_two_zones(born: date, issued: date) -> None:
    text = f"033300000001||Tên|{born:%d%m%Y}|Nam|Nơi|{issued:%d%m%Y}"
    assert 1 <= len(AccessKeys.from_qr(parse_qr(text)).zones) <= MAX_ZONES
    candidates = expiry_candidates(born, issued)
    assert len(set(candidates)) == len(candidates)
