"""What a clerk is told to write: the right value where it is known, and else nothing that looks like one."""

import csv
from dataclasses import replace
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from rich.console import Console

from clinics.batch.reports import COLUMNS, CsvReport, XlsxReport
from clinics.batch.rows import MENDED_IN_CELL, Counts, FileSaid, Finding, Outcome, Row
from clinics.batch.screen import Screen
from clinics.batch.sources.sheets.workbook import open_sheet
from failures import all_failures

WARNED: Outcome = "accepted-with-warnings"
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


def test_the_remedy_of_a_warning_is_told_once_at_the_end() -> None:
    warning = Finding("r", "record.too-long", "warning", "XML1", 1, "HO_TEN", "x", "255")
    rows = [Row(number=n, kind="claim", key="A", outcome=WARNED, findings=(warning,) * 7) for n in (1, 2)]
    told = _screen(*rows)
    assert told.count(all_failures()["record.too-long"].remedy.vi) == 1
    assert told.count("2 lỗi hoặc cảnh báo khác, xem đủ bằng --report") == 2
    assert told.splitlines()[-1].startswith("2 hồ sơ / records: 2 hợp lệ · có cảnh báo")


def test_each_record_is_counted_once_by_what_the_gateway_did() -> None:
    rows = [
        Row(number=1, kind="claim", key="A", outcome="accepted", result="stored"),
        Row(number=2, kind="claim", key="B", outcome=WARNED, result="stored"),
        Row(number=3, kind="claim", key="C", outcome="pending", sent=True),
        Row(number=4, kind="claim", key="D", outcome="refused", result="refused"),
    ]
    assert _screen(*rows).splitlines()[-1] == (
        "4 hồ sơ / records: 1 bị từ chối / refused, "
        "1 đã gửi, chờ cổng xử lý / sent, waiting for the gateway, "
        "1 đã lưu · có cảnh báo / stored, with warnings, 1 đã lưu / stored"
    )


def test_what_is_wrong_with_a_whole_file_is_told_once() -> None:
    out = StringIO()
    code = "sheet.no-rows"
    screen = Screen(Console(file=out, width=300))
    finding = Finding(code, code, "error", None, None, None, None, None)
    screen.file(FileSaid(file="a.xlsx", code=code, findings=(finding,)))
    screen.show(Counts())
    assert out.getvalue().count(all_failures()[code].remedy.vi) == 1


def test_refused_rows_stand_first_in_a_workbook_and_long_words_are_wrapped() -> None:
    out = BytesIO()
    report = XlsxReport(out)
    report.file(FileSaid(file="a.xlsx"))
    report.row(Row(number=1, kind="birth", key="good", outcome="accepted", line=7))
    report.row(_row(Finding("r", "sheet.bad-date", "error", "S", 8, "F", "x", None)))
    report.close(Counts())
    with open_sheet(out) as sheet:
        header, *lines = list(sheet.rows)
    key, place = header.index("Mã hồ sơ"), header.index("Dòng")
    assert [(line[key], float(str(line[place]))) for line in lines] == [("A", 8), ("good", 7)]
    assert b'wrapText="1"' in ZipFile(out).read("xl/styles.xml")


def test_what_is_missing_in_a_sheet_is_mended_in_the_sheet() -> None:
    code = "record.missing-field"
    of_file = Finding("r", code, "error", "S", 8, "Họ tên", None, None)
    of_sheet = replace(of_file, in_sheet=True)
    assert "phần mềm bệnh viện" in _csv(_row(of_file))["Cách xử lý"]
    assert "Mở bảng tính" in _screen(_row(of_sheet))
    assert "phần mềm bệnh viện" not in _screen(_row(of_sheet)) + str(of_sheet.to_json())
    assert set(all_failures()) >= MENDED_IN_CELL


def _row(*findings: Finding) -> Row:
    return Row(number=1, kind="birth", key="A", outcome="refused", findings=findings)


def _csv(row: Row) -> dict[str, str]:
    out = StringIO()
    report = CsvReport(out)
    report.file(FileSaid(file="a.xlsx"))
    report.row(row)
    _, cells = csv.reader(out.getvalue().splitlines())
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
