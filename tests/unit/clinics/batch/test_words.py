"""What a clerk is told to write: the right value where it is known, and else nothing that looks like one."""

from io import StringIO

import pytest
from rich.console import Console

from clinics.batch.reports import COLUMNS, CsvReport
from clinics.batch.rows import Counts, FileSaid, Finding, Row
from clinics.batch.screen import Screen
from failures import all_failures

STRANGER = "033095000001"


@pytest.mark.parametrize(
    ("code", "expected", "hint"),
    [
        pytest.param("sheet.number-damaged", STRANGER, f"ví dụ / e.g.: {STRANGER}", id="example"),
        pytest.param("claim.no-discharge-paper", "XML7", "cần kèm / needs: XML7", id="paper"),
        pytest.param("birth.weight", "300-7000", "được phép / allowed: 300-7000", id="allowed"),
        pytest.param("birth.papers-differ", "2", "nơi kia ghi / elsewhere: 2", id="other"),
    ],
)
def test_what_is_no_right_value_is_never_shown_as_one(code: str, expected: str, hint: str) -> None:
    row = _row(Finding(code, code, "error", "T", 2, "F", "typed", expected))
    cells = _csv(row)
    assert (cells["Giá trị đúng"], cells["Gợi ý"]) == ("", hint)
    assert f"“typed” ({hint})" in _screen(row)
    assert f"→ “{expected}”" not in _screen(row)


def test_a_computed_value_is_the_right_one() -> None:
    row = _row(Finding("BHYT-R-201", "claim.total", "error", "XML1", 1, "T_BHTT", "1", "2"))
    cells = _csv(row)
    assert (cells["Giá trị đúng"], cells["Gợi ý"]) == ("2", "")
    assert "“1” → “2”" in _screen(row)


def test_no_code_of_a_sheet_gives_a_right_value() -> None:
    assert not [
        code
        for code, failure in all_failures().items()
        if code.startswith("sheet.") and failure.expected == "value"
    ]


def _row(*findings: Finding) -> Row:
    return Row(number=1, kind="birth", key="A", outcome="refused", findings=findings)


def _csv(row: Row) -> dict[str, str]:
    out = StringIO()
    report = CsvReport(out)
    report.file(FileSaid(file="a.xlsx"))
    report.row(row)
    cells = out.getvalue().splitlines()[1].split(",")
    return dict(zip(COLUMNS, cells, strict=False))


def _screen(*rows: Row) -> str:
    out, counts = StringIO(), Counts()
    screen = Screen(Console(file=out, width=300))
    screen.file(FileSaid(file="a.xlsx"))
    for row in rows:
        counts.add(row)
        screen.row(row)
    screen.show(counts)
    return out.getvalue()
