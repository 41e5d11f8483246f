"""The commands: set up, register, import; all or nothing, and each bad row by its line."""

import csv
import json
import os
import stat
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import Engine, event, select

from demo import world as sample_world
from gateway.cli import main
from gateway.settings import Settings
from gateway.store import partitions
from gateway.store.database import Caller, Database
from gateway.store.tables_register import Cover, Member
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.world import FACILITIES, HERE, MEMBERS

INSURER = Caller("insurer", "test")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run commands on a gateway that was set up in a fresh folder."""
    monkeypatch.setenv("TIEPDON_GATEWAY_DATA_DIR", str(tmp_path / "data"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments))

    assert invoke("init").exit_code == 0
    return invoke


def write(path: Path, lines: list[str]) -> str:
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def public_key(path: Path, key: ECKey | RSAKey, *, private: bool = False) -> str:
    return write(path, [json.dumps(key.as_dict(private=private))])


def members(tmp_path: Path) -> list[Member]:
    database = Database(f"sqlite:///{tmp_path / 'data' / 'tiepdon.sqlite'}")
    with database.begin(INSURER) as session:
        found = list(session.scalars(select(Member)))
    database.dispose()
    return found


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


def test_members_are_imported_and_a_second_import_brings_them_up_to_date(run, tmp_path: Path) -> None:
    assert run("members", "import", write(tmp_path / "m.csv", MEMBERS)).stdout == "3\n"
    changed = [MEMBERS[0], MEMBERS[1].replace("Thôn Mẫu", "Thôn Mới")]
    assert run("members", "import", write(tmp_path / "m.csv", changed)).stdout == "1\n"
    found = {member.national_id: member.address for member in members(tmp_path)}
    assert len(found) == 3
    assert found["033300000001"] == "Thôn Mới"


def test_one_bad_row_imports_nothing_and_is_named_by_its_line(run, tmp_path: Path) -> None:
    rows = [
        *MEMBERS,
        MEMBERS[1].replace("1995-04-12", "1995-13-12"),
        MEMBERS[1].replace("female", "f"),
        MEMBERS[1].replace("2026-12-31", "31/12/2026"),
        MEMBERS[1].replace("DN4339900000001", "DN433990000000"),
        MEMBERS[1].replace("033300000001", "33300000001"),
        MEMBERS[1].replace("9900000001,", "9900000009,", 1),
        "033300000001",
        MEMBERS[1] + ",,,,",
        MEMBERS[1].replace("Thôn", "\0"),
    ]
    result = run("members", "import", write(tmp_path / "m.csv", rows))
    assert (result.exit_code, result.stdout) == (5, "")
    for line in range(5, 14):
        assert f"line {line}:" in result.stderr
    assert "1995-13-12" not in result.stderr
    assert members(tmp_path) == []


def test_a_row_whose_numbers_are_of_two_members_is_refused(run, tmp_path: Path) -> None:
    run("members", "import", write(tmp_path / "m.csv", MEMBERS))
    mixed = [MEMBERS[0], MEMBERS[1].replace("033300000001", "033085000003")]
    result = run("members", "import", write(tmp_path / "m.csv", mixed))
    assert result.exit_code == 5
    assert "line 2:" in result.stderr


def test_an_import_says_in_words_what_it_did_and_prints_the_number_alone(run, tmp_path: Path) -> None:
    facilities = run("facilities", "import", write(tmp_path / "f.csv", FACILITIES))
    assert facilities.stderr == "Đã nhập 2 cơ sở khám chữa bệnh.\nImported 2 facilities.\n"
    covers = run("members", "import", write(tmp_path / "m.csv", MEMBERS))
    assert (covers.stdout, covers.stderr) == ("3\n", "Đã nhập 3 thẻ BHYT.\nImported 3 covers.\n")
    one = run("members", "import", write(tmp_path / "m.csv", MEMBERS[:2]))
    assert one.stderr.endswith("Imported 1 cover.\n")


def test_members_registered_at_a_facility_that_is_not_in_the_table_are_counted(run, tmp_path: Path) -> None:
    run("facilities", "import", write(tmp_path / "f.csv", FACILITIES))
    elsewhere = [row.replace(f",{HERE},", ",00999,") for row in MEMBERS[:3]]
    result = run("members", "import", write(tmp_path / "m.csv", elsewhere))
    assert (result.exit_code, result.stdout) == (0, "2\n")
    assert "2 members are registered at a facility that is not in the table" in result.stderr
    assert "2 người đăng ký khám chữa bệnh ban đầu tại cơ sở không có trong danh mục" in result.stderr


def test_a_facility_that_stands_twice_is_refused_by_its_line(run, tmp_path: Path) -> None:
    result = run("facilities", "import", write(tmp_path / "f.csv", [*FACILITIES, FACILITIES[1]]))
    assert (result.exit_code, result.stdout) == (5, "")
    assert "line 4: the same as line 2" in result.stderr


def test_a_row_with_fewer_values_than_columns_is_refused_by_its_line(run, tmp_path: Path) -> None:
    short = FACILITIES[1].rpartition(",")[0]
    result = run("facilities", "import", write(tmp_path / "f.csv", [FACILITIES[0], short]))
    assert result.exit_code == 5
    assert "line 2: fewer values than columns" in result.stderr


def test_a_cover_that_stands_twice_is_refused_by_its_line(run, tmp_path: Path) -> None:
    again = MEMBERS[1].replace("2026-12-31", "2027-12-31")
    result = run("members", "import", write(tmp_path / "m.csv", [*MEMBERS, again]))
    assert result.exit_code == 5
    assert "line 5: the same as line 2" in result.stderr


def test_two_id_numbers_for_one_insurance_number_are_refused_by_the_line(run, tmp_path: Path) -> None:
    other = MEMBERS[1].replace("033300000001", "033300000009").replace("2026-01-01", "2027-01-01")
    result = run("members", "import", write(tmp_path / "m.csv", [*MEMBERS, other]))
    assert result.exit_code == 5
    assert "line 5: two members' numbers" in result.stderr
    assert members(tmp_path) == []


def test_a_second_cover_that_leaves_out_the_id_number_does_not_take_it_away(run, tmp_path: Path) -> None:
    later = MEMBERS[1].replace("033300000001", "").replace("2026-", "2027-")
    assert run("members", "import", write(tmp_path / "m.csv", [*MEMBERS[:2], later])).stdout == "2\n"
    assert [member.national_id for member in members(tmp_path)] == ["033300000001"]


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", "\xff\xfe\x00"])
def test_a_file_without_the_columns_is_refused(run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(content.encode("latin-1"))
    assert run("members", "import", str(path)).exit_code == 5


def test_ten_thousand_members_are_imported_in_batches_not_row_by_row(run, tmp_path: Path) -> None:
    sample_world.write(tmp_path / "world", 10_000, today=date(2026, 7, 1))
    file = tmp_path / "world" / "members.csv"
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        result = run("members", "import", str(file))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert result.exit_code == 0
    assert len(statements) < 2_000
    with file.open(encoding="utf-8") as lines:
        covers = {(row["card_number"], row["valid_from"]) for row in csv.DictReader(lines)}
    database = Database(Settings(data_dir=tmp_path / "data").database)
    with database.begin(INSURER) as session:
        assert len(session.scalars(select(Cover.id)).all()) == len(covers)
    database.dispose()


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
