"""A sheet becomes national rows: which columns it has, what each cell says, where a fault is said to be."""

import codecs
import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from bhyt.national import ReadRecord, read_file
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.death import Death
from clinics.batch.sources import Options, Source, find_sources
from clinics.batch.sources.sheets import delimited
from clinics.batch.sources.sheets.columns import SHEET_KINDS, SheetKind
from clinics.batch.sources.sheets.rows import SheetRows
from tests.unit.clinics.sources.invented import FACILITY, csv_bytes, people, xlsx_bytes

NO_OPTIONS = Options()
RECORDS = {"births": Birth, "deaths": Death, "checkins": CheckIn}


@contextmanager
def opened(path: Path, content: bytes, options: Options = NO_OPTIONS) -> Iterator[Source]:
    """Give the one source of a file."""
    path.write_bytes(content)
    sources = find_sources([path], options)
    yield next(sources)
    assert list(sources) == []


def read(path: Path, content: bytes, options: Options = NO_OPTIONS) -> list[ReadRecord]:
    """Return the records of a file."""
    with opened(path, content, options) as source:
        assert source.refused is None
        return list(source.records())


def refusal(path: Path, content: bytes) -> str | None:
    """Return why a file is refused."""
    with opened(path, content) as source:
        assert (list(source.records()), source.open().read()) == ([], b"")
        return source.refused


@pytest.mark.parametrize("kind", SHEET_KINDS)
@pytest.mark.parametrize("make", [csv_bytes, xlsx_bytes], ids=["csv", "xlsx"])
def test_a_filled_template_reads_without_a_finding(tmp_path: Path, kind: SheetKind, make) -> None:
    records = read(tmp_path / "x", make(people(kind, 20)))
    assert [(one.number, one.outcome, one.findings) for one in records] == [
        (number, "accepted", ()) for number in range(1, 21)
    ]
    assert {type(one.record) for one in records} == {RECORDS[kind]}
    assert {one.record.facility for one in records if one.record} == {FACILITY}


def test_a_birth_says_what_stands_in_its_row(tmp_path: Path) -> None:
    (one,) = read(
        tmp_path / "x.csv",
        csv_bytes(
            [
                people("births", 1)[0]
                | {
                    "Cân nặng con (gam)": "3,2 kg",
                    "Giới tính con": "Nữ",
                    "Ngày giờ sinh con": "14h30 5/3/2026",
                    "Sinh phẫu thuật": "x",
                    "Ngày sinh mẹ": "4/1995",
                    "Họ tên mẹ": "Nguye\u0302\u0303n  Thị Mẫu",
                }
            ]
        ),
    )
    birth = one.record
    assert isinstance(birth, Birth)
    assert (birth.weight, birth.child_sex, birth.operative) == (3200, "female", True)
    assert birth.born.to_fhir() == "2026-03-05T14:30:00+07:00"
    assert birth.mother.full_name == "Nguyễn Thị Mẫu"
    assert birth.mother.birth_date is not None
    assert birth.mother.birth_date.to_fhir() == "1995-04"


def test_cells_that_excel_made_dates_and_numbers_are_read(tmp_path: Path) -> None:
    row = people("deaths", 1)[0] | {
        "Ngày giờ tử vong": dt.datetime.fromisoformat("2026-09-11T22:30"),
        "Ngày cấp giấy báo tử": dt.datetime.fromisoformat("2026-09-12"),
        "Ngày sinh": 1940,
        "Mã dân tộc": 1,
        "Mã tỉnh thường trú": 1,
        "Giới tính": 1,
        "Tử vong trên đường đến cấp cứu": 0,
    }
    (one,) = read(tmp_path / "x.xlsx", xlsx_bytes([row]))
    death = one.record
    assert isinstance(death, Death)
    assert one.findings == ()
    assert (death.died.to_national(), death.issued.to_national()[:8]) == ("202609112230", "20260912")
    assert (death.person.birth_date.to_fhir(), death.person.sex) == ("1940", "male")
    assert (death.person.ethnicity, death.person.province, death.on_the_way) == ("01", "01", False)


