"""Inner files as careless programs write them: read with warnings, and written back to the letter."""

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import date

import pytest
from lxml import etree

from bhyt.national import (
    Dossier,
    changed_file,
    write_envelope,
)
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from tests.unit.bhyt.careless import (
    CONTENT,
    FILES,
    PLAIN,
    claim_of,
    encoded,
    hashes,
    in_namespace,
    inside,
    lowered,
    opened,
    prefixed,
    unusual,
)
from tests.unit.bhyt.samples import (
    changed,
    envelope,
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (encoded(lambda text: text.rstrip(b"=")), "record.inner-odd-base64"),
        (encoded(lambda text: b"\xc2\xa0" + text + b"\xe2\x80\x8b\n"), "record.inner-odd-base64"),
        (encoded(lambda text: b"\xef\xbb\xbf" + text), "record.inner-odd-base64"),
        (encoded(lambda text: b"&#xFEFF;" + text), "record.inner-odd-base64"),
        (inside(lambda text: text.encode("utf-16")), "record.inner-encoding"),
        (inside(lambda text: b"\xfe\xff" + text.encode("utf-16-be")), "record.inner-encoding"),
        (inside(lambda text: text.encode("utf-16-le")), "record.inner-encoding"),
        (inside(lambda text: text + "\x00"), "record.control-character"),
        (inside(lambda text: in_namespace(text.encode())), "record.odd-names"),
        (inside(lambda text: prefixed(text.encode())), "record.odd-names"),
        (inside(lambda text: lowered(text.encode())), "record.odd-names"),
        (PLAIN.replace(b"<LOAIHOSO>XML", b"<LOAIHOSO>XML0"), "record.odd-names"),
        (PLAIN.replace(b"<LOAIHOSO>XML", b"<LOAIHOSO>xml "), "record.odd-names"),
        (
            PLAIN.replace(b"<HOSO>", b"<HOSO><HOSO>").replace(b"</HOSO>", b"</HOSO></HOSO>"),
            "record.unknown-element",
        ),
    ],
)
def test_careless_inner_files_are_read_as_proper_ones_with_warnings(data: bytes, code: str) -> None:
    assert hashes(data) == hashes(PLAIN)
    assert {found for found, _ in unusual(data)} == {code}
    assert claim_of(data).outcome == "accepted-with-warnings"


def test_a_table_known_by_another_case_or_outer_blanks_is_nothing_to_speak_of() -> None:
    assert unusual(PLAIN.replace(b"<LOAIHOSO>XML1<", b"<LOAIHOSO> xml1 <")) == set()


@pytest.mark.parametrize("character", ["\x08", "\x1f", "&#8;", "&#x1F;", "&#0;", "\ufffe", "&#xFFFF;"])
def test_a_forbidden_character_in_a_value_is_left_out_and_its_place_named(character: str) -> None:
    name = re.findall("<TEN_DICH_VU>(.+?)</TEN_DICH_VU>", FILES["XML3"])[0]
    data = changed("XML3", f">{name}<", f">{name[:2]}{character}{name[2:]}<")
    line = FILES["XML3"][: FILES["XML3"].index(f">{name}<")].count("<CHI_TIET_DVKT>")
    assert unusual(data) == {("record.control-character", f"XML3[{line}].TEN_DICH_VU")}
    assert hashes(data) == hashes(PLAIN)


def test_a_reference_in_cdata_is_text_and_one_to_a_line_end_is_a_line_end() -> None:
    data = changed("XML1", "<GHI_CHU>", "<GHI_CHU><![CDATA[&#8;\x08]]>&#10;&#x41;\x08")
    record = claim_of(data).record
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
    data = inside(wrapped, "XML3")
    assert unusual(data) == {("record.inner-layout", "XML3")}
    assert hashes(data) == hashes(PLAIN)


def test_an_element_inside_a_value_is_noted_in_a_table_without_its_root_too() -> None:
    data = inside(
        lambda text: (
            re.sub("</?CHITIEU_CHITIET_DVKT_VTYT>", "", text)
            .replace("<GHI_CHU>", "<GHI_CHU><b/>")
            .replace("<GHI_CHU/>", "<GHI_CHU><b/></GHI_CHU>")
            .replace("<MA_HIEU_SP/>", "<MA_HIEU_SP><b/></MA_HIEU_SP>")
        ),
        "XML3",
    )
    assert ("record.unknown-element", "XML3[1].MA_HIEU_SP") in unusual(data)


