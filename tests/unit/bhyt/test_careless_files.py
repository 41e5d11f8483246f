"""Files as careless programs write them: read with warnings where one reading is possible, kept as sent."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from bhyt.errors import NoFacility, NotXml, UnknownRoot, WrongCount, WrongEncoding
from bhyt.national import read_chunk, write_envelope
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_file
from bhyt.problems import problem_of
from bhyt.records.birth import Birth
from tests.unit.bhyt.careless import FILES, PLAIN, hashes, in_namespace, lowered, opened, prefixed
from tests.unit.bhyt.samples import (
    BIRTHS,
    CHECK_IN,
    DEATH_NOTICE,
    ENVELOPE,
    changed,
    envelope,
)
from tests.unit.bhyt.signers import SIGNED_AT, hospital

DECLARED = b'<?xml version="1.0" encoding="%s"?>\n' + PLAIN
ODD_FILES = [
    pytest.param(DECLARED.replace(b"%s", b"utf-16"), "file.encoding-declared", id="utf-16-declared"),
    pytest.param(DECLARED.replace(b"%s", b"utf8"), "file.encoding-declared", id="utf8-declared"),
    pytest.param(DECLARED.replace(b"%s", b"iso-8859-1"), "file.encoding-declared", id="latin-1-declared"),
    pytest.param(DECLARED.replace(b"%s", b"windows-1258"), "file.encoding-declared", id="cp1258-declared"),
    pytest.param(b"\r\n " + DECLARED.replace(b"%s", b"utf-8"), "file.blank-before-xml", id="blanks-first"),
    pytest.param(
        b"\xef\xbb\xbf\xef\xbb\xbf" + DECLARED.replace(b"%s", b"UTF-8"),
        "file.blank-before-xml",
        id="two-marks",
    ),
    pytest.param(
        b"\xef\xbb\xbf\n" + DECLARED.replace(b"%s", b"utf-8"), "file.blank-before-xml", id="mark-and-line"
    ),
    pytest.param(in_namespace(PLAIN), "file.odd-names", id="namespace"),
    pytest.param(prefixed(PLAIN), "file.odd-names", id="prefix"),
    pytest.param(prefixed(PLAIN).replace(b"<g:HOSO>", b"<g:HOSO >"), "file.odd-names", id="prefix-and-blank"),
    pytest.param(lowered(PLAIN), "file.odd-names", id="small-letters"),
    pytest.param(
        re.sub(rb"<THONGTINDONVI>.*</THONGTINDONVI>", b"", PLAIN),
        "file.facility-in-summary",
        id="no-facility",
    ),
    pytest.param(PLAIN.replace(b"<SOLUONGHOSO>1<", b"<SOLUONGHOSO>0<"), "file.count-too-small", id="count-0"),
    pytest.param(PLAIN.replace(b"<SOLUONGHOSO>1<", b"<SOLUONGHOSO>2<"), "file.count-too-large", id="count-2"),
    pytest.param(PLAIN.replace(b"<SOLUONGHOSO>1<", b"<SOLUONGHOSO>x<"), "file.no-count", id="count-x"),
]


@pytest.mark.parametrize(("data", "code"), ODD_FILES)
def test_a_careless_file_is_read_as_the_proper_one_with_one_warning(data: bytes, code: str) -> None:
    file = opened(data)
    assert [(p.code, p.severity) for p in file.problems] == [(code, "warning")]
    assert file.problems[0].rule in {"BHYT-R-001", "BHYT-R-002"}
    assert (file.facility, file.made_on) == ("33999", date(2026, 9, 16))
    assert hashes(data) == hashes(PLAIN)


@pytest.mark.parametrize(("data", "_code"), ODD_FILES)
def test_a_careless_file_is_cut_into_pieces_that_are_read_alike(data: bytes, _code: str) -> None:
    found = opened(data).outline
    head, tail = data[: found.head_end], data[found.tail_start :]
    middle = data[found.head_end : found.tail_start]
    assert re.fullmatch(rb"(?si)<(\w+:)?hoso *>.*</(\w+:)?hoso *>", middle)
    assert list(read_chunk(head, tail, middle, first=1)) == list(opened(data).records())


def test_what_stands_in_front_of_a_declaration_moves_no_offset() -> None:
    plain = DECLARED.replace(b"%s", b"utf-8")
    for before in (b"\r\n", b"\xef\xbb\xbf\xef\xbb\xbf", b" " * 60_000):
        moved, usual = opened(before + plain).outline, opened(plain).outline
        assert moved.head_end == usual.head_end + len(before)
        assert moved.tail_start == usual.tail_start + len(before)


@pytest.mark.parametrize("count", ["1", "1.0", " 01 ", "1."])
def test_a_count_may_be_written_as_a_number_can_be(count: str) -> None:
    file = opened(PLAIN.replace(b"<SOLUONGHOSO>1<", f"<SOLUONGHOSO>{count}<".encode()))
    assert (file.outline.declared, file.problems) == (1, ())


def test_a_constant_count_of_one_is_a_warning_and_every_dossier_is_read() -> None:
    other = {
        name: text.replace("SYN-33999-0000001", "SYN-2") for name, text in FILES.items() if name != "XML9"
    }
    file = opened(envelope(FILES, other, count=1))
    assert [(p.code, p.rule, p.value, p.expected) for p in file.problems] == [
        ("file.count-too-small", "BHYT-R-002", "1", "2"),
        ("file.several-dossiers", "BHYT-R-002", "2", "1"),
    ]
    assert [one.number for one in file.records() if one.kind == "claim"] == [1, 2]


def test_a_file_of_fewer_dossiers_than_it_declares_is_read_with_a_warning() -> None:
    file = opened(envelope(FILES, count=3))
    told = [(p.code, p.severity, p.rule, p.value, p.expected) for p in file.problems]
    assert told == [("file.count-too-large", "warning", "BHYT-R-002", "3", "1")]
    assert [one.number for one in file.records() if one.kind == "claim"] == [1]


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_of_more_or_less_than_one_dossier_is_not_written(count: int) -> None:
    (dossier,) = opened(PLAIN).dossiers()
    with pytest.raises(WrongCount):
        write_envelope([dossier] * count, facility="33999", made_on=date(2026, 9, 16))


def test_a_file_in_utf_16_is_refused_and_one_that_lacks_characters_too() -> None:
    for data in (PLAIN.decode().encode("utf-16"), PLAIN.replace(b"33999", "Đ".encode("cp1258"), 1)):
        with pytest.raises(WrongEncoding):
            opened(data)


@pytest.mark.parametrize("character", [b"\x08", b"\x00", b"&#8;", b"&#x1F;"])
def test_a_forbidden_character_in_the_file_itself_refuses_it_with_its_place(character: bytes) -> None:
    with pytest.raises(NotXml) as refused:
        opened(PLAIN.replace(b"<NGAYLAP>", b"\n\n<NGAYLAP>" + character))
    assert (problem_of(refused.value).line, (problem_of(refused.value).value or "")[:2]) == (3, "3:")


def test_an_unknown_outermost_element_is_named_as_it_is_written() -> None:
    for data, name in ((b"<HSCHUNGTU/>", "HSCHUNGTU"), (b"<a:b xmlns:a='urn:a'/>", "urn:a b")):
        with pytest.raises(UnknownRoot) as refused:
            opened(data)
        assert problem_of(refused.value).value == name


def test_a_claim_without_any_facility_is_refused() -> None:
    data = re.sub(
        rb"<THONGTINDONVI>.*</THONGTINDONVI>", b"", changed("XML1", "<MA_CSKCB>33999<", "<MA_CSKCB><")
    )
    with pytest.raises(NoFacility):
        opened(data)


def test_births_of_a_chunk_have_the_facility_of_the_summary_where_the_envelope_names_none() -> None:
    data = re.sub(rb"<THONGTINDONVI>.*</THONGTINDONVI>", b"", PLAIN)
    found = opened(data).outline
    middle = data[found.head_end : found.tail_start]
    read = list(read_chunk(data[: found.head_end], data[found.tail_start :], middle, first=1))
    births = [one.record for one in read if isinstance(one.record, Birth)]
    assert [birth.facility for birth in births] == ["33999"]


@pytest.mark.parametrize("sample", [CHECK_IN, DEATH_NOTICE, BIRTHS], ids=["check-in", "death", "birth"])
@pytest.mark.parametrize("change", [lowered, prefixed, in_namespace])
def test_single_records_are_read_whatever_namespace_and_case_their_names_are_in(
    sample: bytes, change: Callable[[bytes], bytes]
) -> None:
    data = change(sample)
    assert [p.code for p in opened(data).problems] == ["file.odd-names"]
    assert hashes(data) == hashes(sample)


def test_a_signature_is_verified_on_a_file_with_another_declaration_and_blanks_in_front() -> None:
    signed = sign_file(ENVELOPE, hospital(), signed_at=SIGNED_AT)
    assert verify_signature(b"\r\n" + signed.replace(b"utf-8", b"utf-16", 1)).status == "valid"
    assert verify_signature(b"\r\n" + signed.replace(b"<NGAYLAP>20", b"<NGAYLAP>19", 1)).status == "broken"
