"""Whatever bytes a card sends, the parsers answer with a value or with an error of ours."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardreader.errors import CardError
from cardreader.lds.datagroups import parse_dg1
from cardreader.lds.dg13 import parse_dg13
from cardreader.lds.mrz import check_access_info, check_digit, parse_mrz
from cardreader.lds.security_object import parse_security_object
from cardreader.lds.tlv import check_structure, read_all, read_header, read_one, read_tlv, write_tlv

TAGS = st.sampled_from([0x02, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x30, 0x31, 0x5F1F, 0x61, 0x6D, 0x77, 0xA0, 0xA3])
TREES = st.recursive(
    st.binary(max_size=12),
    lambda inner: st.lists(st.tuples(TAGS, inner), max_size=4).map(
        lambda nodes: b"".join(write_tlv(tag, value) for tag, value in nodes)
    ),
    max_leaves=20,
)


@given(st.sampled_from([0x04, 0x30, 0x61, 0x5F1F, 0x7F49]), st.binary(max_size=70_000))
def test_what_is_written_is_read_back(tag: int, value: bytes) -> None:
    assert read_tlv(write_tlv(tag, value)) == (tag, value, len(write_tlv(tag, value)))


@pytest.mark.parametrize("parse", [read_tlv, read_header, read_all, check_structure, parse_dg1, parse_dg13])
@given(data=st.one_of(st.binary(max_size=200), TREES))
def test_only_our_errors_come_out_of_bytes(parse: Callable[[bytes], object], data: bytes) -> None:
    with contextlib.suppress(CardError):
        parse(data)


@given(TREES)
def test_only_our_errors_come_out_of_a_wrapped_tree(tree: bytes) -> None:
    for outer, parse in ((0x61, parse_dg1), (0x6D, parse_dg13), (0x77, parse_security_object)):
        with contextlib.suppress(CardError):
            parse(write_tlv(outer, write_tlv(0x30, tree)))
        with contextlib.suppress(CardError):
            read_one(tree, outer)


@pytest.mark.parametrize("parse", [parse_mrz, check_access_info, check_digit])
@given(text=st.one_of(st.text(max_size=100), st.text("0123456789ABC<", min_size=24, max_size=90)))
def test_only_our_errors_come_out_of_a_zone(parse: Callable[[str], object], text: str) -> None:
    with contextlib.suppress(CardError):
        parse(text)
