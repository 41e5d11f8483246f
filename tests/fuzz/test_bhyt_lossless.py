"""Read and written again, every table comes back to the letter, however another system wrote it."""

import base64
import io
import re
import textwrap
from dataclasses import dataclass, replace
from datetime import date
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bhyt.national import (
    Dossier,
    NationalFile,
    changed_file,
    inner_file,
    open_file,
    write_births,
    write_check_ins,
    write_deaths,
    write_envelope,
)
from bhyt.national.layouts import InnerLayout, inner_layouts
from bhyt.records.row import Row
from bhyt.tables.fields import all_fields

LAYOUTS = [layout for layout in inner_layouts().values() if layout.root]
NAMESPACES = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:his="urn:his"'
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r <>&]'\"\u0300\u0301\u031b"),
    max_size=12,
)
UNKNOWN = st.sampled_from("MA_NOI_BO _LA GHI-CHU.2 TÊN_KHÁC Đ A".split())
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Written:
    """An inner file as a stranger wrote it, and what its rows say."""

    layout: InnerLayout
    content: str
    rows: tuple[Fields, ...]


@st.composite
def fields(draw: st.DrawFn, table: str) -> Fields:
    """A row's fields: known ones in any order, unknown ones among them, some twice, any text."""
    known = [field.name for field in all_fields(table)]
    names = draw(st.lists(st.sampled_from(known) | UNKNOWN, max_size=8))
    return tuple((name, draw(TEXT)) for name in names)


@st.composite
def cell(draw: st.DrawFn, name: str, text: str) -> str:
    """A field as XML, in one of the ways to write it."""
    way = draw(st.sampled_from(["plain", "plain", "cdata", "comment", "short"]))
    plain = escape(text).replace("\r", "&#13;")
    if way == "short" and not text:
        return f"<{name} />"
    if way == "cdata" and "]]>" not in text and "\r" not in text:
        return f"<{name}><![CDATA[{text}]]></{name}>"
    if way == "comment":
        return f"<{name}><!-- {name} -->{plain}<?his giữ?></{name}>"
    return f"<{name}>{plain}</{name}>"


@st.composite
def inner(draw: st.DrawFn, layout: InnerLayout) -> Written:
    """One inner file."""
    count = draw(st.integers(0, 3)) if layout.row else 1
    rows = tuple(draw(fields(layout.table)) for _ in range(count))
    between = draw(st.sampled_from(["", "\n  ", "<!-- ghi chú -->", "\r\n"]))
    bodies = [between.join(draw(cell(name, text)) for name, text in row) for row in rows]
    if layout.row:
        listed = between.join(f"<{layout.row}>{body}</{layout.row}>" for body in bodies)
        body = f"<{layout.list}>{between}{listed}</{layout.list}>"
        body += draw(st.sampled_from(["", "<CHUKYDONVI/>", "<NGOAI_BANG>1</NGOAI_BANG>"]))
    else:
        body = bodies[0]
    document = f"<{layout.root}>{body}</{layout.root}>"
    return Written(layout, draw(_content(document)), rows)


@st.composite
def _content(draw: st.DrawFn, document: str) -> str:
    """NOIDUNGFILE of a document: base64, wrapped or not, or the XML itself."""
    way = draw(st.sampled_from(["base64", "wrapped", "crlf", "escaped-cr", "cdata", "raw", "raw-cdata"]))
    if way == "raw":
        named = document.replace(">", ' his:ban="1">', 1) if draw(st.booleans()) else document
        return draw(st.sampled_from(["", "\n", "<!-- trần -->"])) + named
    if way == "raw-cdata" and "]]>" not in document:
        return f"<![CDATA[{document}]]>"
    head = draw(
        st.sampled_from(["", "\ufeff", '<?xml version="1.0" encoding="utf-16"?>\n', "<?xml version='1.0'?>"])
    )
    encoded = base64.b64encode((head + document).encode()).decode()
    lines = textwrap.wrap(encoded, 76)
    ways = {
        "wrapped": "\n".join(lines),
        "crlf": "\r\n".join(["", *lines, "  "]),
        "escaped-cr": "&#13;\n".join(lines),
        "cdata": f"<![CDATA[{encoded}]]>",
    }
    return ways.get(way, encoded)


