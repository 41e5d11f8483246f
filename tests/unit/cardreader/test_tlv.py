"""BER-TLV: what is read, what is refused, and that refusing is cheap."""

import pytest

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.tlv import (
    MAX_DEPTH,
    MAX_NODES,
    check_structure,
    read_all,
    read_header,
    read_one,
    read_tlv,
    write_tlv,
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param("5A03010203", (0x5A, "010203", 5), id="short length"),
        pytest.param("5F1F0141FF", (0x5F1F, "41", 4), id="two-byte tag, bytes after it"),
        pytest.param("7F4981021122", (0x7F49, "1122", 6), id="long form with one byte"),
        pytest.param("0482000100", (0x04, "00", 5), id="long form with two bytes"),
        pytest.param("0500", (0x05, "", 2), id="empty value"),
    ],
)
def test_an_object_is_read_with_its_tag_value_and_end(data: str, expected: tuple[int, str, int]) -> None:
    tag, value, end = read_tlv(bytes.fromhex(data))
    assert (tag, value.hex(), end) == expected


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("5F", id="tag cut"),
        pytest.param("5F81", id="multi-byte tag cut"),
        pytest.param("5F8181818101", id="tag of five bytes"),
        pytest.param("5A", id="no length"),
        pytest.param("5A82", id="length cut"),
        pytest.param("5A8001020000", id="indefinite length"),
        pytest.param("5A850000000001AA", id="length of five bytes"),
        pytest.param("5A02AA", id="value cut"),
        pytest.param("5A84FFFFFFFF00", id="claims 4 GB"),
    ],
)
def test_a_broken_object_is_refused(data: str) -> None:
    with pytest.raises(MalformedData):
        read_tlv(bytes.fromhex(data))


def test_the_size_of_a_file_is_learned_from_its_first_bytes() -> None:
    assert read_header(bytes.fromhex("7782 06BF 3082".replace(" ", ""))) == (0x77, 0x06BF, 4)


def test_another_tag_or_bytes_left_over_are_refused() -> None:
    assert read_one(bytes.fromhex("6101AA"), 0x61) == b"\xaa"
    with pytest.raises(MalformedData):
        read_one(bytes.fromhex("6101AA"), 0x6D)
    with pytest.raises(MalformedData):
        read_one(bytes.fromhex("6101AA00"), 0x61)


def test_nesting_deeper_than_the_cap_is_refused_and_up_to_it_accepted() -> None:
    data = b""
    for _ in range(MAX_DEPTH - 1):
        data = write_tlv(0x30, data)
    assert check_structure(data) == MAX_DEPTH - 1
    with pytest.raises(OversizedData):
        check_structure(write_tlv(0x30, write_tlv(0x30, data + b"\x05\x00")))


def test_more_objects_than_the_cap_are_refused() -> None:
    assert check_structure(b"\x05\x00" * MAX_NODES) == MAX_NODES
    for refuse in (check_structure, read_all):
        with pytest.raises(OversizedData):
            refuse(b"\x05\x00" * (MAX_NODES + 1))


def test_a_child_that_reaches_beyond_its_parent_is_refused() -> None:
    with pytest.raises(MalformedData):
        check_structure(bytes.fromhex("3003 0404AABBCCDD".replace(" ", "")))