def test_a_row_in_which_nothing_stands_is_passed_over_and_kept_for_writing() -> None:
    data = changed(
        "XML3", "<CHI_TIET_DVKT>", "<CHI_TIET_DVKT><MA_LK/><STT> </STT></CHI_TIET_DVKT><CHI_TIET_DVKT>"
    )
    assert unusual(data) == {("record.blank-row", "XML3[1]")}
    (dossier,) = opened(data).dossiers()
    rows = next(file.rows for file in dossier.files if file.table == "XML3")
    assert (rows[0].names, len(dossier.tables()["XML3"])) == (("MA_LK", "STT"), len(rows) - 1)


def test_a_base64_that_is_cut_is_told_from_one_that_lacks_its_end_signs() -> None:
    cut = claim_of(encoded(lambda text: text[:-7]))
    assert {p.code for p in cut.findings} >= {"record.inner-broken-base64"}
    assert cut.outcome == "refused"


def test_an_inner_file_that_is_no_xml_is_refused_with_line_and_column() -> None:
    broken = claim_of(inside(lambda _: "<TONG_HOP>\n<MA_LK>a & b</MA_LK></TONG_HOP>", "XML1"))
    (problem,) = [p for p in broken.findings if p.code == "record.inner-not-xml"]
    assert (problem.table, (problem.value or "")[:2]) == ("XML1", "2:")


def test_a_dossier_of_decision_4210_is_refused_by_that_name_alone() -> None:
    old = "<TONG_HOP><MA_LK>A1</MA_LK><MA_THE>DN4339900000001</MA_THE><MA_LYDO_VVIEN>1</MA_LYDO_VVIEN>"
    files = {
        "XML1": f"{old}<T_TONGCHI>1000</T_TONGCHI><MA_CSKCB>33999</MA_CSKCB></TONG_HOP>",
        "XML2": "<DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><STT>1</STT></CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC>",
    }
    assert [(p.code, p.value) for p in claim_of(envelope(files)).findings] == [
        ("record.decision-4210", "4210")
    ]


CARELESS = [
    encoded(lambda text: text.rstrip(b"=") + b"\xe2\x80\x8b"),
    inside(lambda text: text.encode("utf-16")),
    inside(lambda text: re.sub("(<HO_TEN>|<TEN_THUOC>)", "\\1&#8;", text)),
    inside(lambda text: in_namespace(text.encode())),
    inside(lambda text: lowered(text.encode())),
    PLAIN.replace(b"<LOAIHOSO>XML1<", b"<LOAIHOSO>XML 01<"),
    prefixed(PLAIN),
]


@pytest.mark.parametrize("data", CARELESS)
def test_what_was_read_carelessly_is_written_to_the_letter(data: bytes) -> None:
    (dossier,) = opened(data).dossiers()
    written = write_envelope([dossier], facility="33999", made_on=date(2026, 9, 16))
    assert CONTENT.findall(written) == re.findall(rb"<(?:g:)?NOIDUNGFILE>([^<]*)<", data)
    assert hashes(written) == hashes(PLAIN)


@pytest.mark.parametrize("data", CARELESS)
def test_one_changed_field_of_a_careless_file_is_written_in_a_proper_one(data: bytes) -> None:
    (dossier,) = opened(data).dossiers()
    first = dossier.files[0]
    fields = [(name, "NGƯỜI MẪU" if name == "HO_TEN" else text) for name, text in first.rows[0].fields]
    other = changed_file(first, [Row.of("XML1", 1, fields)])
    made = Dossier((other, *dossier.files[1:]))
    written = write_envelope([made], facility="33999", made_on=date(2026, 9, 16))
    record = claim_of(written).record
    assert isinstance(record, Visit)
    assert record.patient.full_name == "NGƯỜI MẪU"
    root = etree.fromstring(b64decode(other.content))
    assert (root.tag, root.nsmap, root.findtext("HO_TEN")) == ("TONG_HOP", {}, "NGƯỜI MẪU")
