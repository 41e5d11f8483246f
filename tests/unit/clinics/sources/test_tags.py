"""No spelling of a tag, and no border between two pieces of a part, hides what a workbook would cost."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets import shared_texts
from clinics.batch.sources.sheets import workbook as limits
from clinics.batch.sources.sheets.tags import MAX_TAG_BYTES, endless, whole_tags
from clinics.batch.sources.sheets.workbook import open_sheet
from tests.unit.clinics.sources.invented import xlsx_bytes

BORDER = 1 << 20
"""Where a part is cut in two while it is inflated."""

SHEET = zipfile.ZipFile(io.BytesIO(xlsx_bytes([{"A": "1"}]))).read("xl/worksheets/sheet1.xml")


def refusal(*, sheet: bytes = b"", texts: bytes = b"", workbook: bytes = b"") -> str | None:
    """Return why a workbook with this behind its sheet's rows, texts and properties is refused."""
    added = {"sheet1.xml": (b"</sheetData>", sheet), "sharedStrings.xml": (b"</sst>", texts)}
    added["workbook.xml"] = (b"</workbook>", workbook)
    source, made = zipfile.ZipFile(io.BytesIO(xlsx_bytes([{"A": "1"}]))), io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            end, more = added.get(name.rpartition("/")[2], (b"", b""))
            data = source.read(name)
            target.writestr(name, data.replace(end, more + end) if end else data)
    try:
        with open_sheet(io.BytesIO(made.getvalue())) as read:
            list(read.rows)
    except SourceRefused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("between", [b" " * 65, b" " * 300, b" " * 400_000, b"\t\r\n" * 99])
def test_a_far_place_behind_many_blanks_is_found_at_a_border(between: bytes) -> None:
    far = b"<row r" + between + b'="99999"><c><v>1</v></c></row>'
    head = len(SHEET[: SHEET.index(b"</sheetData>")])
    filling = (b"<!---->" * BORDER)[: BORDER - head - len(b"<row r") - len(between) // 2]
    filling = filling[: len(filling) // 7 * 7]
    assert refusal(sheet=filling + far) == "sheet.too-large"
    assert refusal(sheet=filling + far.replace(b"99999", b"9")) is None


@pytest.mark.parametrize(
    "row",
    [
        b'<row r="7"><c s="1"r="XFD7"><v>1</v></c></row>',
        b"<row r='7'><c s='1'r = 'XFD7'><v>1</v></c></row>",
        b'<row r="7"><c x=">"r="xfd7"><v>1</v></c></row>',
        b'<row s="1"r="' + b"0" * 400_000 + b'50000"><c><v>1</v></c></row>',
    ],
)
def test_a_far_place_is_found_however_it_is_written(row: bytes) -> None:
    assert refusal(sheet=row) == "sheet.too-large"
    near = row.replace(b"XFD", b"B").replace(b"xfd", b"b").replace(b"50000", b"8")
    assert refusal(sheet=near) is None


def test_a_tag_that_does_not_end_is_refused() -> None:
    assert refusal(sheet=b"<row r" + b" " * (2 * BORDER) + b'="7"/>') == "sheet.too-large"


def test_more_shared_texts_than_allowed_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_texts, "MAX_TEXTS", 20)
    assert refusal(texts=b"<si><t>a</t></si>" * 10) is None
    assert refusal(texts=b"<si><t>a</t></si>" * 20) == "sheet.too-large"
    assert refusal(texts=b"<si/>" * 20) == "sheet.too-large"


def test_texts_of_which_no_cell_speaks_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_texts, "MAX_TEXT_BYTES", 5_000)
    assert refusal(texts=b"<si><t>" + b"x" * 3_000 + b"</t></si>") is None
    assert refusal(texts=b"<si><t>" + b"x" * 5_000 + b"</t></si>") == "sheet.too-large"


@pytest.mark.parametrize("limit", ["MAX_TAGS", "MAX_BYTES"])
def test_the_tags_of_a_sheet_and_the_size_of_all_parts_are_limited(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    rows = b"<row><c><v>1</v></c></row>" * 1_000
    assert refusal(sheet=rows) is None
    monkeypatch.setattr(limits, limit, 5_000)
    assert refusal(sheet=rows) == "sheet.too-large"


def test_names_that_calamine_keeps_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    names = b'<definedNames><definedName name="a">S!A1</definedName></definedNames>'
    assert refusal(workbook=names) is None
    monkeypatch.setattr(limits, "MAX_FRAME_BYTES", 5_000)
    assert refusal(workbook=b"<!--" + b"x" * 5_000 + b"-->") == "archive.bomb"


@given(st.text("<a> ", max_size=40), st.integers(1, 7))
def test_each_tag_stands_whole_in_a_piece_however_a_part_is_cut(text: str, size: int) -> None:
    pieces = [text.encode()[start : start + size] for start in range(0, len(text), size)]
    given_out = list(whole_tags(pieces))
    for tag in text.encode().split(b"<")[1:]:
        assert any(b"<" + tag in piece for piece in given_out)


def test_only_a_tag_beyond_the_limit_is_endless() -> None:
    assert not endless(b"x" * 10 + b"<" + b" " * (MAX_TAG_BYTES - 1))
    assert endless(b"x" * 10 + b"<" + b" " * MAX_TAG_BYTES)
