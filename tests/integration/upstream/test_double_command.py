"""The double as an operator starts it."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.services.runtime import utcnow
from gateway.upstream.account import Account, md5_of
from gateway.upstream.client import Portal
from tests.integration.upstream.conftest import WHO, asked

ROOT = Path(__file__).parents[3]
BAD_ACCOUNT = '{"accounts": [{"facility": "33999", "username": "u", "password": "p", "ketQua": 7}]}'


@contextmanager
def started(*arguments: str, log: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gateway", "portal", "double", "--port", str(port), *arguments]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stderr=errors, stdout=errors)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(400):
            try:
                httpx.post(f"{url}/api/token/take")
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def account(url: str, password: str = "huan-luyen") -> Account:
    return Account("33999", "33999_BV", md5_of(password), url)


def test_one_command_starts_a_portal_that_says_it_is_for_training(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with started(log=log) as url, Portal(now=utcnow, pace=lambda _: None) as portal:
        assert portal.eligibility(account(url), WHO).code in {"000", "010"}  # the sample's card is of 2026
        assert portal.send_claim(account(url), b"<GIAMDINHHS/>").transaction
        answer = httpx.post(f"{url}/api/token/take")
    assert answer.headers["X-Tiepdon-Training"] == "true"
    said = log.read_text(encoding="utf-8")
    assert "CỔNG GIẢ LẬP ĐỂ HUẤN LUYỆN" in said
    assert "TRAINING" in said


def test_its_people_come_out_of_a_file_and_its_tokens_end_when_told(tmp_path: Path) -> None:
    card = {
        "maThe": "GD4339900000008",
        "maSoBHXH": "9900000008",
        "hoTen": "VÕ THỊ THỬ",
        "ngaySinh": "02/03/1990",
        "ketQua": "110",
    }
    data = {
        "accounts": [{"facility": "33999", "username": "33999_BV", "password": "khac"}],
        "clerks": [{"name": WHO.clerk_name, "id": WHO.clerk_id}],
        "cards": [card],
    }
    file = tmp_path / "data.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    more = ("--data", str(file), "--token-seconds", "46")
    with started(*more, log=tmp_path / "log") as url, Portal(now=utcnow, pace=lambda _: None) as portal:
        who = asked(number="9900000008", full_name="Võ Thị Thử", born="1990")
        assert portal.eligibility(account(url, "khac"), who).code == "110"
        took = httpx.post(f"{url}/api/token/take", data={"username": "33999_BV", "password": md5_of("khac")})
    ends = datetime.fromisoformat(took.json()["APIKey"]["expires_in"])
    assert timedelta(0) < ends - utcnow() <= timedelta(seconds=46)


@pytest.mark.parametrize("content", ["no json", "[]", '{"accounts": [{}]}', '{"clerks": 7}', BAD_ACCOUNT])
def test_data_that_describe_no_portal_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "data.json"
    file.write_text(content, encoding="utf-8")
    answer = CliRunner().invoke(main, ["portal", "double", "--data", str(file)])
    assert answer.exit_code == 2
    assert "--data" in answer.output