def test_official_names_in_any_order_and_case_are_columns(tmp_path: Path) -> None:
    row = people("checkins", 1)[0]
    named = dict(
        reversed([(header.lower() if "CCCD" in header else header, cell) for header, cell in row.items()])
    )
    named["ma_lk"] = named.pop("Mã liên kết")
    named["HO VA TEN"] = named.pop("Họ và tên")
    (one,) = read(tmp_path / "x.csv", csv_bytes([named]))
    assert (one.outcome, one.key) == ("accepted", "LK-000001")


def test_a_finding_names_sheet_row_header_and_cell_as_the_person_sees_them(tmp_path: Path) -> None:
    rows = people("deaths", 2)
    rows[1]["Ngày giờ tử vong"] = "9/11/26"
    rows[1]["Họ và tên"] = ""
    rows[1]["Giới tính"] = "7"
    first, second = read(tmp_path / "x.xlsx", xlsx_bytes(rows, name="Tháng 9", above=3))
    assert (first.outcome, second.outcome) == ("accepted", "refused")
    assert [(one.code, one.table, one.line, one.field, one.value) for one in second.findings] == [
        ("sheet.two-digit-year", "Tháng 9", 6, "Ngày giờ tử vong", "9/11/26"),
        ("record.missing-field", "Tháng 9", 6, "Họ và tên", None),
        ("record.unknown-code", "Tháng 9", 6, "Giới tính", "7"),
    ]
    assert {one.record_key for one in second.findings} == {"00002.GBT.33999.26"}


def test_a_record_that_is_refused_for_its_national_row_names_the_cell_too(tmp_path: Path) -> None:
    rows = people("checkins", 1)
    rows[0]["Thẻ có giá trị đến"] = "01/01/2026;02/01/2026"
    (one,) = read(tmp_path / "x.csv", csv_bytes(rows))
    assert one.outcome == "refused"
    assert ("record.card-lists-differ", "Thẻ có giá trị đến", "01/01/2026;02/01/2026") in {
        (found.code, found.field, found.value) for found in one.findings
    }


def test_only_rows_that_could_be_read_travel_and_are_numbered(tmp_path: Path) -> None:
    rows = people("births", 3)
    rows[1]["Ngày cấp giấy chứng sinh"] = "hôm qua"
    with opened(tmp_path / "x.csv", csv_bytes(rows)) as source:
        assert [(one.number, one.outcome) for one in source.records()] == [
            (1, "accepted"),
            (0, "refused"),
            (2, "accepted"),
        ]
        assert source.outline is not None
        assert len(source.outline.pieces) == 2
        travelling = read_file(source.open().read())
    assert [record.certificate_number for record in travelling.records if isinstance(record, Birth)] == [
        "00001.GCS.33999.26",
        "00003.GCS.33999.26",
    ]


def test_when_no_row_can_be_read_nothing_travels(tmp_path: Path) -> None:
    rows = people("births", 2)
    for row in rows:
        row["Ngày cấp giấy chứng sinh"] = "?"
    with opened(tmp_path / "x.csv", csv_bytes(rows)) as source:
        assert (source.refused, source.outline, source.open().read()) == (None, None, b"")
        assert [one.outcome for one in source.records()] == ["refused", "refused"]


def test_the_same_sheet_is_the_same_document_and_so_are_csv_and_xlsx(tmp_path: Path) -> None:
    rows = people("births", 700)
    documents = set()
    for name, content in (
        ("a.csv", csv_bytes(rows)),
        ("b.csv", csv_bytes(rows)),
        ("c.xlsx", xlsx_bytes(rows)),
    ):
        with opened(tmp_path / name, content) as source:
            documents.add(source.open().read())
    assert len(documents) == 1
    assert len(read_file(documents.pop()).records) == 700


def test_what_travels_is_signed_by_the_key_that_is_given(tmp_path: Path) -> None:
    signed: list[bytes] = []

    def sign(document: bytes) -> bytes:
        signed.append(document)
        return document.replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI><!-- signed --></CHUKYDONVI>")

    with opened(tmp_path / "x.csv", csv_bytes(people("deaths", 2)), Options(sign=sign)) as source:
        content = source.open().read()
        assert [one.outcome for one in source.records()] == ["accepted"] * 2
    assert (len(signed), b"<!-- signed -->" in content, b"<!-- signed -->" in signed[0]) == (1, True, False)


