"""Sheets of births, signed with a PKCS#12 key, against the real gateway and its worker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clinics.batch import parcel
from clinics.cli import main
from tests.integration.clinics.insurer import gateway_with_desk
from tests.integration.clinics.signing_keys import p12, secret
from tests.unit.clinics.sources.invented import csv_bytes, people


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A desk's data directory, paired with a gateway that runs beside it, and its signing key."""
    desk = tmp_path_factory.mktemp("desk")
    with gateway_with_desk(tmp_path_factory.mktemp("insurer"), desk):
        p12(desk)
        secret(desk)
        yield desk


@pytest.fixture
def desk(paired: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIEPDON_CLINIC_DATA_DIR", str(paired))
    monkeypatch.setenv("TIEPDON_CLINIC_FACILITY_ADDRESS", "1 đường Mẫu, Hà Nội")
    monkeypatch.setenv("TIEPDON_CLINIC_SIGNING_P12", str(paired / "key.p12"))
    monkeypatch.setenv("TIEPDON_CLINIC_SIGNING_SECRET_FILE", str(paired / "secret"))
    return paired


def _births(path: Path, count: int, seed: int) -> Path:
    rows = people("births", count, seed=seed)
    for row in rows:
        row["Mã giấy chứng sinh"] = row["Mã giấy chứng sinh"].replace(".26", f".{seed}")
    path.write_bytes(csv_bytes(rows))
    return path


def _upload(sheet: Path) -> Any:
    result = CliRunner().invoke(main, ["batch", "upload", str(sheet), "--json"])
    assert result.exit_code == 0, result.output
    (file,) = json.loads(result.stdout)["files"]
    return file


def _newest() -> Any:
    """Return all that the gateway says of the newest batch."""
    asked = CliRunner().invoke(main, ["batch", "status", "--limit", "1", "--json"])
    newest = json.loads(asked.stdout)["batch"]
    return json.loads(CliRunner().invoke(main, ["batch", "status", newest, "--json"]).stdout)


@pytest.mark.usefixtures("desk")
def test_the_same_signed_sheet_again_answers_with_the_first_receipts(tmp_path: Path) -> None:
    sheet = _births(tmp_path / "births.csv", 3, seed=26)
    first, again = _upload(sheet), _upload(sheet)
    assert first["signature"]["status"] == "valid"
    assert [row["result"] for row in first["rows"]] == ["stored"] * 3
    assert again == first


@pytest.mark.usefixtures("desk")
def test_a_killed_upload_of_a_signed_sheet_goes_on_with_the_batch_that_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = _births(tmp_path / "births.csv", 5, seed=27)
    killed = subprocess.run(
        [sys.executable, "-m", "tests.integration.clinics.killed_upload", "batch", "upload", str(sheet)],
        env=os.environ,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    left = _newest()
    assert (left["state"], left["missing"]) == ("receiving", [[2, 3]])
    monkeypatch.setattr(parcel, "MAX_CHUNK_RECORDS", 2)
    resumed = _upload(sheet)
    assert resumed["batch"] == left["batch"] == _newest()["batch"]
    assert _newest()["state"] == "done"
    assert [row["result"] for row in resumed["rows"]] == ["stored"] * 5


@pytest.mark.usefixtures("desk")
def test_the_receipts_of_a_sheet_say_that_rows_which_were_not_sent_are_not_among_them(tmp_path: Path) -> None:
    rows = people("births", 2, seed=28)
    rows[0]["Mã giấy chứng sinh"] = "00001.GCS.33999.28"
    rows[1]["Ngày giờ sinh con"] = "hôm qua"
    sheet, out = tmp_path / "births.csv", tmp_path / "receipts.csv"
    sheet.write_bytes(csv_bytes(rows))
    uploaded = CliRunner().invoke(main, ["batch", "upload", str(sheet), "--json"])
    (file,) = json.loads(uploaded.stdout)["files"]
    assert [row["number"] for row in file["rows"]] == [1, 0], "the upload tells of both"
    later = CliRunner().invoke(main, ["batch", "receipts", file["batch"], "--out", str(out), "--json"])
    (told,) = json.loads(later.stdout)["files"]
    assert ([row["number"] for row in told["rows"]], later.exit_code) == ([1], 0)
    assert [finding["code"] for finding in told["findings"]] == ["batch.rows-not-sent"]
    assert "dòng bị từ chối khi tải lên" in out.read_text(encoding="utf-8-sig")