HEADS = (
    "<THONGTINDONVI><MACSKCB>33999</MACSKCB></THONGTINDONVI>"
    "<THONGTINHOSO><NGAYLAP>20260916</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO>",
    "<THONGTINDONVI><TENCSKCB>BV &amp; Mẫu</TENCSKCB><MACSKCB>33999</MACSKCB></THONGTINDONVI><!-- HIS -->"
    "<THONGTINHOSO><NGAYLAP>202609161405</NGAYLAP><PHIEN_BAN>2</PHIEN_BAN><SOLUONGHOSO>1</SOLUONGHOSO>",
)
BESIDE = ("", "<GHI_CHU>nội bộ</GHI_CHU>", '\n<his:GHI_CHU his:MA="1"/><!-- ngoài -->')
"""What stands in a HOSO beside its inner files."""


def _envelope(files: list[Written], *, head: str = HEADS[0], beside: str = "", tail: str = "") -> bytes:
    parts = "\n".join(
        f"<FILEHOSO><LOAIHOSO>{file.layout.loaihoso}</LOAIHOSO>\n<NOIDUNGFILE>{file.content}</NOIDUNGFILE></FILEHOSO>"
        for file in files
    )
    return (
        f"<GIAMDINHHS {NAMESPACES}>{head}<DANHSACHHOSO><HOSO>{beside}{parts}{beside}</HOSO>"
        f"</DANHSACHHOSO></THONGTINHOSO>{tail}</GIAMDINHHS>"
    ).encode()


def _dossier(data: bytes) -> Dossier:
    (dossier,) = open_file(io.BytesIO(data)).dossiers()
    return dossier


def _contents(data: bytes) -> list[bytes]:
    return re.findall(rb"<NOIDUNGFILE>(.*?)</NOIDUNGFILE>", data, re.DOTALL)


def _written(dossier: Dossier) -> bytes:
    return write_envelope([dossier], facility="33999", made_on=date(2026, 9, 16))


def _said(rows: tuple[Row, ...]) -> tuple[Fields, ...]:
    return tuple(row.fields for row in rows)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.loaihoso)
def test_every_table_comes_back_to_the_letter_and_one_changed_field_changes_only_its_file(
    layout: InnerLayout,
) -> None:
    @settings(max_examples=25)
    @given(st.data(), inner(layout), inner(LAYOUTS[2]), TEXT)
    def hold(data: st.DataObject, file: Written, other: Written, text: str) -> None:
        sent = _envelope([file, other])
        source = open_file(io.BytesIO(sent))
        (dossier,) = source.dossiers()
        assert [_said(read.rows) for read in dossier.files] == [file.rows, other.rows]
        assert _contents(_kept(Dossier(dossier.files), source)) == _contents(sent)
        rows = dossier.files[0].rows
        places = [(line, place) for line, row in enumerate(rows) for place in range(len(row.names))]
        if not places:
            return
        line, place = data.draw(st.sampled_from(places))
        changed = [*rows]
        pairs = [*rows[line].fields]
        pairs[place] = (pairs[place][0], text)
        changed[line] = Row.of(rows[line].table, rows[line].line, pairs)
        made = changed_file(dossier.files[0], changed, around=source.envelope())
        written = _kept(Dossier((made, *dossier.files[1:])), source)
        again = _dossier(written)
        assert _said(again.files[0].rows) == tuple(row.fields for row in changed)
        assert _contents(written)[1:] == _contents(sent)[1:]
        if tuple(pairs) == rows[line].fields:
            assert _contents(written) == _contents(sent)

    hold()


RAW_IN_A_NAMESPACE = Written(
    LAYOUTS[1], '<his:TONG_HOP his:ban="1"><MA_LK>A</MA_LK></his:TONG_HOP>', ((("MA_LK", "A"),),)
)


