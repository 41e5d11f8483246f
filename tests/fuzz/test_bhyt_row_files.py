"""Record elements of single rows: written as lxml writes them, and read by shape as the parser reads them."""

import io
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bhyt.errors import Unwritable
from bhyt.national import open_file, write_births, write_check_ins, write_deaths
from bhyt.national.layouts import FILE_LAYOUTS, FileKind
from bhyt.national.making import ordered
from bhyt.national.shapes import LEARNED_AFTER
from bhyt.national.single import read_single_row
from bhyt.problems import Findings
from bhyt.records.row import Row
from bhyt.tables.fields import all_fields
from tests.fuzz.test_bhyt_shapes import SNIPPETS
from tests.unit.bhyt.samples import BIRTHS, CHECK_IN, DEATH_NOTICE

WRITERS = {
    "CHECKIN": ("check-ins", write_check_ins),
    "GIAYBAOTU": ("deaths", write_deaths),
    "GIAYCHUNGSINH": ("births", write_births),
}
TEXTS = st.text(max_size=5) | st.text("\t\n\r <>&]'\"\u0300\x01\x7f\x85\ufffe\U0001ffff\ud800", max_size=5)
ODD_NAMES = st.sampled_from(["GHI-CHU.2", "TÊN", "A", "{urn:x}A", "a b", "", "1A"])


@st.composite
def rows(draw: st.DrawFn, table: str) -> list[Row]:
    """Rows of any texts, with names in any order, of which some are unknown or no names at all."""
    names = st.sampled_from([field.name for field in all_fields(table)])
    odd = st.integers(0, 9).flatmap(lambda one: ODD_NAMES if one == 0 else names)
    several = draw(st.lists(st.lists(st.tuples(odd, TEXTS), max_size=6), min_size=1, max_size=3))
    return [Row.of(table, line, fields) for line, fields in enumerate(several, start=1)]


def by_lxml(kind: str, several: Sequence[Row]) -> bytes:
    """Return the file as lxml writes it."""
    layout = next(layout for layout in FILE_LAYOUTS.values() if layout.kind == kind)
    root = parent = etree.Element(layout.path[0])
    for name in layout.path[1:]:
        parent = etree.SubElement(parent, name)
    for row in several:
        record = etree.SubElement(parent, layout.record)
        for name, text in ordered(row, None).fields:
            etree.SubElement(record, name).text = text or None
    etree.SubElement(root, "CHUKYDONVI")
    return etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True)


@pytest.mark.parametrize("table", WRITERS)
def test_a_file_of_rows_has_the_bytes_that_lxml_writes(table: str) -> None:
    kind, write = WRITERS[table]

    @given(rows(table))
    def hold(several: list[Row]) -> None:
        try:
            expected: bytes | None = by_lxml(kind, several)
        except ValueError:
            expected = None
        try:
            made: bytes | None = write(several)
        except Unwritable:
            made = None
        if expected is None or b"xmlns:" not in expected:  # of namespaces lxml counts the prefixes
            assert made == expected

    hold()


SAMPLES: dict[FileKind, bytes] = {"births": BIRTHS, "deaths": DEATH_NOTICE, "check-ins": CHECK_IN}


@st.composite
def pieces(draw: st.DrawFn, sample: str) -> str:
    """A record element with up to three changes, most of them at the end of a text."""
    for _ in range(draw(st.integers(0, 3))):
        ends = [found.start() for found in re.finditer("</", sample)]
        place = draw(st.sampled_from(ends) | st.integers(0, len(sample)))
        end = place + draw(st.sampled_from((0, 0, 0, 1)))
        sample = sample[:place] + draw(st.text(max_size=3) | st.sampled_from(SNIPPETS)) + sample[end:]
    return sample


@pytest.mark.parametrize("kind", SAMPLES)
def test_an_element_read_by_shape_is_the_row_that_the_parser_reads(kind: FileKind) -> None:
    sample = SAMPLES[kind]
    found = open_file(io.BytesIO(sample)).outline
    start, end = found.pieces[0]
    piece = sample[start:end]

    def parsed(data: bytes, findings: Findings) -> Row | None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bhyt.national.single.shaped_row", lambda *_: None)
            return read_single_row(data, found, 1, findings)

    for _ in range(LEARNED_AFTER):
        parsed(piece, Findings(1))

    @given(pieces(piece.decode()))
    def hold(changed: str) -> None:
        data = changed.encode("utf-8", "surrogatepass")
        shaped, expected = Findings(1), Findings(1)
        row, same = read_single_row(data, found, 1, shaped), parsed(data, expected)
        assert row == same
        assert shaped.problems == expected.problems
        assert row is None or same is None or (row.values, row.null) == (same.values, same.null)

    hold()
