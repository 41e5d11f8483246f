"""Rows as the parser gives them: what is nested, and how much of what a stranger writes is kept."""

import pytest

from bhyt.national import shapes
from bhyt.national.layouts import inner_layouts
from bhyt.national.rows import read_rows
from bhyt.national.shapes import learn
from bhyt.national.xml import parse_xml
from bhyt.problems import Findings
from bhyt.records import row as records_row
from bhyt.records.row import MAX_KEPT_NAMES, Row

FLAT = inner_layouts()["XML1"]


@pytest.mark.parametrize(
    "document",
    [
        "<TONG_HOP><TONG_HOP><TONG_HOP><A>1</A></TONG_HOP></TONG_HOP></TONG_HOP>",
        "<LIST><TONG_HOP><TONG_HOP><A>1</A></TONG_HOP></TONG_HOP></LIST>",
    ],
)
def test_rows_inside_rows_are_no_one_row(document: str) -> None:
    findings = Findings(1)
    read_rows(parse_xml(document.encode()), FLAT, findings)
    assert ("record.table-twice", "error") in {(one.code, one.severity) for one in findings.problems}


def test_a_row_in_a_list_of_its_kind_is_read_with_a_warning() -> None:
    findings = Findings(1)
    (row,) = read_rows(parse_xml(b"<TONG_HOP><TONG_HOP><A>1</A></TONG_HOP></TONG_HOP>"), FLAT, findings)
    assert row.values == {"A": "1"}
    assert [(one.code, one.severity) for one in findings.problems] == [("record.inner-layout", "warning")]


def test_names_of_a_row_that_is_wider_than_any_table_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "_counts", {})
    names = [f"A{number}" for number in range(MAX_KEPT_NAMES + 1)]
    before = records_row._kept_header.cache_info().currsize
    wide = Row.of("XML1", 1, [(name, "1") for name in names])
    learn([wide], FLAT)
    assert wide.names == tuple(names)
    assert records_row._kept_header.cache_info().currsize == before
    assert shapes._counts == {}
