"""`tiepdon-clinic batch`: one outcome for each record, and the same upload again adds nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clinics.batch import upload
from clinics.cli import main
from clinics.outbox import Outbox
from clinics.settings import save_settings
from tests.integration.clinics.conftest import Desk
from tests.integration.clinics.fake_gateway import FakeGateway
from tests.integration.clinics.hospital import CHECK_IN, DEATH, ENVELOPE, VISIT, check_in_file

Run = Callable[..., tuple[Result, list[dict[str, Any]]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `tiepdon-clinic batch ... --json` on the desk's data directory; return its rows too."""
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path))

    def call(command: str, *files: Path) -> tuple[Result, list[dict[str, Any]]]:
        result = CliRunner().invoke(main, ["batch", command, "--json", *map(str, files)])
        return result, [json.loads(line) for line in result.stdout.splitlines()]

    return call


def _outcomes(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["kind"], row["outcome"]) for row in rows]


def test_the_national_samples_are_accepted_without_a_network(run: Run) -> None:
    result, rows = run("check", ENVELOPE, CHECK_IN, DEATH)
    assert (result.exit_code, result.stderr) == (0, "")
    kinds = ["claim", "birth", "check-in", "death"]
    assert [row["kind"] for row in rows] == kinds
    # The sample's claim came without a discharge paper (XML7), which is a warning (BHYT-R-010).
    assert [row["outcome"] for row in rows] == ["accepted-with-warnings", *["accepted"] * 3]
    assert rows[0]["key"] == VISIT


def test_a_record_without_its_key_is_refused_with_the_field_and_what_to_do(run: Run, tmp_path: Path) -> None:
    path = check_in_file(tmp_path / "export.xml", ["HIS-1", "", "HIS-3"])
    result, rows = run("check", path)
    assert result.exit_code == 5
    assert sorted(row["outcome"] for row in rows) == ["accepted", "accepted", "refused"]
    (refused,) = (row for row in rows if row["outcome"] == "refused")
    assert refused["code"] == "record.no-visit-id"
    assert refused["findings"][0]["where"] == "CHECKIN[2].MA_LK"
    assert refused["remedy"]["vi"]
    assert refused["remedy"]["en"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.not-xml"),
        (b"MA_LK;HO_TEN\n", "file.not-xml"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><GIAMDINHHS/>', "file.doctype"),
        (b"<KHAC/>", "file.unknown-root"),
    ],
    ids=["empty", "csv", "doctype", "other-root"],
)
def test_a_file_that_is_none_is_one_refused_row(run: Run, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(content)
    result, rows = run("check", path)
    assert (result.exit_code, [row["code"] for row in rows]) == (5, [code])


def test_an_upload_stores_each_record_once_with_a_receipt(desk: Desk, fake: FakeGateway, run: Run) -> None:
    result, rows = run("upload", ENVELOPE, CHECK_IN, DEATH)
    assert result.exit_code == 0, result.output
    assert [row["outcome"] for row in rows] == ["stored"] * 4
    assert len({row["receipt"] for row in rows}) == 4
    assert len(fake.stored) == 4


def test_the_same_upload_again_adds_nothing_and_says_so(desk: Desk, fake: FakeGateway, run: Run) -> None:
    _, first = run("upload", ENVELOPE, CHECK_IN, DEATH)
    result, again = run("upload", ENVELOPE, CHECK_IN, DEATH)
    assert result.exit_code == 0
    assert [row["outcome"] for row in again] == ["already-stored"] * 4
    assert [row["receipt"] for row in again] == [row["receipt"] for row in first]
    assert len(fake.stored) == 4


def test_without_the_gateway_records_wait_and_the_next_run_sends_them(
    desk: Desk, fake: FakeGateway, run: Run
) -> None:
    fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    result, rows = run("upload", ENVELOPE)
    assert result.exit_code == 4
    assert {(row["outcome"], row["code"]) for row in rows} == {("pending", "gateway.failed")}
    assert "outbox.backlog" in result.stderr
    fake.broken = lambda _path: None
    result, rows = run("upload", ENVELOPE)
    assert (result.exit_code, [row["outcome"] for row in rows]) == (0, ["stored", "stored"])


def test_without_the_gateway_what_was_sent_earlier_keeps_its_receipt(
    desk: Desk, fake: FakeGateway, run: Run
) -> None:
    _, first = run("upload", ENVELOPE)
    fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    result, again = run("upload", ENVELOPE)
    assert [(row["outcome"], row["receipt"]) for row in again] == [
        ("already-stored", row["receipt"]) for row in first
    ]
    assert (result.exit_code, "outbox.backlog" in result.stderr) == (0, False)


def test_a_record_that_is_given_twice_has_two_rows_and_is_stored_once(
    desk: Desk, fake: FakeGateway, run: Run
) -> None:
    result, rows = run("upload", CHECK_IN, CHECK_IN)
    assert (result.exit_code, [row["outcome"] for row in rows]) == (0, ["stored", "already-stored"])
    assert len(fake.stored) == 1


def test_while_another_program_sends_the_records_wait_for_it(
    desk: Desk, fake: FakeGateway, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "SENDING_WAIT_SECONDS", 0.1)
    with Outbox.open(tmp_path) as other, other.sending():
        result, rows = run("upload", CHECK_IN)
        assert result.exit_code == 4
        assert [(row["outcome"], row["code"]) for row in rows] == [("pending", "outbox.busy")]
    assert [row["outcome"] for row in run("upload", CHECK_IN)[1]] == ["stored"]


def test_one_refused_record_does_not_hold_up_the_others(
    desk: Desk, fake: FakeGateway, run: Run, tmp_path: Path
) -> None:
    path = check_in_file(tmp_path / "export.xml", ["HIS-1", "HIS-2", "HIS-3"])
    fake.refuse_record = lambda body: FakeGateway.outcome(409, "x") if b'"HIS-2"' in body else None
    result, rows = run("upload", path)
    assert result.exit_code == 5
    assert [row["outcome"] for row in rows] == ["stored", "refused", "stored"]
    assert rows[1]["code"] == "gateway.record-conflict"
    assert rows[1]["remedy"]["vi"]


def test_a_refused_record_is_asked_about_anew_when_it_is_uploaded_again(
    desk: Desk, fake: FakeGateway, run: Run
) -> None:
    fake.refuse_record = lambda _body: FakeGateway.outcome(422, "x")
    run("upload", CHECK_IN)
    fake.refuse_record = lambda _body: None
    result, rows = run("upload", CHECK_IN)
    assert (result.exit_code, [row["outcome"] for row in rows]) == (0, ["stored"])


def test_a_desk_that_is_not_paired_says_what_to_do(run: Run) -> None:
    result, rows = run("upload", CHECK_IN)
    assert (result.exit_code, rows) == (2, [])
    assert "setup.not-paired" in result.stderr
    assert "Traceback" not in result.output


def test_what_a_file_says_is_shown_as_text_and_never_as_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(tmp_path))
    path = check_in_file(tmp_path / "[red]x.xml", ["[bold]HIS-1"])
    result = CliRunner().invoke(main, ["batch", "check", str(path)])
    assert "[bold]HIS-1" in result.stdout
    assert "[red]x.xml" in result.stdout