def test_what_every_row_shares_may_come_from_outside_and_a_cell_wins_over_it(tmp_path: Path) -> None:
    rows = people("deaths", 2)
    rows[0]["Mã cơ sở KCB"] = ""
    rows[0]["Địa chỉ cơ sở KCB"] = ""
    shared = {"MACSKCB": FACILITY, "MA_CSKCB": FACILITY, "DIACHI_CSKCB": "Số 2, đường Ví Dụ"}
    first, second = read(tmp_path / "x.csv", csv_bytes(rows), Options(shared=shared))
    assert isinstance(first.record, Death)
    assert isinstance(second.record, Death)
    assert (first.record.facility, first.record.facility_address) == (FACILITY, "Số 2, đường Ví Dụ")
    assert second.record.facility_address == "Số 1, đường Mẫu"


def test_unknown_columns_are_warned_of_once_and_not_read(tmp_path: Path) -> None:
    rows = [row | {"Ghi chú nội bộ": "x", "=HYPERLINK(1)": "y"} for row in people("births", 3)]
    with opened(tmp_path / "x.csv", csv_bytes(rows)) as source:
        assert [(one.code, one.severity, one.field) for one in source.problems] == [
            ("sheet.unknown-column", "warning", "Ghi chú nội bộ"),
            ("sheet.unknown-column", "warning", "=HYPERLINK(1)"),
        ]
        assert {one.outcome for one in source.records()} == {"accepted"}


def _workbook(*sheets: tuple[str, list[dict[str, str]], bool]) -> bytes:
    """Return a workbook of several sheets: name, rows, and whether it is hidden."""
    content = io.BytesIO()
    workbook = Workbook(content, {"in_memory": True})
    for name, rows, hidden in sheets:
        sheet = workbook.add_worksheet(name)
        for line, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)] if rows else []):
            sheet.write_row(line, 0, cells)
        if hidden:
            sheet.hide()
    workbook.get_worksheet_by_name(sheets[-1][0]).activate()
    workbook.close()
    return content.getvalue()


def test_the_sheet_of_the_templates_name_is_read_else_the_first_that_is_seen(tmp_path: Path) -> None:
    births, deaths = people("births", 1), people("deaths", 1)
    content = _workbook(("Ghi chú", deaths, False), ("Sheet2", [], False), ("Giấy chứng sinh", births, False))
    with opened(tmp_path / "x.xlsx", content) as source:
        assert [type(one.record) for one in source.records()] == [Birth]
        assert [(one.code, one.severity, one.table) for one in source.problems] == [
            ("sheet.other-sheet", "warning", "Ghi chú")
        ]
    content = _workbook(("Ẩn", births, True), ("Tháng 9", deaths, False))
    assert [type(one.record) for one in read(tmp_path / "x.xlsx", content)] == [Death]


def test_rows_that_are_empty_are_passed_over_and_counted_as_rows(tmp_path: Path) -> None:
    lines = csv_bytes(people("births", 2)).decode("utf-8-sig").splitlines()
    lines[2:2] = ["", "," * 5, " "]
    lines[-1] = lines[-1].replace("05/03/2026", "?").replace("06/03/2026", "?")
    refused = read(tmp_path / "x.csv", "\n".join(lines).encode())[-1]
    assert {one.line for one in refused.findings} == {6}


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), ("\t", "utf-8"), (",", "utf-16-be")],
)
def test_csv_is_read_with_the_separators_and_encodings_that_excel_writes(
    tmp_path: Path, separator: str, encoding: str
) -> None:
    rows = people("deaths", 3)
    rows[0]["Nguyên nhân tử vong"] = 'Suy hô hấp; "nặng", sốc\nđa tạng'
    content = csv_bytes(rows, separator=separator, encoding=encoding)
    if encoding == "utf-16-be":
        content = codecs.BOM_UTF16_BE + content
    records = read(tmp_path / "x", content)
    assert [one.outcome for one in records] == ["accepted"] * 3
    assert isinstance(records[0].record, Death)
    assert records[0].record.cause == 'Suy hô hấp; "nặng", sốc\nđa tạng'


