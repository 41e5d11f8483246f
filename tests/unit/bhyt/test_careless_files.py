"""Files as careless programs write them: read with warnings where one reading is possible, kept as sent."""

import io
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date

import pytest
from lxml import etree

from bhyt.errors import NoFacility, NotXml, UnknownRoot, WrongCount, WrongEncoding
from bhyt.national import (
    Dossier,
    NationalFile,
    ReadRecord,
    changed_file,
    open_file,
    read_chunk,
    write_envelope,
)
from bhyt.national.signature import verify_signature
from bhyt.national.signature_making import sign_file
from bhyt.problems import problem_of
from bhyt.records.birth import Birth
from bhyt.records.content import content_hash
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from tests.unit.bhyt.samples import (
    BIRTHS,
    CHECK_IN,
    DEATH_NOTICE,
    ENVELOPE,
    changed,
    envelope,
    inner_files,
)
from tests.unit.bhyt.signers import SIGNED_AT, hospital

FILES = inner_files()
PLAIN = envelope(FILES)
CONTENT = re.compile(rb"<NOIDUNGFILE>([^<]*)</NOIDUNGFILE>")


def _open(data: bytes) -> NationalFile:
    return open_file(io.BytesIO(data))


def _claim(data: bytes) -> ReadRecord:
    return next(_open(data).records())


def _codes(data: bytes) -> set[tuple[str, str]]:
    """The findings of the first claim that the sample itself does not have."""
    usual = {problem.code for problem in _claim(PLAIN).findings}
    return {(p.code, p.where) for p in _claim(data).findings if p.code not in usual}


def _hashes(data: bytes) -> list[str]:
    return [content_hash(one.record) for one in _open(data).records() if one.record]


def _encoded(change: Callable[[bytes], bytes], data: bytes = PLAIN) -> bytes:
    """The envelope with every NOIDUNGFILE's text changed."""
    return CONTENT.sub(lambda found: b"<NOIDUNGFILE>%s</NOIDUNGFILE>" % change(found[1]), data)


def _inside(change: Callable[[str], str | bytes], table: str | None = None) -> bytes:
    """The envelope with what the inner files hold changed, all of them or one."""

    def one(text: bytes) -> bytes:
        decoded = b64decode(text).decode()
        if table is not None and FILES[table] != decoded:
            return text
        made = change(decoded)
        return b64encode(made if isinstance(made, bytes) else made.encode())

    return _encoded(one)


def _lowered(data: bytes) -> bytes:
    return re.sub(rb"</?[A-Z]\w*", lambda found: found[0].lower(), data)


def _prefixed(data: bytes) -> bytes:
    named = re.sub(rb"<(/?)([A-Z]\w*)", rb"<\1g:\2", data)
    return re.sub(rb"<g:(\w+)", rb'<g:\1 xmlns:g="urn:g"', named, count=1)


def _in_namespace(data: bytes) -> bytes:
    return re.sub(rb"<([A-Z]\w+)", rb'<\1 xmlns="http://tempuri.org/"', data, count=1)


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
    pytest.param(_in_namespace(PLAIN), "file.odd-names", id="namespace"),
    pytest.param(_prefixed(PLAIN), "file.odd-names", id="prefix"),
    pytest.param(
        _prefixed(PLAIN).replace(b"<g:HOSO>", b"<g:HOSO >"), "file.odd-names", id="prefix-and-blank"
    ),
    pytest.param(_lowered(PLAIN), "file.odd-names", id="small-letters"),
    pytest.param(
        re.sub(rb"<THONGTINDONVI>.*</THONGTINDONVI>", b"", PLAIN),
        "file.facility-in-summary",
        id="no-facility",
    ),
    pytest.param(PLAIN.replace(b"<SOLUONGHOSO>1<", b"<SOLUONGHOSO>0<"), "file.count-too-small", id="count-0"),
    pytest.param(PLAIN.replace(b"<SOLUONGHOSO>1<", b"<SOLUONGHOSO>x<"), "file.no-count", id="count-x"),
]


@pytest.mark.parametrize(("data", "code"), ODD_FILES)
def test_a_careless_file_is_read_as_the_proper_one_with_one_warning(data: bytes, code: str) -> None:
    file = _open(data)
    assert [(p.code, p.severity) for p in file.problems] == [(code, "warning")]
    assert file.problems[0].rule in {"BHYT-R-001", "BHYT-R-002"}
    assert (file.facility, file.made_on) == ("33999", date(2026, 9, 16))
    assert _hashes(data) == _hashes(PLAIN)


