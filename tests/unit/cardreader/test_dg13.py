"""DG13 by tag and number: the described layouts, and what is refused."""

import pytest

from cardreader.errors import MalformedData, OversizedData
from cardreader.lds.dg13 import MAX_FIELDS, parse_dg13
from cardreader.lds.tlv import write_tlv

OID = bytes.fromhex("0604280A8108")  # stands for the identifier, whose value is never looked at


def field(number: int, *parts: bytes) -> bytes:
    return write_tlv(0x30, write_tlv(0x02, bytes([number])) + b"".join(parts))


def utf8(text: str) -> bytes:
    return write_tlv(0x0C, text.encode())


def printable(text: str) -> bytes:
    return write_tlv(0x13, text.encode())


def sequence(*parts: bytes) -> bytes:
    return write_tlv(0x30, b"".join(parts))


def dg13(*fields: bytes) -> bytes:
    content = write_tlv(0x02, b"\x01") + OID + write_tlv(0x31, b"".join(fields))
    return write_tlv(0x6D, write_tlv(0x30, content))


def test_fields_are_found_by_number_in_any_order_and_any_text_type() -> None:
    file = dg13(
        field(2, utf8("NGUYỄN THỊ MẪU THỬ")), field(1, utf8("033300000001")), field(3, printable("1995"))
    )
    assert parse_dg13(file).named() == {
        "full_name": "NGUYỄN THỊ MẪU THỬ",
        "id_number": "033300000001",
        "birth_date": "1995",
    }


@pytest.mark.parametrize(
    "parents",
    [
        pytest.param((sequence(utf8("CHA")), sequence(utf8("MẸ"))), id="a sequence each"),
        pytest.param((sequence(utf8("CHA"), utf8("MẸ")),), id="one sequence"),
    ],
)
def test_both_layouts_of_the_parents_are_read(parents: tuple[bytes, ...]) -> None:
    read = parse_dg13(dg13(field(13, *parents)))
    assert (read.father, read.mother) == ("CHA", "MẸ")


def test_an_unknown_father_does_not_turn_the_mother_into_him() -> None:
    read = parse_dg13(dg13(field(13, sequence(), sequence(utf8("MẸ")))))
    assert (read.father, read.mother) == (None, "MẸ")


def test_an_empty_spouse_is_no_spouse() -> None:
    assert parse_dg13(dg13(bytes.fromhex("300302010E"))).spouse is None
    assert parse_dg13(dg13(field(14, sequence(utf8("BẠN ĐỜI"))))).named() == {"spouse": "BẠN ĐỜI"}


def test_an_unknown_number_is_kept() -> None:
    file = dg13(field(16, printable("0123456789ABCDEF")), field(40, write_tlv(0x04, b"\xab")))
    assert parse_dg13(file).named() == {"other": {"16": "0123456789ABCDEF", "40": "ab"}}


def test_a_name_in_decomposed_form_comes_out_composed() -> None:
    decomposed = "NGUYE\u0302\u0303N"
    assert parse_dg13(dg13(field(2, utf8(decomposed)))).fields[2] == "NGUY\u1ec4N"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(write_tlv(0x61, b""), id="another data group"),
        pytest.param(write_tlv(0x6D, write_tlv(0x30, OID)), id="no set of fields"),
        pytest.param(dg13(field(1, printable("1")), field(1, printable("2"))), id="a field twice"),
        pytest.param(dg13(write_tlv(0x0C, b"x")), id="a text outside a field"),
        pytest.param(dg13(sequence(utf8("x"))), id="a field without a number"),
        pytest.param(dg13(field(2, write_tlv(0x0C, b"\xff"))), id="not UTF-8"),
        pytest.param(dg13(field(2, write_tlv(0x04, b"x"))), id="a name that is not a text"),
        pytest.param(dg13()[:-1] + b"\x01", id="cut"),
    ],
)
def test_what_is_not_dg13_is_refused(file: bytes) -> None:
    with pytest.raises(MalformedData):
        parse_dg13(file)


def test_more_fields_than_the_cap_are_refused() -> None:
    with pytest.raises(OversizedData):
        parse_dg13(dg13(*(field(number) for number in range(1, MAX_FIELDS + 2))))