def test_a_first_line_that_names_the_separator_is_obeyed(tmp_path: Path) -> None:
    content = b"sep=;\r\n" + csv_bytes(people("births", 1), separator=";", encoding="utf-8")
    assert [one.outcome for one in read(tmp_path / "x.csv", content)] == ["accepted"]


def test_titles_above_the_header_are_passed_over(tmp_path: Path) -> None:
    content = "DANH SÁCH GIẤY CHỨNG SINH\nTháng 3/2026\n\n".encode() + csv_bytes(
        people("births", 1), encoding="utf-8"
    )
    assert [one.outcome for one in read(tmp_path / "x.csv", content)] == ["accepted"]


def test_cells_behind_the_last_header_refuse_their_row_because_cells_were_shifted(tmp_path: Path) -> None:
    content = csv_bytes(people("births", 1)).rstrip() + b",thua\r\n"
    (one,) = read(tmp_path / "x.csv", content)
    assert (one.outcome, [found.code for found in one.findings]) == ("refused", ["sheet.cells-shifted"])


def test_a_cell_under_no_header_is_warned_of(tmp_path: Path) -> None:
    rows = [people("births", 1)[0] | {"": "ghi chú"}]
    (one,) = read(tmp_path / "x.csv", csv_bytes(rows))
    assert [(found.code, found.value) for found in one.findings] == [("sheet.no-column-name", "ghi chú")]
    assert one.outcome == "accepted-with-warnings"


BIRTHS = people("births", 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv_bytes(BIRTHS, encoding="utf-8").decode().encode("cp1258", "replace"), "sheet.not-utf8"),
        (csv_bytes([{**BIRTHS[0], "HOTEN_NND": "x"}]), "sheet.column-twice"),
        (csv_bytes([{"Họ và tên": "x", "Ngày sinh": "y", "Giới tính": "1"}]), "sheet.kind-unclear"),
        (csv_bytes([{"a": "1", "b": "2", "c": "3"}]), "sheet.no-header"),
        (csv_bytes(BIRTHS).splitlines(keepends=True)[0], "sheet.no-rows"),
        (csv_bytes(BIRTHS) + b'"unended', "sheet.broken-quotes"),
        (csv_bytes(BIRTHS) + b"x" * 1_000_001, "sheet.too-large"),
        (csv_bytes(BIRTHS) + b'"' + b"x\n" * 20_000 + b'"', "sheet.broken-quotes"),
        (codecs.BOM_UTF16_LE + csv_bytes(BIRTHS, encoding="utf-16-le")[:-1], "sheet.not-utf8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "sheet.old-format"),
        (xlsx_bytes(BIRTHS)[:-400], "archive.broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_sheet_that_cannot_be_read_as_a_whole_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(tmp_path / "x.csv", content) == code


@pytest.mark.parametrize("between", ["", "\n"], ids=["one line", "lines in its cells"])
def test_a_row_that_does_not_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    sheet = csv_bytes(people("births", 3))
    longest = max(map(len, sheet.decode().splitlines(keepends=True)))
    monkeypatch.setattr(delimited, "MAX_ROW_CHARACTERS", longest)
    assert len(read(tmp_path / "x.csv", sheet)) == 3
    assert refusal(tmp_path / "x.csv", sheet + f'"{between}",'.encode() * 1_000) == "sheet.too-large"


def test_a_record_of_no_facility_is_told_by_the_file(tmp_path: Path) -> None:
    rows = [row | {"Mã cơ sở KCB": ""} for row in people("checkins", 2)]
    assert refusal(tmp_path / "x.csv", csv_bytes(rows)) == "file.no-facility"


def test_no_cell_is_in_the_repr_of_a_row() -> None:
    rows = people("births", 1)
    (one,) = SheetRows("x", [list(rows[0]), list(rows[0].values())], shared={}, serials=True)
    assert "Nguyễn" not in repr(one) + repr(one.row)