@pytest.mark.parametrize(("data", "_code"), ODD_FILES)
def test_a_careless_file_is_cut_into_pieces_that_are_read_alike(data: bytes, _code: str) -> None:
    found = _open(data).outline
    head, tail = data[: found.head_end], data[found.tail_start :]
    middle = data[found.head_end : found.tail_start]
    assert re.fullmatch(rb"(?si)<(\w+:)?hoso *>.*</(\w+:)?hoso *>", middle)
    assert list(read_chunk(head, tail, middle, first=1)) == list(_open(data).records())


def test_what_stands_in_front_of_a_declaration_moves_no_offset() -> None:
    plain = DECLARED.replace(b"%s", b"utf-8")
    for before in (b"\r\n", b"\xef\xbb\xbf\xef\xbb\xbf", b" " * 60_000):
        moved, usual = _open(before + plain).outline, _open(plain).outline
        assert moved.head_end == usual.head_end + len(before)
        assert moved.tail_start == usual.tail_start + len(before)


@pytest.mark.parametrize("count", ["1", "1.0", " 01 ", "1."])
def test_a_count_may_be_written_as_a_number_can_be(count: str) -> None:
    file = _open(PLAIN.replace(b"<SOLUONGHOSO>1<", f"<SOLUONGHOSO>{count}<".encode()))
    assert (file.outline.declared, file.problems) == (1, ())


def test_a_constant_count_of_one_is_a_warning_and_every_dossier_is_read() -> None:
    other = {
        name: text.replace("SYN-33999-0000001", "SYN-2") for name, text in FILES.items() if name != "XML9"
    }
    file = _open(envelope(FILES, other, count=1))
    assert [(p.code, p.rule, p.value, p.expected) for p in file.problems] == [
        ("file.count-too-small", "BHYT-R-002", "1", "2"),
        ("file.several-dossiers", "BHYT-R-002", "2", "1"),
    ]
    assert [one.number for one in file.records() if one.kind == "claim"] == [1, 2]


def test_a_file_of_fewer_dossiers_than_it_declares_is_refused_for_some_are_lost() -> None:
    with pytest.raises(WrongCount) as refused:
        _open(envelope(FILES, count=3))
    assert (problem_of(refused.value).value, problem_of(refused.value).expected) == ("3", "1")


def test_a_file_in_utf_16_is_refused_and_one_that_lacks_characters_too() -> None:
    for data in (PLAIN.decode().encode("utf-16"), PLAIN.replace(b"33999", "Đ".encode("cp1258"), 1)):
        with pytest.raises(WrongEncoding):
            _open(data)


@pytest.mark.parametrize("character", [b"\x08", b"\x00", b"&#8;", b"&#x1F;"])
def test_a_forbidden_character_in_the_file_itself_refuses_it_with_its_place(character: bytes) -> None:
    with pytest.raises(NotXml) as refused:
        _open(PLAIN.replace(b"<NGAYLAP>", b"\n\n<NGAYLAP>" + character))
    assert (problem_of(refused.value).line, (problem_of(refused.value).value or "")[:2]) == (3, "3:")


def test_an_unknown_outermost_element_is_named_as_it_is_written() -> None:
    for data, name in ((b"<HSCHUNGTU/>", "HSCHUNGTU"), (b"<a:b xmlns:a='urn:a'/>", "urn:a b")):
        with pytest.raises(UnknownRoot) as refused:
            _open(data)
        assert problem_of(refused.value).value == name


def test_a_claim_without_any_facility_is_refused() -> None:
    data = re.sub(
        rb"<THONGTINDONVI>.*</THONGTINDONVI>", b"", changed("XML1", "<MA_CSKCB>33999<", "<MA_CSKCB><")
    )
    with pytest.raises(NoFacility):
        _open(data)


def test_births_of_a_chunk_have_the_facility_of_the_summary_where_the_envelope_names_none() -> None:
    data = re.sub(rb"<THONGTINDONVI>.*</THONGTINDONVI>", b"", PLAIN)
    found = _open(data).outline
    middle = data[found.head_end : found.tail_start]
    read = list(read_chunk(data[: found.head_end], data[found.tail_start :], middle, first=1))
    births = [one.record for one in read if isinstance(one.record, Birth)]
    assert [birth.facility for birth in births] == ["33999"]


