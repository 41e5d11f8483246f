"""Inner files of a known shape are read as the parser reads them; all others are left to the parser."""

import base64

import pytest

from bhyt.national import shapes
from bhyt.national.layouts import InnerLayout, inner_layouts
from bhyt.national.rows import read_rows
from bhyt.national.shapes import LEARNED_AFTER, MAX_SHAPES, learn, shaped_rows
from bhyt.national.xml import parse_xml
from bhyt.problems import Findings
from bhyt.records.row import Row
from tests.unit.bhyt.samples import inner_files

LISTED, FLAT = inner_layouts()["XML2"], inner_layouts()["XML1"]
DRUG = "<CHI_TIET_THUOC><MA_LK>A</MA_LK><STT>{}</STT><TEN_THUOC>Thuốc</TEN_THUOC></CHI_TIET_THUOC>"
HEADER = "<TONG_HOP><MA_LK>A</MA_LK><STT>1</STT></TONG_HOP>"


@pytest.fixture(autouse=True)
def _nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "_known", {})
    monkeypatch.setattr(shapes, "_counts", {})


def drugs(*rows: str, after: str = "") -> str:
    """Return the document of XML2 with these rows."""
    listed = f"<DSACH_CHI_TIET_THUOC>{''.join(rows)}</DSACH_CHI_TIET_THUOC>"
    return f"<CHITIEU_CHITIET_THUOC>{listed}{after}</CHITIEU_CHITIET_THUOC>"


def shaped(document: str, layout: InnerLayout = LISTED) -> tuple[Row, ...] | None:
    """Read a document by shape."""
    return shaped_rows(base64.b64encode(document.encode()), layout)


def parsed(document: str, layout: InnerLayout = LISTED) -> tuple[Row, ...]:
    """Read a document with the parser, which learns from it."""
    return read_rows(parse_xml(document.encode()), layout, Findings(1))


def learned(row: str = DRUG) -> None:
    """Let the parser read as many rows as it takes."""
    parsed(drugs(row.format(1) * LEARNED_AFTER))


def test_a_shape_is_known_once_the_parser_read_enough_rows_of_it() -> None:
    few = drugs(DRUG.format(1) * (LEARNED_AFTER - 1))
    assert parsed(few)
    assert shaped(few) is None
    parsed(drugs(DRUG.format(1)))
    assert shaped(few) == parsed(few)


@pytest.mark.parametrize("table", ["XML1", "XML2", "XML3"])
def test_the_sample_reads_the_same_by_shape_and_by_parser(table: str) -> None:
    layout, document = inner_layouts()[table], inner_files()[table]
    for _ in range(LEARNED_AFTER):
        expected = parsed(document, layout)
    found = shaped(document, layout)
    assert found == expected
    assert [row.values for row in found or ()] == [row.values for row in expected]


@pytest.mark.parametrize(
    "document",
    [
        "\ufeff<?xml version='1.0' encoding='UTF-8' standalone=\"yes\" ?>\r\n" + drugs(DRUG.format(1)),
        drugs("\r\n\t " + DRUG.format(1).replace("><", ">\n  <"), DRUG.format(2) + " "),
        drugs(DRUG.format("").replace("<STT></STT>", "<STT/>"), DRUG.format("")),
        drugs(DRUG.format("").replace("<STT></STT>", "<STT />")),
        drugs(DRUG.format(1), after="<CHUKYDONVI/>"),
        drugs(DRUG.format(1), after="\n<CHUKYDONVI>x</CHUKYDONVI> "),
        drugs(DRUG.format(" 1\n").replace("Thuốc", "Thuo\u0302\u0301c")),
        drugs(DRUG.format("NULL")),
    ],
)
def test_usual_forms_are_read_by_shape(document: str) -> None:
    learned()
    expected = parsed(document)
    found = shaped(document)
    assert found == expected
    assert [(row.values, row.null) for row in found or ()] == [(row.values, row.null) for row in expected]


