"""`tiepdon-clinic batch upload` against the real gateway and its worker."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clinics.batch import upload
from clinics.cli import main
from demo.hospital import visit_key, write_export
from demo.processes import free_port
from tests.integration.clinics.hospital import CHECK_IN, DEATH, ENVELOPE, check_in_file
from tests.integration.clinics.insurer import gateway_with_desk

Run = Callable[..., tuple[Result, Any]]


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A desk's data directory, paired with a gateway that runs beside it."""
    desk = tmp_path_factory.mktemp("desk")
    with gateway_with_desk(tmp_path_factory.mktemp("insurer"), desk):
        yield desk


@pytest.fixture
def run(paired: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `tiepdon-clinic batch ... --json` on the paired desk; return what it printed too."""
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))

    def call(command: str, *arguments: Path | str) -> tuple[Result, Any]:
        result = CliRunner().invoke(main, ["batch", command, *map(str, arguments), "--json"])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result, json.loads(result.stdout) if result.stdout.startswith('{"files') else result.stdout

    return call


def _rows(report: Any) -> list[dict[str, Any]]:
    return [row for file in report["files"] for row in file["rows"]]


def test_each_record_of_the_samples_is_stored_once_and_again_is_the_same(run: Run) -> None:
    result, first = run("upload", ENVELOPE, CHECK_IN, DEATH)
    assert result.exit_code == 0, result.output
    assert sorted(row["kind"] for row in _rows(first)) == ["birth", "check-in", "claim", "death"]
    assert {row["result"] for row in _rows(first)} == {"stored"}
    result, again = run("upload", ENVELOPE, CHECK_IN, DEATH)
    assert result.exit_code == 0
    assert _rows(again) == _rows(first), "the same file again answers with the first receipts"


def test_one_wrong_record_of_three_hundred_is_refused_with_its_rule(run: Run, tmp_path: Path) -> None:
    export = write_export(tmp_path / "month.xml", visits=300, lines=3, seed=2, faults={123})
    result, report = run("upload", export)
    assert result.exit_code == 5
    (refused,) = (row for row in _rows(report) if row["outcome"] == "refused")
    assert (refused["number"], refused["key"], refused["result"]) == (123, visit_key(123, 2), "refused")
    assert {finding["rule"] for finding in refused["findings"] if finding["severity"] == "error"} == {
        "BHYT-R-204"
    }
    assert all(finding["message_vi"] for finding in refused["findings"])
    assert [row["number"] for row in _rows(report)] == list(range(1, 301))
    stored = {row["location"] for row in _rows(report) if row["result"] == "stored"}
    assert len(stored) == 299


def test_the_same_records_in_another_file_are_there_already(run: Run, tmp_path: Path) -> None:
    run("upload", check_in_file(tmp_path / "a.xml", ["FILE-A-1", "FILE-A-2"]))
    result, report = run("upload", check_in_file(tmp_path / "b.xml", ["FILE-A-2", "FILE-A-1", "FILE-A-3"]))
    assert result.exit_code == 0
    assert [row["result"] for row in _rows(report)] == ["already-stored", "already-stored", "stored"]


def test_a_claim_that_changed_is_a_correction(run: Run, tmp_path: Path) -> None:
    first = write_export(tmp_path / "first.xml", visits=2, lines=2, seed=3)
    run("upload", first)
    changed = write_export(tmp_path / "second.xml", visits=2, lines=4, seed=3)
    result, report = run("upload", changed)
    assert result.exit_code == 0
    assert {row["result"] for row in _rows(report)} == {"corrected"}
    assert all(row["location"].endswith("/_history/2") for row in _rows(report))


def test_a_check_in_that_changed_is_a_correction_for_its_file_has_no_field_for_a_reason(
    run: Run, tmp_path: Path
) -> None:
    first = check_in_file(tmp_path / "first.xml", ["AGAIN-1"])
    run("upload", first)
    second = tmp_path / "second.xml"
    second.write_text(first.read_text(encoding="utf-8").replace("Khám Nội", "Khám Sản"), encoding="utf-8")
    result, report = run("upload", second)
    assert (result.exit_code, [row["result"] for row in _rows(report)]) == (0, ["corrected"])


def test_the_file_of_a_cancelled_claim_is_not_said_to_be_accepted(run: Run, tmp_path: Path) -> None:
    export = write_export(tmp_path / "cancelled.xml", visits=1, lines=2, seed=6)
    run("upload", export)
    cancelled = CliRunner().invoke(
        main, ["record", "cancel", "claim", visit_key(1, 6), "--reason", "nhập nhầm"]
    )
    assert cancelled.exit_code == 0, cancelled.output
    result, report = run("upload", export)
    assert result.exit_code == 5
    (row,) = _rows(report)
    assert row["result"] == "refused"
    assert "record.cancelled" in {finding["code"] for finding in row["findings"]}
    anew = tmp_path / "anew.xml"
    anew.write_bytes(re.sub(rb"<NGAYLAP>\d{8}", b"<NGAYLAP>20261231", export.read_bytes()))
    assert anew.read_bytes() != export.read_bytes()
    result, report = run("upload", anew)
    assert (result.exit_code, _rows(report)[0]["result"]) == (5, "refused")
    result, report = run("upload", export, "--reason", "hủy nhầm")
    assert result.exit_code == 0
    (row,) = _rows(report)
    assert (row["result"], row["location"].endswith("/_history/3")) == ("corrected", True)
    assert "record.restored" in {finding["code"] for finding in row["findings"]}
    assert "hồ sơ đã hủy nay có hiệu lực lại" in result.output.casefold()


def test_a_check_and_an_upload_say_the_same_of_a_claim_that_stands_in_two_files(
    run: Run, tmp_path: Path
) -> None:
    first = write_export(tmp_path / "first.xml", visits=2, lines=2, seed=5)
    later = write_export(tmp_path / "later.xml", visits=1, lines=4, seed=5)
    result, checked = run("check", first, later)
    assert result.exit_code == 0, "a later file takes the place of an earlier one"
    result, uploaded = run("upload", first, later)
    assert result.exit_code == 0, result.output
    assert [row["result"] for row in _rows(uploaded)] == ["stored", "stored", "corrected"]
    told = [
        [(finding["code"], finding["first"]) for finding in row["findings"] if "first" in finding]
        for row in (_rows(checked)[2], _rows(uploaded)[2])
    ]
    assert told == [[("record.replaces-earlier", f"{first} #1")]] * 2
    assert {row["outcome"] for row in (_rows(checked)[2], _rows(uploaded)[2])} == {"accepted-with-warnings"}


def test_a_person_reads_what_was_stored_and_how_to_ask_for_it_later(
    paired: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))
    file = check_in_file(tmp_path / "told.xml", ["TOLD-1", "TOLD-2"])
    told = CliRunner().invoke(main, ["batch", "upload", str(file)])
    assert told.exit_code == 0, told.output
    assert re.search(r"tiepdon-clinic batch receipts [0-9a-f-]{36}", told.stdout)
    assert told.stdout.splitlines()[-1].startswith("2 hồ sơ / records: 2 đã lưu")
    assert "vào khám / check-in" in told.stdout
    known = CliRunner().invoke(main, ["batch", "status", "--limit", "1"])
    assert "Upload ID" in known.stdout
    assert "xong / done" in known.stdout
    assert re.search(r"[0-9]{2}/[0-9]{2}/[0-9]{4}", known.stdout)


def test_status_and_receipts_tell_of_the_upload_later(run: Run, tmp_path: Path) -> None:
    _, report = run("upload", check_in_file(tmp_path / "c.xml", ["LATER-1"]))
    (file,) = report["files"]
    result, lines = run("status")
    assert result.exit_code == 0
    assert file["batch"] in lines
    result, line = run("status", file["batch"])
    assert json.loads(line)["state"] == "done"
    out = tmp_path / "receipts.csv"
    result, receipts = run("receipts", file["batch"], "--out", out)
    assert (result.exit_code, _rows(receipts)) == (0, file["rows"])
    assert "LATER-1" in out.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("command", ["status", "receipts"])
@pytest.mark.parametrize("wrong", ["nonsense", "00000000-0000-7000-8000-000000000000"])
def test_an_id_of_no_batch_is_bad_input_and_not_the_network(run: Run, command: str, wrong: str) -> None:
    result, _ = run(command, wrong)
    assert result.exit_code == 2
    assert "This is no batch's id." in result.stderr


def test_a_watched_folder_empties_itself(
    paired: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))
    folder = tmp_path / "export"
    folder.mkdir()
    check_in_file(folder / "good.xml", ["WATCH-1"])
    write_export(folder / "bad.xml", visits=2, lines=2, seed=4, faults={1})
    (folder / "none.xml").write_text("<KHAC/>")
    (folder / ".hidden.xml").write_text("<KHAC/>")
    result = CliRunner().invoke(main, ["watch", str(folder), "--stable", "0.2", "--once"])
    assert result.exit_code == 2, "a file could not be read, which counts for more than a refused record"
    there = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert there == [
        ".hidden.xml",
        "done/good.xml",
        "done/good.xml.report.xlsx",
        "refused/bad.xml",
        "refused/bad.xml.report.xlsx",
        "refused/none.xml",
        "refused/none.xml.report.xlsx",
    ]


@pytest.mark.parametrize(("faults", "ends"), [(set(), 0), ({1}, 5)], ids=["all taken", "one refused"])
def test_a_folder_that_is_watched_once_ends_as_its_upload_would(
    paired: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: set[int], ends: int
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))
    write_export(tmp_path / "month.xml", visits=2, lines=2, seed=8, faults=faults)
    result = CliRunner().invoke(main, ["watch", str(tmp_path), "--stable", "0.1", "--once"])
    assert result.exit_code == ends, result.output


def test_a_folder_that_is_watched_once_while_the_gateway_is_away_ends_with_4_and_keeps_its_file(
    paired: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))
    monkeypatch.setenv("TIEPDON_CLINIC_GATEWAY_URL", f"http://127.0.0.1:{free_port(0)}")
    monkeypatch.setattr(upload, "TROUBLE_SECONDS", 0.1)
    file = check_in_file(tmp_path / "waits.xml", ["WATCH-2"])
    result = CliRunner().invoke(main, ["watch", str(tmp_path), "--stable", "0.1", "--once"])
    assert result.exit_code == 4, result.output
    assert file.exists()


def test_the_name_of_a_watched_file_says_nothing_to_the_terminal(
    paired: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))
    folder = tmp_path / "export"
    folder.mkdir()
    for number, name in enumerate(
        ["a\x1b[2J\x07\n\u202e.xml", "b\u00a0c.xml", "d\udcff.xml", "ệ" * 80 + ".xml"]
    ):
        check_in_file(folder / name, [f"ODD-NAME-{number}"])
    result = CliRunner().invoke(main, ["watch", str(folder), "--stable", "0.2", "--once"])
    assert result.exit_code == 0, result.output
    assert len(list((folder / "done").iterdir())) == 8
    lines = result.stdout.splitlines()
    assert lines[0].startswith("a\ufffd[2J\ufffd\ufffd\ufffd.xml → done/a\ufffd[2J\ufffd\ufffd\ufffd.xml  (")
    assert len(lines) == 4
