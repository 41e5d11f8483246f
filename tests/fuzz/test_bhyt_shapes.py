"""Whatever a document is, its rows read by shape are those that the parser reads, without any finding."""

import base64
import re

from hypothesis import given
from hypothesis import strategies as st

from bhyt.errors import FileRefused
from bhyt.national.layouts import InnerLayout, inner_layouts
from bhyt.national.rows import read_rows
from bhyt.national.shapes import LEARNED_AFTER, shaped_rows
from bhyt.national.xml import parse_xml
from bhyt.problems import Findings
from tests.unit.bhyt.samples import inner_files

SNIPPETS = (
    *("<", ">", "/", "&", "&amp;", "&lt;", "'", '"', "=", " ", "\n", "\r", "\t", "\x00", "\x0b", "\x85"),
    *("\u00a0", "\u2028", "\ufeff", "\ufffe", "\U0001ffff", "o\u0302\u0301", "NULL", "]]>", "<!--", "-->"),
    *("<![CDATA[", "<?x?>", "<!DOCTYPE a>", "<STT>", "</STT>", "<STT/>", "<STT />", "<STT>1</STT>", "<A/>"),
    *("<CHUKYDONVI/>", "</CHI_TIET_THUOC>", "<CHI_TIET_THUOC>", "</DSACH_CHI_TIET_THUOC>", "</TONG_HOP>"),
)
TABLES = [(inner_layouts()[table], inner_files()[table]) for table in ("XML1", "XML2", "XML3")]


@st.composite
def documents(draw: st.DrawFn) -> tuple[InnerLayout, str]:
    """A document of the sample with up to three changes, most of them at the end of a text."""
    layout, document = draw(st.sampled_from(TABLES))
    for _ in range(draw(st.integers(0, 3))):
        ends = [found.start() for found in re.finditer("</", document)]
        place = draw(st.sampled_from(ends) | st.sampled_from(ends) | st.integers(0, len(document)))
        end = place + draw(st.sampled_from((0, 0, 0, 0, 1)))
        document = document[:place] + draw(st.text(max_size=3) | st.sampled_from(SNIPPETS)) + document[end:]
    return layout, document


@given(documents())
def test_what_is_read_by_shape_is_what_the_parser_reads(made: tuple[InnerLayout, str]) -> None:
    for layout, document in TABLES:
        for _ in range(LEARNED_AFTER if not shaped_rows(base64.b64encode(document.encode()), layout) else 0):
            read_rows(parse_xml(document.encode()), layout, Findings(1))
    layout, document = made
    data = document.encode()
    found = shaped_rows(base64.b64encode(data), layout)
    if found is None:
        return
    findings = Findings(1)
    try:
        expected = read_rows(parse_xml(data.lstrip()), layout, findings)
    except FileRefused as refused:
        raise AssertionError("a shape vouched for what is no XML") from refused
    assert found == expected
    assert findings.problems == []
    assert [(row.values, row.null) for row in found] == [(row.values, row.null) for row in expected]