def test_a_file_that_cannot_be_read_is_a_refused_row_and_stops_no_other(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.xml"
    result, rows = run("check", missing, tmp_path, CHECK_IN)
    assert result.exit_code == 5
    assert [row["code"] for row in rows] == ["file.not-found", "file.directory", None]
    assert all(row["remedy"]["vi"] for row in rows[:2])
    assert rows[0]["file"] == str(missing)


def test_a_missing_file_does_not_keep_the_others_from_being_uploaded(
    desk: Desk, fake: FakeGateway, run: Run, tmp_path: Path
) -> None:
    result, rows = run("upload", tmp_path / "nowhere.xml", CHECK_IN)
    assert result.exit_code == 5
    assert sorted(row["outcome"] for row in rows) == ["refused", "stored"]


def test_two_files_of_one_name_are_told_apart_by_their_folders(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / folder / "export.xml" for folder in ("a", "b")]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(CHECK_IN.read_bytes())
    _, rows = run("check", *paths)
    assert [row["file"] for row in rows] == [str(path) for path in paths]


def test_one_file_uploaded_from_two_folders_is_one_record(
    desk: Desk, fake: FakeGateway, run: Run, tmp_path: Path
) -> None:
    copy = tmp_path / "copy" / CHECK_IN.name
    copy.parent.mkdir()
    copy.write_bytes(CHECK_IN.read_bytes())
    run("upload", CHECK_IN, copy)
    assert len(fake.stored) == 1
    assert not any(b"copy" in body for body in fake.stored.values())


@pytest.mark.parametrize("command", ["check", "upload"])
def test_another_facilitys_record_is_refused_before_anything_is_sent(
    desk: Desk, fake: FakeGateway, run: Run, command: str
) -> None:
    save_settings(desk.settings.data_dir, facility="33001")
    result, rows = run(command, ENVELOPE, CHECK_IN, DEATH)
    assert result.exit_code == 5
    assert {(row["outcome"], row["code"]) for row in rows} == {("refused", "auth.other-facility")}
    assert len(rows) == 4
    assert fake.stored == {}


def test_a_record_that_the_gateway_calls_another_facilitys_is_refused_and_does_not_wait(
    desk: Desk, fake: FakeGateway, run: Run
) -> None:
    fake.refuse_record = lambda _body: FakeGateway.outcome(403, "auth.other-facility")
    result, rows = run("upload", CHECK_IN)
    assert result.exit_code == 5
    assert [(row["outcome"], row["code"]) for row in rows] == [("refused", "auth.other-facility")]
