"""The commands: set up, register clients, take settings, serve."""

import json
import os
import stat
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey, RSAKey

from gateway.cli import main
from gateway.settings import Settings
from gateway.store import partitions
from gateway.store.database import Database
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.shell import members, write
from tests.integration.gateway.world import FACILITIES, HERE


def public_key(path: Path, key: ECKey | RSAKey, *, private: bool = False) -> str:
    return write(path, [json.dumps(key.as_dict(private=private))])


def test_init_makes_keys_for_their_owner_alone_and_runs_again(run, tmp_path: Path) -> None:
    for name in ("signing-key.pem", "secret"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    before = (tmp_path / "data" / "secret").read_bytes()
    again = run("init")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "Mọi thứ đã có sẵn" in again.stderr
    assert "Everything stood already" in again.stderr
    assert (tmp_path / "data" / "secret").read_bytes() == before


def test_the_embedded_database_is_for_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = Database(f"sqlite:///{tmp_path / 'new.sqlite'}")
        with database.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("new.*")}
        database.dispose()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("new.sqlite", "new.sqlite-shm", "new.sqlite-wal"), 0o600)


def test_a_database_that_was_left_open_is_closed(run, tmp_path: Path) -> None:
    file = tmp_path / "data" / "tiepdon.sqlite"
    file.chmod(0o644)
    members(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_data_folder_that_others_can_change_is_refused(run, tmp_path: Path) -> None:
    (tmp_path / "data").chmod(0o770)
    for command in (["init"], ["facilities", "import", write(tmp_path / "f.csv", FACILITIES)]):
        answer = run(*command)
        assert answer.exit_code == 5
        assert "gateway.data-folder-open" in answer.output
    (tmp_path / "data").chmod(0o755)
    assert run("init").exit_code == 0


def test_init_sets_up_either_database(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIEPDON_GATEWAY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TIEPDON_GATEWAY_DATABASE_URL", empty_url)
    made = CliRunner().invoke(main, ["init"]).output.split()
    assert made[:3] == ["keys", "trust", "tables"]
    assert len(made) == (3 if empty_url.startswith("sqlite") else 3 + 1 + partitions.MONTHS_AHEAD)
    file = write(tmp_path / "f.csv", FACILITIES)
    assert CliRunner().invoke(main, ["facilities", "import", file]).stdout == "2\n"
    key = public_key(tmp_path / "key.json", ECKey.generate_key("P-384"))
    added = [CliRunner().invoke(main, ["client", "add", "x", "--insurer", "--key", key]) for _ in range(2)]
    assert [result.exit_code for result in added] == [0, 5]
    assert CliRunner().invoke(main, ["client", "list"]).stdout.startswith(added[0].stdout.strip())


def test_without_init_a_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIEPDON_GATEWAY_DATA_DIR", str(tmp_path / "nothing"))
    result = CliRunner().invoke(main, ["client", "revoke", "x"])
    assert result.exit_code == 5
    assert "tiepdon-gateway init" in result.stderr


def test_a_client_is_added_by_its_public_key_and_its_id_printed(run, tmp_path: Path) -> None:
    run("facilities", "import", write(tmp_path / "f.csv", FACILITIES))
    key = public_key(tmp_path / "key.json", ECKey.generate_key("P-384"))
    desk = run("client", "add", "Quầy 1", "--facility", HERE, "--key", key)
    other = public_key(tmp_path / "other.json", ECKey.generate_key("P-384"))
    insurer = run("client", "add", "BHXH", "--insurer", "--key", other, "--scope", "system/Claim.rs")
    assert desk.output.startswith("facility-")
    assert insurer.output.startswith("insurer-")
    assert run("client", "revoke", desk.output.strip()).exit_code == 0


def test_a_key_that_a_live_client_has_is_refused_until_that_client_is_revoked(run, tmp_path: Path) -> None:
    pair = ECKey.generate_key("P-384")
    key = public_key(tmp_path / "key.json", pair)
    named = write(tmp_path / "named.json", [json.dumps({**pair.as_dict(private=False), "kid": "desk"})])
    first = run("client", "add", "BHXH", "--insurer", "--key", key).stdout.strip()
    again = run("client", "add", "BHXH 2", "--insurer", "--key", named)
    assert (again.exit_code, again.stdout) == (5, "")
    assert f"(setup.key-taken: the key of {first})" in again.stderr
    run("client", "revoke", first)
    assert run("client", "add", "BHXH 2", "--insurer", "--key", named).exit_code == 0


def test_clients_are_listed_without_their_keys(run, tmp_path: Path) -> None:
    run("facilities", "import", write(tmp_path / "f.csv", FACILITIES))
    ids = []
    for name, role in (("Quầy 1", ("--facility", HERE)), ("BHXH", ("--insurer",))):
        key = public_key(tmp_path / "key.json", ECKey.generate_key("P-384"))
        ids.append(run("client", "add", name, *role, "--key", key).stdout.strip())
    run("client", "revoke", ids[1])
    desk, insurer = json.loads(run("client", "list", "--json").stdout)
    assert list(desk) == ["id", "name", "role", "facility", "created", "revoked"]
    assert [desk["id"], desk["name"], desk["role"], desk["facility"]] == [ids[0], "Quầy 1", "facility", HERE]
    assert datetime.fromisoformat(desk["created"]).utcoffset() == timedelta(hours=7)
    assert desk["revoked"] is None
    assert (insurer["facility"], bool(insurer["revoked"])) == (None, True)
    lines = run("client", "list").stdout.splitlines()
    assert lines[0].split("\t") == [ids[0], "Quầy 1", "facility", HERE, desk["created"], "-"]
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("key", "private"),
    [
        (lambda: ECKey.generate_key("P-384"), True),
        (lambda: ECKey.generate_key("P-256"), False),
        (lambda: RSAKey.generate_key(1024), False),
    ],
    ids=["private", "P-256", "RSA-1024"],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_private_or_weak_key_is_refused(
    run, tmp_path: Path, key: Callable[[], ECKey | RSAKey], private: bool
) -> None:
    file = public_key(tmp_path / "key.json", key(), private=private)
    result = run("client", "add", "x", "--insurer", "--key", file)
    assert (result.exit_code, result.stdout) == (5, "")
    assert "setup.key-unsuited" in result.stderr


def test_a_client_needs_a_known_facility_or_the_insurer(run, tmp_path: Path) -> None:
    key = public_key(tmp_path / "key.json", ECKey.generate_key("P-384"))
    assert run("client", "add", "x", "--facility", "00000", "--key", key).exit_code == 5
    assert run("client", "add", "x", "--key", key).exit_code == 2
    assert run("client", "add", "x", "--insurer", "--facility", HERE, "--key", key).exit_code == 2


def test_settings_come_from_the_environment_then_a_toml_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text('public_url = "https://a.example"\ndatabase_url = "postgresql://x/y"\n', encoding="utf-8")
    monkeypatch.setenv("TIEPDON_GATEWAY_CONFIG", str(file))
    assert Settings().database == "postgresql+psycopg://x/y"
    assert Settings().fhir_url == "https://a.example/fhir"
    monkeypatch.setenv("TIEPDON_GATEWAY_PUBLIC_URL", "https://b.example")
    assert Settings().fhir_url == "https://b.example/fhir"


def test_serve_answers_on_its_port_and_ends_when_told(tmp_path: Path) -> None:
    with ServedGateway(tmp_path) as gateway:
        answer = httpx.get(f"{gateway.url}/.well-known/smart-configuration")
        assert answer.json()["token_endpoint"] == f"{gateway.url}/auth/token"
        assert answer.headers["X-Tiepdon-Training"] == "true"
        assert gateway.stop() == 0