@pytest.mark.parametrize("sample", [CHECK_IN, DEATH_NOTICE, BIRTHS], ids=["check-in", "death", "birth"])
@pytest.mark.parametrize("change", [_lowered, _prefixed, _in_namespace])
def test_single_records_are_read_whatever_namespace_and_case_their_names_are_in(
    sample: bytes, change: Callable[[bytes], bytes]
) -> None:
    data = change(sample)
    assert [p.code for p in _open(data).problems] == ["file.odd-names"]
    assert _hashes(data) == _hashes(sample)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_encoded(lambda text: text.rstrip(b"=")), "record.inner-odd-base64"),
        (_encoded(lambda text: b"\xc2\xa0" + text + b"\xe2\x80\x8b\n"), "record.inner-odd-base64"),
        (_encoded(lambda text: b"\xef\xbb\xbf" + text), "record.inner-odd-base64"),
        (_encoded(lambda text: b"&#xFEFF;" + text), "record.inner-odd-base64"),
        (_inside(lambda text: text.encode("utf-16")), "record.inner-encoding"),
        (_inside(lambda text: b"\xfe\xff" + text.encode("utf-16-be")), "record.inner-encoding"),
        (_inside(lambda text: text.encode("utf-16-le")), "record.inner-encoding"),
        (_inside(lambda text: text + "\x00"), "record.control-character"),
        (_inside(lambda text: _in_namespace(text.encode())), "record.odd-names"),
        (_inside(lambda text: _prefixed(text.encode())), "record.odd-names"),
        (_inside(lambda text: _lowered(text.encode())), "record.odd-names"),
        (PLAIN.replace(b"<LOAIHOSO>XML", b"<LOAIHOSO>XML0"), "record.odd-names"),
        (PLAIN.replace(b"<LOAIHOSO>XML", b"<LOAIHOSO>xml "), "record.odd-names"),
        (
            PLAIN.replace(b"<HOSO>", b"<HOSO><HOSO>").replace(b"</HOSO>", b"</HOSO></HOSO>"),
            "record.unknown-element",
        ),
    ],
)
def test_careless_inner_files_are_read_as_proper_ones_with_warnings(data: bytes, code: str) -> None:
    assert _hashes(data) == _hashes(PLAIN)
    assert {found for found, _ in _codes(data)} == {code}
    assert _claim(data).outcome == "accepted-with-warnings"


def test_a_table_known_by_another_case_or_outer_blanks_is_nothing_to_speak_of() -> None:
    assert _codes(PLAIN.replace(b"<LOAIHOSO>XML1<", b"<LOAIHOSO> xml1 <")) == set()


@pytest.mark.parametrize("character", ["\x08", "\x1f", "&#8;", "&#x1F;", "&#0;", "\ufffe", "&#xFFFF;"])
def test_a_forbidden_character_in_a_value_is_left_out_and_its_place_named(character: str) -> None:
    name = re.findall("<TEN_DICH_VU>(.+?)</TEN_DICH_VU>", FILES["XML3"])[0]
    data = changed("XML3", f">{name}<", f">{name[:2]}{character}{name[2:]}<")
    line = FILES["XML3"][: FILES["XML3"].index(f">{name}<")].count("<CHI_TIET_DVKT>")
    assert _codes(data) == {("record.control-character", f"XML3[{line}].TEN_DICH_VU")}
    assert _hashes(data) == _hashes(PLAIN)


def test_a_reference_in_cdata_is_text_and_one_to_a_line_end_is_a_line_end() -> None:
    data = changed("XML1", "<GHI_CHU>", "<GHI_CHU><![CDATA[&#8;\x08]]>&#10;&#x41;\x08")
    record = _claim(data).record
    assert isinstance(record, Visit)
    assert (dict(record.row.fields)["GHI_CHU"]).startswith("&#8;\nA")


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda text: re.sub("</?CHITIEU_CHITIET_DVKT_VTYT>", "", text),
        lambda text: re.sub("(</?DSACH_CHI_TIET_DVKT>)", r"\1\1", text),
        lambda text: re.sub("</?DSACH_CHI_TIET_DVKT>", "", text),
    ],
    ids=["list-as-root", "list-twice", "no-list"],
)
def test_a_list_may_be_the_root_stand_twice_or_be_left_out(wrapped: Callable[[str], str]) -> None:
    data = _inside(wrapped, "XML3")
    assert _codes(data) == {("record.inner-layout", "XML3")}
    assert _hashes(data) == _hashes(PLAIN)


def test_an_element_inside_a_value_is_noted_in_a_table_without_its_root_too() -> None:
    data = _inside(
        lambda text: (
            re.sub("</?CHITIEU_CHITIET_DVKT_VTYT>", "", text)
            .replace("<GHI_CHU>", "<GHI_CHU><b/>")
            .replace("<GHI_CHU/>", "<GHI_CHU><b/></GHI_CHU>")
            .replace("<MA_HIEU_SP/>", "<MA_HIEU_SP><b/></MA_HIEU_SP>")
        ),
        "XML3",
    )
    assert ("record.unknown-element", "XML3[1].MA_HIEU_SP") in _codes(data)


