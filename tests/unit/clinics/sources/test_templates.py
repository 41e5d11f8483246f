"""Templates: written once, the same bytes each time, and read again when somebody filled them."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
import python_calamine
from click.testing import CliRunner

from bhyt.tables import rows
from bhyt.tables.fields import all_fields
from clinics.batch.sources import find_sources
from clinics.batch.sources.sheets.codes import choice_text
from clinics.batch.sources.sheets.columns import (
    INSTRUCTIONS,
    LISTS,
    SHEET_KINDS,
    SHEET_NAMES,
    TABLES,
    SheetKind,
    converter,
    known_columns,
    plan_of,
)
from clinics.batch.sources.sheets.templates import TemplateExists, TemplateUnwritable, write_template
from clinics.cli import main
from tests.unit.clinics.sources.invented import people, template_columns


def _sheets(path: Path) -> dict[str, list[list[object]]]:
    with python_calamine.CalamineWorkbook.from_path(path) as workbook:
        return {name: list(workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names}


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_a_sheet_knows_every_field_of_its_table_by_one_column(kind: SheetKind) -> None:
    fields = [known.field for known in known_columns(kind)]
    assert sorted(fields) == sorted({field.name for field in all_fields(TABLES[kind])})


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_the_template_has_every_field_that_must_be_filled(kind: SheetKind) -> None:
    demanded = {
        field.name for field in all_fields(TABLES[kind]) if field.required == "yes" and not field.until
    }
    assert demanded - {"STT"} <= {known.field for known in template_columns(kind)}


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_no_two_columns_of_a_sheet_have_a_name_in_common(kind: SheetKind) -> None:
    every = known_columns(kind)
    plan = plan_of([name for known in every for name in known.names[:1]])
    assert plan is not None
    names = [name.casefold() for known in every for name in dict.fromkeys(known.names)]
    assert len(names) == len(set(names))
    for place in (0, 1):
        plan = plan_of([known.names[place] for known in every])
        assert plan is not None
        assert (plan.kind, [column.field for column in plan.columns]) == (
            kind,
            [known.field for known in every],
        )


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_every_example_is_read_by_its_own_column(kind: SheetKind) -> None:
    for known in known_columns(kind):
        if known.example:
            assert converter(known)(known.example), known.header


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_the_workbook_has_a_sheet_to_fill_instructions_and_lists(tmp_path: Path, kind: SheetKind) -> None:
    write_template(kind, tmp_path / "x.xlsx")
    sheets = _sheets(tmp_path / "x.xlsx")
    columns = template_columns(kind)
    assert list(sheets) == [SHEET_NAMES[kind], INSTRUCTIONS, LISTS]
    assert sheets[SHEET_NAMES[kind]] == [[known.header for known in columns]]
    told = {str(line[0]): line for line in sheets[INSTRUCTIONS][1:]}
    assert [told[known.header][1] for known in columns] == [known.field for known in columns]
    assert all(line[3] and line[5] for line in told.values())
    sexes = [choice_text(row) for row in rows("sex")]
    assert sexes in [[cell for cell in column[1:] if cell] for column in zip(*sheets[LISTS], strict=False)]


def test_the_workbook_freezes_its_header_offers_lists_and_keeps_codes_as_text(tmp_path: Path) -> None:
    write_template("births", tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert 'state="frozen"' in sheet
    assert "'Danh mục'!$A$2:$A$" in sheet
    assert '"có,không"' in sheet.replace("&quot;", '"')
    assert 'numFmtId="49"' in styles  # 49 is the text format: ECMA-376 part 1, 18.8.30


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_the_same_template_is_the_same_bytes(tmp_path: Path, kind: SheetKind) -> None:
    for name in ("a.xlsx", "b.xlsx", "a.csv", "b.csv"):
        write_template(kind, tmp_path / name)
    for suffix in ("xlsx", "csv"):
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_a_csv_template_filled_reads_without_a_finding(tmp_path: Path, kind: SheetKind) -> None:
    path = tmp_path / "x.csv"
    result = CliRunner().invoke(main, ["batch", "template", kind, "--out", str(path)])
    assert (result.exit_code, result.stdout.strip()) == (0, str(path))
    text = io.StringIO()
    csv.writer(text).writerows(row.values() for row in people(kind, 3))
    path.write_bytes(path.read_bytes() + text.getvalue().encode())
    for source in find_sources([path]):
        assert [(one.outcome, one.findings) for one in source.records()] == [("accepted", ())] * 3


@pytest.mark.parametrize("kind", SHEET_KINDS)
def test_an_empty_template_holds_no_records(tmp_path: Path, kind: SheetKind) -> None:
    for name in ("x.csv", "x.xlsx"):
        write_template(kind, tmp_path / name)
        assert [source.refused for source in find_sources([tmp_path / name])] == ["sheet.no-rows"]


def test_a_file_that_is_there_is_not_overwritten_unless_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("mine")
    with pytest.raises(TemplateExists):
        write_template("births", path)
    assert path.read_text() == "mine"
    result = CliRunner().invoke(main, ["batch", "template", "births", "--out", str(path)])
    assert (result.exit_code, "sheet.template-exists" in result.stderr) == (2, True)
    assert (
        CliRunner().invoke(main, ["batch", "template", "births", "--out", str(path), "--force"]).exit_code
        == 0
    )
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_template_without_a_name_is_written_into_this_folder_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["batch", "template", "births"])
    assert (result.exit_code, result.stdout) == (0, "births.xlsx\n")
    assert list(_sheets(tmp_path / "births.xlsx")) == [SHEET_NAMES["births"], INSTRUCTIONS, LISTS]
    assert CliRunner().invoke(main, ["batch", "template", "births"]).exit_code == 2, "it is there now"


def test_a_template_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(TemplateUnwritable):
        write_template("births", tmp_path / "none" / "x.csv")
    assert CliRunner().invoke(main, ["batch", "template", "births", "--out", "x.pdf"]).exit_code == 2
