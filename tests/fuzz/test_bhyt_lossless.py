"""Read and written again, every table comes back to the letter, however another system wrote it."""

import base64
import io
import re
import textwrap
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bhyt.national import (
    Dossier,
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
NAMESPACES = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
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
        return draw(st.sampled_from(["", "\n", "<!-- trần -->"])) + document
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


def _envelope(files: list[Written]) -> bytes:
    parts = "\n".join(
        f"<FILEHOSO><LOAIHOSO>{file.layout.loaihoso}</LOAIHOSO>\n<NOIDUNGFILE>{file.content}</NOIDUNGFILE></FILEHOSO>"
        for file in files
    )
    return (
        f"<GIAMDINHHS {NAMESPACES}><THONGTINDONVI><MACSKCB>33999</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>20260916</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>{parts}</HOSO>"
        "</DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>"
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
        dossier = _dossier(sent)
        assert [_said(read.rows) for read in dossier.files] == [file.rows, other.rows]
        assert _contents(_written(dossier)) == _contents(sent)
        rows = dossier.files[0].rows
        places = [(line, place) for line, row in enumerate(rows) for place in range(len(row.names))]
        if not places:
            return
        line, place = data.draw(st.sampled_from(places))
        changed = [*rows]
        pairs = [*rows[line].fields]
        pairs[place] = (pairs[place][0], text)
        changed[line] = Row.of(rows[line].table, rows[line].line, pairs)
        written = _written(Dossier((changed_file(dossier.files[0], changed), *dossier.files[1:])))
        again = _dossier(written)
        assert _said(again.files[0].rows) == tuple(row.fields for row in changed)
        assert _contents(written)[1:] == _contents(sent)[1:]
        if tuple(pairs) == rows[line].fields:
            assert _contents(written) == _contents(sent)

    hold()


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