def test_a_row_in_which_nothing_stands_is_passed_over_and_kept_for_writing() -> None:
    data = changed(
        "XML3", "<CHI_TIET_DVKT>", "<CHI_TIET_DVKT><MA_LK/><STT> </STT></CHI_TIET_DVKT><CHI_TIET_DVKT>"
    )
    assert _codes(data) == {("record.blank-row", "XML3[1]")}
    (dossier,) = _open(data).dossiers()
    rows = next(file.rows for file in dossier.files if file.table == "XML3")
    assert (rows[0].names, len(dossier.tables()["XML3"])) == (("MA_LK", "STT"), len(rows) - 1)


def test_a_base64_that_is_cut_is_told_from_one_that_lacks_its_end_signs() -> None:
    cut = _claim(_encoded(lambda text: text[:-7]))
    assert {p.code for p in cut.findings} >= {"record.inner-broken-base64"}
    assert cut.outcome == "refused"


def test_an_inner_file_that_is_no_xml_is_refused_with_line_and_column() -> None:
    broken = _claim(_inside(lambda _: "<TONG_HOP>\n<MA_LK>a & b</MA_LK></TONG_HOP>", "XML1"))
    (problem,) = [p for p in broken.findings if p.code == "record.inner-not-xml"]
    assert (problem.table, (problem.value or "")[:2]) == ("XML1", "2:")


def test_a_dossier_of_decision_4210_is_refused_by_that_name_alone() -> None:
    old = "<TONG_HOP><MA_LK>A1</MA_LK><MA_THE>DN4339900000001</MA_THE><MA_LYDO_VVIEN>1</MA_LYDO_VVIEN>"
    files = {
        "XML1": f"{old}<T_TONGCHI>1000</T_TONGCHI><MA_CSKCB>33999</MA_CSKCB></TONG_HOP>",
        "XML2": "<DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><STT>1</STT></CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC>",
    }
    assert [(p.code, p.value) for p in _claim(envelope(files)).findings] == [("record.decision-4210", "4210")]


CARELESS = [
    _encoded(lambda text: text.rstrip(b"=") + b"\xe2\x80\x8b"),
    _inside(lambda text: text.encode("utf-16")),
    _inside(lambda text: re.sub("(<HO_TEN>|<TEN_THUOC>)", "\\1&#8;", text)),
    _inside(lambda text: _in_namespace(text.encode())),
    _inside(lambda text: _lowered(text.encode())),
    PLAIN.replace(b"<LOAIHOSO>XML1<", b"<LOAIHOSO>XML 01<"),
    _prefixed(PLAIN),
]


@pytest.mark.parametrize("data", CARELESS)
def test_what_was_read_carelessly_is_written_to_the_letter(data: bytes) -> None:
    (dossier,) = _open(data).dossiers()
    written = write_envelope([dossier], facility="33999", made_on=date(2026, 9, 16))
    assert CONTENT.findall(written) == re.findall(rb"<(?:g:)?NOIDUNGFILE>([^<]*)<", data)
    assert _hashes(written) == _hashes(PLAIN)


@pytest.mark.parametrize("data", CARELESS)
def test_one_changed_field_of_a_careless_file_is_written_in_a_proper_one(data: bytes) -> None:
    (dossier,) = _open(data).dossiers()
    first = dossier.files[0]
    fields = [(name, "NGƯỜI MẪU" if name == "HO_TEN" else text) for name, text in first.rows[0].fields]
    other = changed_file(first, [Row.of("XML1", 1, fields)])
    made = Dossier((other, *dossier.files[1:]))
    written = write_envelope([made], facility="33999", made_on=date(2026, 9, 16))
    record = _claim(written).record
    assert isinstance(record, Visit)
    assert record.patient.full_name == "NGƯỜI MẪU"
    root = etree.fromstring(b64decode(other.content))
    assert (root.tag, root.nsmap, root.findtext("HO_TEN")) == ("TONG_HOP", {}, "NGƯỜI MẪU")


def test_a_signature_is_verified_on_a_file_with_another_declaration_and_blanks_in_front() -> None:
    signed = sign_file(ENVELOPE, hospital(), signed_at=SIGNED_AT)
    assert verify_signature(b"\r\n" + signed.replace(b"utf-8", b"utf-16", 1)).status == "valid"
    assert verify_signature(b"\r\n" + signed.replace(b"<NGAYLAP>20", b"<NGAYLAP>19", 1)).status == "broken"