@pytest.mark.parametrize(
    "document",
    [
        drugs(DRUG.format("<![CDATA[1]]>")),
        drugs(DRUG.format("&#49;")),
        drugs(DRUG.format("1<!-- -->")),
        drugs(DRUG.format("1\r\n")),
        drugs(DRUG.format("1\x01")),
        drugs(DRUG.format("1]]>")),
        drugs(DRUG.format("\uffff")),
        drugs(DRUG.format(1).replace("<STT>", "<STT lang='vi'>")),
        drugs(DRUG.format(1).replace("<STT>", "<stt>").replace("</STT>", "</stt>")),
        drugs(DRUG.format(1).replace("</STT>", "</MA_LK>")),
        drugs(DRUG.format(1) + "\u00a0"),
        drugs("x" + DRUG.format(1)),
        drugs(DRUG.format(1), "<CHI_TIET_THUOC><STT>1</STT></CHI_TIET_THUOC>"),
        drugs(DRUG.format(1)) + drugs(DRUG.format(2)),
        drugs(DRUG.format(1)).removesuffix(">"),
        drugs(),
        "<?xml version='1.0' encoding='utf-16'?>" + drugs(DRUG.format(1)),
        "<!DOCTYPE x>" + drugs(DRUG.format(1)),
        drugs(DRUG.format("9" * shapes.MAX_SHAPED_BYTES)),
        "",
    ],
)
def test_any_other_form_is_left_to_the_parser(document: str) -> None:
    learned()
    assert shaped(document) is None


@pytest.mark.parametrize("content", [b"", b"\xff", b"PEE+", b"PEE+\n", b"/w==", b"////"])
def test_what_is_no_base64_of_a_text_is_left_to_the_parser(content: bytes) -> None:
    learned()
    assert shaped_rows(content, LISTED) is None


def test_a_flat_table_has_one_row() -> None:
    for _ in range(LEARNED_AFTER):
        parsed(HEADER, FLAT)
    assert shaped(HEADER, FLAT) == parsed(HEADER, FLAT)
    assert shaped(HEADER + HEADER, FLAT) is None


@pytest.mark.parametrize(
    "row",
    [
        "<CHI_TIET_THUOC><MA_LK>A</MA_LK><MA_LK>A</MA_LK></CHI_TIET_THUOC>",
        "<CHI_TIET_THUOC><MÃ>A</MÃ></CHI_TIET_THUOC>",
        "<CHI_TIET_THUOC xmlns='urn:x'><MA_LK>A</MA_LK></CHI_TIET_THUOC>",
    ],
)
def test_names_that_stand_twice_or_are_not_official_are_never_learned(row: str) -> None:
    parsed(drugs(row * LEARNED_AFTER))
    assert not shapes._known.get("XML2")


def test_rows_of_several_shapes_are_read_in_one_document() -> None:
    learned()
    other = "<CHI_TIET_THUOC><STT>{}</STT></CHI_TIET_THUOC>"
    learned(other)
    document = drugs(DRUG.format(1), other.format(2), other.format(3), DRUG.format(4))
    assert shaped(document) == parsed(document)


def test_the_shape_that_was_longest_out_of_use_is_forgotten() -> None:
    learned()
    for number in range(MAX_SHAPES - 1):
        learned(f"<CHI_TIET_THUOC><A{number}>1</A{number}></CHI_TIET_THUOC>")
    assert shaped(drugs(DRUG.format(1)))  # used again, so that another one is the oldest
    learned("<CHI_TIET_THUOC><NEW>1</NEW></CHI_TIET_THUOC>")
    assert shaped(drugs(DRUG.format(1)))
    assert shaped(drugs("<CHI_TIET_THUOC><A0>1</A0></CHI_TIET_THUOC>")) is None


def test_counts_of_shapes_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MAX_COUNTED", 10)
    learn((Row.of("XML2", 1, [(f"A{number}", "")]) for number in range(100)), LISTED)
    assert len(shapes._counts) <= 10
