"""`tiepdon-clinic batch check`: one outcome for each record, and no network."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

from clinics.cli import main
from clinics.settings import save_settings
from tests.integration.clinics.hospital import CHECK_IN, DEATH, ENVELOPE, VISIT, check_in_file
from tests.integration.clinics.signing_keys import p12
from tests.unit.bhyt.births import NUMBER, certificate
from tests.unit.bhyt.samples import behind_another, envelope, inner_files
from tests.unit.clinics.sources.invented import csv_bytes, people

Check = Callable[..., tuple[Result, dict[str, Any]]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Run `tiepdon-clinic batch check --json`; return its report too."""
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path / "desk"))

    def call(*arguments: Path | str) -> tuple[Result, dict[str, Any]]:
        result = CliRunner().invoke(main, ["batch", "check", "--json", *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result, json.loads(result.stdout)

    return call


def _rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for file in report["files"] for row in file["rows"]]


def _told(finding: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(map(finding.get, ("code", "severity", "table", "line", "field", "value", "first")))


NOTHING_WRONG = {"files-unreadable": 0, "errors": 0, "warnings": 0}


def test_the_national_samples_are_accepted_without_a_network(check: Check) -> None:
    result, report = check(ENVELOPE, CHECK_IN, DEATH)
    assert (result.exit_code, result.stderr) == (0, "")
    outcomes = [(row["kind"], row["outcome"]) for row in _rows(report)]
    assert outcomes == [
        ("claim", "accepted-with-warnings"),  # an inpatient stay without its discharge paper
        ("birth", "accepted"),
        ("check-in", "accepted"),
        ("death", "accepted"),
    ]
    assert _rows(report)[0]["key"] == VISIT
    assert [finding["rule"] for finding in _rows(report)[0]["findings"]] == ["BHYT-R-010"]
    assert {file["signature"]["status"] for file in report["files"]} == {"none"}
    assert report["counts"] == {"accepted-with-warnings": 1, "accepted": 3, **NOTHING_WRONG, "warnings": 4}


def test_a_record_without_its_key_is_refused_with_the_place_and_what_to_do(
    check: Check, tmp_path: Path
) -> None:
    result, report = check(check_in_file(tmp_path / "export.xml", ["HIS-1", "", "HIS-3"]))
    assert result.exit_code == 5
    assert [row["outcome"] for row in _rows(report)] == ["accepted", "refused", "accepted"]
    (finding,) = _rows(report)[1]["findings"]
    assert (finding["code"], finding["severity"]) == ("record.no-visit-id", "error")
    assert (finding["table"], finding["field"]) == ("CHECKIN", "MA_LK")
    assert finding["message_vi"] and finding["message_en"] and finding["remedy_vi"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><GIAMDINHHS/>', "file.doctype"),
        (b"<KHAC/>", "file.unknown-root"),
        (b"<GIAMDINHHS>", "file.truncated"),
    ],
    ids=["doctype", "other-root", "cut short"],
)
def test_a_file_that_is_none_is_told_and_ends_with_2(
    check: Check, tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(content)
    result, report = check(path, CHECK_IN)
    assert result.exit_code == 2
    assert [file.get("refused", {}).get("code") for file in report["files"]] == [code, None]
    assert report["files"][0]["refused"]["remedy_vi"]
    assert report["counts"]["files-unreadable"] == 1


def test_a_missing_file_stops_no_other(check: Check, tmp_path: Path) -> None:
    result, report = check(tmp_path / "nowhere.xml", CHECK_IN)
    assert result.exit_code == 2
    assert report["files"][0]["refused"]["code"] == "file.not-found"
    assert report["files"][0]["file"] == str(tmp_path / "nowhere.xml")
    assert len(_rows(report)) == 1


def test_another_facilitys_record_is_refused(check: Check, tmp_path: Path) -> None:
    save_settings(tmp_path / "desk", facility="33001")
    result, report = check(ENVELOPE, CHECK_IN, DEATH)
    assert result.exit_code == 5
    assert {row["outcome"] for row in _rows(report)} == {"refused"}
    (finding,) = _rows(report)[1]["findings"]
    assert (finding["code"], finding["value"], finding["expected"]) == (
        "auth.other-facility",
        "33999",
        "33001",
    )


@pytest.mark.parametrize(
    ("data", "record", "old", "new"),
    [
        (CHECK_IN.read_bytes(), "TRANG_THAI_KCB", b"<MA_CSKCB>33999", b"<MA_CSKCB>33001"),
        (DEATH.read_bytes(), "GIAYBAOTU", b"<MACSKCB>33999", b"<MACSKCB>33001"),
        (certificate(), "GIAYCHUNGSINH", b".33999.26</MA_GCS>", b".33001.26</MA_GCS>"),
    ],
    ids=["check-ins", "deaths", "births"],
)
def test_each_row_is_judged_by_the_desks_facility_and_not_by_that_of_the_first_row(
    check: Check, tmp_path: Path, data: bytes, record: str, old: bytes, new: bytes
) -> None:
    save_settings(tmp_path / "desk", facility="33999")
    path = tmp_path / "export.xml"
    path.write_bytes(behind_another(data, record, old, new))
    _, report = check(path)
    first, second = _rows(report)
    errors = [finding["code"] for finding in first["findings"] if finding["severity"] == "error"]
    assert errors == ["auth.other-facility"]
    assert second["outcome"] == "accepted"


def test_a_second_record_of_a_key_is_an_error_in_its_file_and_takes_the_place_of_one_of_an_earlier_file(
    check: Check, tmp_path: Path
) -> None:
    again = check_in_file(tmp_path / "again.xml", ["HIS-1", "HIS-1"])
    other = check_in_file(tmp_path / "other.xml", ["HIS-0", "HIS-1", "HIS-1"])
    text = other.read_text(encoding="utf-8")
    start = text.index("HIS-1")
    other.write_text(text[:start] + text[start:].replace("NGUYỄN", "TRẦN", 1), encoding="utf-8")
    result, report = check(again, other)
    assert result.exit_code == 5
    findings = [[_told(finding) for finding in row["findings"]] for row in _rows(report)]
    assert findings == [
        [],
        [("record.same-again", "warning", "CHECKIN", 2, "MA_LK", "HIS-1", f"{again} #1")],
        [],
        [("record.replaces-earlier", "warning", "CHECKIN", 2, "MA_LK", "HIS-1", f"{again} #1")],
        [("record.twice", "error", "CHECKIN", 3, "MA_LK", "HIS-1", f"{other} #2")],
    ]
    assert [row["outcome"] for row in _rows(report)][2:] == ["accepted", "accepted-with-warnings", "refused"]
    assert [row["findings"][0]["rule"] for row in _rows(report)[3:]] == ["BHYT-R-308", "BHYT-R-005"]


def test_a_sheet_tells_its_own_row_and_header_of_a_record_that_came_before(
    check: Check, tmp_path: Path
) -> None:
    save_settings(tmp_path / "desk", facility="33001")
    path = tmp_path / "births.csv"
    (person,) = people("births", 1)
    path.write_bytes(csv_bytes([person, {**person, "Họ tên mẹ": "TRẦN THỊ KHÁC"}]))
    _, report = check(path)
    findings = [[_told(finding) for finding in row["findings"]] for row in _rows(report)]
    foreign = ("auth.other-facility", "error", "CSV", 2, "Mã giấy chứng sinh", "33999", None)
    assert foreign in findings[0]
    key = _rows(report)[0]["key"]
    assert ("record.twice", "error", "CSV", 3, "Mã giấy chứng sinh", key, f"{path} #2") in findings[1]


def test_the_two_papers_about_one_birth_are_both_taken_in_one_run(check: Check, tmp_path: Path) -> None:
    paper = tmp_path / "HSDLGCS.xml"
    paper.write_bytes(certificate())
    _, report = check(ENVELOPE, paper, ENVELOPE)
    births = [row for row in _rows(report) if row["kind"] == "birth"]
    assert {row["key"] for row in births} == {NUMBER}
    codes = [[finding["code"] for finding in row["findings"]] for row in births]
    assert codes == [[], [], ["record.same-again"]]


@pytest.mark.parametrize("first", ["xml9", "certificate"])
def test_two_papers_about_one_birth_that_differ_are_told_with_both_values(
    check: Check, tmp_path: Path, first: str
) -> None:
    paper = tmp_path / "HSDLGCS.xml"
    paper.write_bytes(certificate(GIOI_TINH_CON="1"))
    _, report = check(*((ENVELOPE, paper) if first == "xml9" else (paper, ENVELOPE)))
    _, later = (row for row in _rows(report) if row["kind"] == "birth")
    (finding,) = later["findings"]
    assert (finding["code"], finding["severity"]) == ("birth.papers-differ", "warning")
    told = (finding["table"], finding["field"], finding["value"], finding["expected"])
    assert told == (
        ("GIAYCHUNGSINH", "GIOI_TINH_CON", "1", "2")
        if first == "xml9"
        else ("XML9", "GIOI_TINH_CON", "2", "1")
    )


def test_what_a_file_says_is_shown_as_text_and_never_as_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path))
    path = check_in_file(tmp_path / "[red]x.xml", ["[bold]HIS-1"])
    result = CliRunner().invoke(main, ["batch", "check", str(path)])
    assert "[bold]HIS-1" in result.stdout
    assert "[red]x.xml" in result.stdout


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_a_report_has_every_record_and_its_findings(check: Check, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"report.{ending}"
    path = check_in_file(tmp_path / "export.xml", ["=HYPERLINK(1)", "", "HIS-3"])
    _, printed = check(path, "--report", out)
    if ending == "json":
        assert json.loads(out.read_text(encoding="utf-8")) == printed
        return
    if ending == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    else:
        lines = [
            [str(cell) for cell in row]
            for row in CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python()
        ]
        lines.insert(3, lines.pop(1))  # in a workbook refused rows come first
    header, unsigned, first, second, third = lines
    assert header[:5] == ["Tệp", "Thứ tự", "Loại", "Mã hồ sơ", "Kết quả"]
    assert "signature.missing" in unsigned or "BHYT-R-009" in unsigned
    assert first[3].lstrip("'").startswith("=HYPERLINK(1)")
    assert first[3].startswith("'") is (ending == "csv"), "a text of a CSV file must be no formula"
    assert [line[4] for line in (first, second, third)] == ["hợp lệ", "bị từ chối", "hợp lệ"]
    assert second[10] == "MA_LK"
    assert (header[-1], third[-1]) == ("Theo QĐ", "1931")


def test_a_report_that_cannot_be_written_is_told(check: Check, tmp_path: Path) -> None:
    for out in (tmp_path / "report.doc", tmp_path / "no folder" / "report.csv"):
        result = CliRunner().invoke(main, ["batch", "check", str(CHECK_IN), "--report", str(out)])
        assert result.exit_code == 2
        assert "batch.report-unwritable" in result.stderr


def test_a_forced_generation_is_named(check: Check) -> None:
    _, report = check(CHECK_IN, "--generation", "130")
    assert report["files"][0]["generation"] == "130"
    assert [row["generation"] for row in _rows(report)] == ["130"]


def test_each_record_names_the_generation_by_which_it_was_read(check: Check, tmp_path: Path) -> None:
    paper = tmp_path / "XML1.xml"
    dossiers = [inner_files(), {name: text.replace(VISIT, "LK-2") for name, text in inner_files().items()}]
    dossiers[1]["XML1"] = dossiers[1]["XML1"].replace("20260916", "20250916").replace("20260914", "20250914")
    paper.write_bytes(envelope(*dossiers).replace(b"<NGAYLAP>20260916</NGAYLAP>", b""))
    _, report = check(paper)
    claims = [row for row in _rows(report) if row["kind"] == "claim"]
    assert [row["generation"] for row in claims] == ["1931", "3176"]
    for claim in claims:
        assert {finding["generation"] for finding in claim["findings"]} == {claim["generation"]}
    (file,) = report["files"]
    assert (file["generation"], file["read_as"]) == (None, ["1931", "3176"])
    _, report = check(CHECK_IN)
    assert (report["files"][0]["generation"], report["files"][0]["read_as"]) == ("1931", ["1931"])


def test_many_rows_are_counted_and_the_worst_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path / "desk"))
    path = check_in_file(tmp_path / "export.xml", [f"HIS-{n}" for n in range(300)] + [""])
    result = CliRunner().invoke(main, ["batch", "check", str(path)])
    assert "record.no-visit-id" in result.stdout
    assert "300 hợp lệ" in result.stdout
    assert result.stdout.count("HIS-") < 60


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A sheet of two births, as a desk without a key has it."""
    path = tmp_path / "births.csv"
    path.write_bytes(csv_bytes(people("births", 2)))
    return path


def test_a_sheet_is_not_called_unsigned_where_a_key_will_sign_what_it_becomes(
    check: Check, sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_FACILITY", "33999")
    monkeypatch.setenv("TIEPDON_CLINIC_SIGNING_P12", str(p12(tmp_path)))
    _, report = check(sheet, CHECK_IN)
    born, arrived = report["files"]
    assert (born["signature"], born["findings"]) == (None, []), "nobody was asked for the password"
    assert [finding["code"] for finding in arrived["findings"]] == ["signature.missing"]


def test_a_sheet_that_nobody_will_sign_is_told_with_a_remedy_that_fits(check: Check, sheet: Path) -> None:
    _, report = check(sheet)
    (file,) = report["files"]
    (finding,) = file["findings"]
    assert (finding["code"], finding["rule"]) == ("signature.sheet-unsigned", "BHYT-R-009")
    assert file["signature"]["status"] == "none"
    assert "TIEPDON_CLINIC_SIGNING_P12" in finding["remedy_vi"]
    assert "tiepdon-clinic sign" not in finding["remedy_vi"] + finding["remedy_en"]
