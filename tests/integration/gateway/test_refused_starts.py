"""What an operator gets wrong is answered by its code, in both languages, and never by a traceback."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from failures import failure
from gateway import logs
from gateway.cli import main
from gateway.errors import SettingUnusable
from gateway.server import free_address
from tests.integration.gateway.served import ROOT, ServedGateway

TAKEN = Path("/proc/version")  # a file: no folder can stand at its place or under it


def run(*arguments: str, **settings: str) -> Result:
    environment = {f"TIEPDON_GATEWAY_{name}": value for name, value in settings.items()}
    return CliRunner().invoke(main, list(arguments), env=environment)


def run_process(*arguments: str, stdout: int = subprocess.DEVNULL, **settings: str) -> Result:
    """Run a command in a process of its own: `serve`, which keeps it, or one with a real stdout."""
    environment = os.environ | {f"TIEPDON_GATEWAY_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "gateway", *arguments]
    ended = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, stdout=stdout, stderr=subprocess.PIPE, timeout=60
    )
    return Result(CliRunner(), b"", ended.stderr, ended.stderr, None, ended.returncode, None)


def assert_refused(ended: Result, code: str, status: int) -> None:
    words = failure(code)
    assert ended.exception is None or isinstance(ended.exception, SystemExit)
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert f"({code}: " in ended.stderr
    for text in (words.message, words.remedy):
        assert text.vi in ended.stderr
        assert text.en in ended.stderr
    assert ended.exit_code == status


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of a program that shares it, as another gateway would."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_second_gateway_on_one_port_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with ServedGateway(tmp_path) as first:
        second = run_process("serve", "--port", str(first.port), DATA_DIR=str(first.settings.data_dir))
        assert_refused(second, "setup.port-taken", 2)
        assert first.http.get("/readyz").status_code == 200


def test_a_port_that_another_program_would_share_is_taken(listening: int) -> None:
    with pytest.raises(SettingUnusable) as refused:
        free_address("127.0.0.1", listening)
    assert refused.value.code == "setup.port-taken"


@pytest.mark.parametrize("host", ["gateway.example", "192.0.2.1"], ids=["a name", "RFC 5737"])
def test_an_address_that_is_not_this_machines_is_refused(host: str) -> None:
    with pytest.raises(SettingUnusable) as refused:
        free_address(host, 8080)
    assert refused.value.code == "setup.address-unusable"


def test_a_name_of_this_machine_is_an_address_too() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert free_address("localhost", port) == "127.0.0.1"


def test_a_database_that_nobody_serves_is_unreachable(tmp_path: Path) -> None:
    url = "postgresql://127.0.0.1:1/tiepdon"
    assert_refused(run("init", DATA_DIR=str(tmp_path), DATABASE_URL=url), "setup.database-unreachable", 4)


def test_a_command_says_when_the_database_has_gone(tmp_path: Path) -> None:
    assert run("init", DATA_DIR=str(tmp_path)).exit_code == 0
    ended = run(
        "client", "revoke", "x", DATA_DIR=str(tmp_path), DATABASE_URL=f"sqlite:///{tmp_path}/away/x.sqlite"
    )
    assert_refused(ended, "setup.database-unreachable", 4)


def test_a_folder_in_the_place_of_the_database_file_is_refused(tmp_path: Path) -> None:
    ended = run("init", DATA_DIR=str(tmp_path / "data"), DATABASE_URL=f"sqlite:///{tmp_path}")
    assert_refused(ended, "setup.database-unreachable", 4)


@pytest.mark.parametrize(
    "url", ["mysql://x", "postgresql+asyncpg://x/y", "postgresql://h:port/x", "x", "://"]
)
def test_a_database_url_that_is_not_ours_is_refused(tmp_path: Path, url: str) -> None:
    ended = run("init", DATA_DIR=str(tmp_path / "data"), DATABASE_URL=url)
    assert_refused(ended, "setup.database-url", 2)
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, whatever its name says" * 50, encoding="utf-8")
    ended = run("init", DATA_DIR=str(tmp_path / "data"), DATABASE_URL=f"sqlite:///{tmp_path / 'text'}")
    assert_refused(ended, "setup.database-refused", 5)


@pytest.mark.parametrize("folder", ["/proc/x", str(TAKEN), str(TAKEN / "x")])
def test_a_data_folder_that_cannot_be_made_is_refused(folder: str) -> None:
    assert_refused(run("init", DATA_DIR=folder), "setup.data-dir", 2)


def test_a_trust_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    ended = run("init", DATA_DIR=str(tmp_path), TRUST_DIR="/proc/x")
    assert_refused(ended, "gateway.trust-unreadable", 2)


def test_a_trust_folder_that_cannot_be_read_is_refused_before_anything_listens(tmp_path: Path) -> None:
    assert run("init", DATA_DIR=str(tmp_path)).exit_code == 0
    (tmp_path / "trust" / "x.cer").write_bytes(b"not a certificate")
    assert_refused(
        run_process("serve", DATA_DIR=str(tmp_path), TRUST_DIR=str(TAKEN)), "gateway.trust-unreadable", 5
    )
    assert_refused(run_process("serve", DATA_DIR=str(tmp_path)), "gateway.trust-unreadable", 5)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the machine has no /dev/full")
def test_a_result_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = run_process("init", stdout=full.fileno(), DATA_DIR=str(tmp_path))
    assert_refused(ended, "setup.output", 2)


@pytest.mark.parametrize("content", [None, b"public_url = ", b"\xff"], ids=["away", "no TOML", "no UTF-8"])
def test_a_settings_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "gateway.toml"
    if content is not None:
        file.write_bytes(content)
    assert_refused(run("init", DATA_DIR=str(tmp_path), CONFIG=str(file)), "setup.config-file", 2)


def test_every_line_of_a_serving_gateway_is_one_json_object(tmp_path: Path) -> None:
    with ServedGateway(tmp_path) as gateway:
        gateway.http.get("/healthz")
        assert gateway.stop() == 0
    lines = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert lines[0]["event"] == "serving"
    assert lines[0]["port"] == gateway.port
    assert {line["event"] for line in lines[1:]} == {"request"}


@pytest.mark.parametrize("logger", ["_granian", "dbos"])
def test_a_warning_of_the_web_server_or_of_the_queue_is_the_same_json(logger: str) -> None:
    program = (
        "import logging.config; from gateway import logs; logging.config.dictConfig(logs.STANDARD_LIBRARY);"
        f"log = logging.getLogger('{logger}'); log.info('Spawning'); log.warning('Worker %s ended', 1)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert logs.STANDARD_LIBRARY["loggers"].keys() == {"_granian", "dbos"}
    line = json.loads(ended.stderr)
    assert (line["event"], line["level"]) == ("Worker 1 ended", "warning")