@given(inner(LAYOUTS[1]), inner(LAYOUTS[2]), st.sampled_from(HEADS), st.sampled_from(BESIDE), st.booleans())
@example(RAW_IN_A_NAMESPACE, RAW_IN_A_NAMESPACE, HEADS[1], BESIDE[2], True)
def test_what_stands_around_the_inner_files_comes_back_to_the_letter_whether_one_is_changed_or_not(
    file: Written, other: Written, head: str, beside: str, signed: bool
) -> None:
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue/></Signature>'
    unsigned = _envelope([file, other], head=head, beside=beside, tail="<CHUKYDONVI></CHUKYDONVI>")
    sent = unsigned.replace(b"<CHUKYDONVI>", b"<CHUKYDONVI>" + signature.encode()) if signed else unsigned
    source = open_file(io.BytesIO(sent))
    (dossier,) = source.dossiers()
    assert _kept(dossier, source) == sent
    made = inner_file("XML2", [Row.of("XML2", 1, [("MA_LK", "B")])])
    files = (dossier.files[0], replace(dossier.files[1], content=made.content))
    second = _contents(unsigned)[1]
    place = unsigned.rindex(b"<NOIDUNGFILE>" + second) + len("<NOIDUNGFILE>")
    expected = unsigned[:place] + made.content.encode() + unsigned[place + len(second) :]
    assert _kept(replace(dossier, files=files), source) == expected


def test_one_dossier_of_several_is_written_as_one_with_the_head_of_them_all() -> None:
    one = Written(LAYOUTS[1], "<TONG_HOP><MA_LK>A</MA_LK></TONG_HOP>", ())
    single = _envelope([one], head=HEADS[1], beside=BESIDE[2])
    start, end = single.index(b"<HOSO>"), single.index(b"</HOSO>") + len(b"</HOSO>")
    several = single[:start] + single[start:end] * 2 + single[end:]
    counts = b"<SOLUONGHOSO>2</SOLUONGHOSO>", b"<SOLUONGHOSO>2<!-- hai --></SOLUONGHOSO>", b"<SOLUONGHOSO/>"
    for count in counts:
        source = open_file(io.BytesIO(several.replace(b"<SOLUONGHOSO>1</SOLUONGHOSO>", count)))
        assert [_kept(dossier, source) for dossier in source.dossiers()] == [single] * 2
    source = open_file(io.BytesIO(several.replace(b"<SOLUONGHOSO>1</SOLUONGHOSO>", b"")))
    (kept, _) = (open_file(io.BytesIO(_kept(dossier, source))) for dossier in source.dossiers())
    assert (kept.outline.declared, kept.problems) == (1, ())


def test_raw_xml_finds_its_prefix_again_where_the_envelope_must_be_made_anew() -> None:
    sent = _envelope([RAW_IN_A_NAMESPACE], head=HEADS[0].replace("20260916", ""))
    source = open_file(io.BytesIO(sent))
    (dossier,) = source.dossiers()
    assert _contents(_kept(dossier, source)) == _contents(sent)
    assert [_said(file.rows) for file in _dossier(_kept(dossier, source)).files] == [RAW_IN_A_NAMESPACE.rows]


def _kept(dossier: Dossier, source: NationalFile) -> bytes:
    return write_envelope([dossier], facility="33999", made_on=date(2026, 9, 16), around=source.envelope())


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.loaihoso)
def test_a_file_made_anew_has_the_official_order_and_says_the_same(layout: InnerLayout) -> None:
    @settings(max_examples=15)
    @given(fields(layout.table))
    def hold(said: Fields) -> None:
        made = inner_file(layout.loaihoso, [Row.of(layout.table, 1, said)])
        ((row,),) = (file.rows for file in _dossier(_written(Dossier((made,)))).files)
        assert sorted(row.fields) == sorted(said)
        official = [field.name for field in all_fields(layout.table)]
        places = [official.index(name) for name in row.names if name in official]
        assert places == sorted(places)

    hold()


@pytest.mark.parametrize(
    ("table", "write"),
    [("CHECKIN", write_check_ins), ("GIAYBAOTU", write_deaths), ("GIAYCHUNGSINH", write_births)],
)
def test_a_file_of_single_rows_says_what_its_rows_said(table: str, write: object) -> None:
    assert callable(write)
    key = {"CHECKIN": ("MA_CSKCB", "33999"), "GIAYBAOTU": ("MACSKCB", "33999")}.get(
        table, ("MA_GCS", "00001.GCS.33999.26")
    )

    @settings(max_examples=15)
    @given(st.lists(fields(table), min_size=1, max_size=3))
    def hold(several: list[Fields]) -> None:
        rows = [Row.of(table, line, [key, *said]) for line, said in enumerate(several, start=1)]
        file = open_file(io.BytesIO(write(rows)))
        assert [sorted(row.fields) for row in file.rows()] == [sorted(row.fields) for row in rows]

    hold()
