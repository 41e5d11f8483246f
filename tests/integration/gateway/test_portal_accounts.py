"""The accounts at the portal: sealed, paced over processes, stopped, and seen by the gateway alone."""

import json
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from gateway.errors import NotServed, RequestRefused, SetupError
from gateway.services import portal_accounts
from gateway.services.portal_accounts import LONGEST_WAIT, NewAccount
from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.tables_access import Access
from gateway.store.tables_portal import PortalAccount
from gateway.upstream.account import Account, md5_of
from gateway.upstream.errors import PortalAway, PortalLocked, PortalPaced
from tests.integration.gateway.portals import PASSWORD, secret, set_account
from tests.integration.gateway.shell import write
from tests.integration.gateway.world import FACILITIES, HERE, World

URL = "https://portal.example"
INSURER = Caller("insurer", "vss")


def raw_bytes(world: World, url: str) -> bytes:
    """Everything that the database holds of accounts, as it lies there."""
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        return file.read_bytes() + file.with_name(f"{file.name}-wal").read_bytes()
    with world.database.begin(GATEWAY) as session:
        rows = session.execute(text("SELECT portal_account::text FROM portal_account")).scalars().all()
        sealed = session.execute(text("SELECT sealed FROM portal_account")).scalars().all()
    return "\n".join(rows).encode() + b"".join(sealed)


def test_neither_the_password_nor_its_md5_is_in_the_database(world: World, database_url: str) -> None:
    set_account(world, URL)
    lying = raw_bytes(world, database_url)
    assert b"33999_BV" in lying
    hexadecimal = md5_of(PASSWORD)
    for hidden in (PASSWORD.encode(), hexadecimal.encode(), bytes.fromhex(hexadecimal)):
        assert hidden not in lying
        assert hidden.lower() not in lying
        assert hidden.hex().encode() not in lying


def test_the_gateways_own_secret_alone_opens_an_account(world: World) -> None:
    set_account(world, f"{URL}/")
    with world.database.begin(GATEWAY) as session:
        account = portal_accounts.usable(session, HERE, secret=secret(world))
        assert account == Account(HERE, "33999_BV", md5_of(PASSWORD), URL)
        with pytest.raises(PortalLocked):
            portal_accounts.usable(session, HERE, secret=b"another")


def test_a_sealed_password_that_is_moved_to_another_facility_does_not_open(world: World) -> None:
    set_account(world, URL)
    set_account(world, URL, facility="01999", password="x")
    with world.database.begin(GATEWAY) as session:
        (theirs, _), (ours, _) = portal_accounts.every(session)
        theirs.sealed = ours.sealed
        with pytest.raises(PortalLocked):
            portal_accounts.usable(session, theirs.facility, secret=secret(world))


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example",
        "ftp://portal.example",
        "https://",
        "portal.example",
        "https://user:word@portal.example",
        "https://portal.example/?a=1",
        "https://portal.example:port",
        "https://[",
    ],
)
def test_a_password_goes_to_no_address_that_is_not_safe(world: World, url: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        set_account(world, url)
    assert refused.value.code == "portal.address"


def test_a_facility_that_nobody_knows_has_no_account(world: World) -> None:
    with pytest.raises(SetupError):
        set_account(world, URL, facility="99999")
    with world.database.begin(GATEWAY) as session:
        with pytest.raises(NotServed):
            portal_accounts.usable(session, HERE, secret=secret(world))
        with pytest.raises(NotServed):
            portal_accounts.remove(session, HERE, by="test", now=world.clock())


def test_the_rate_of_an_account_holds_over_all_processes_together(world: World, database_url: str) -> None:
    """Two pools of connections, as two processes have them; the clock stands still."""
    set_account(world, URL, per_minute=60)
    account, waited = Account(HERE, "u", "0" * 32, URL), []
    other = Database(database_url)
    paces = [
        portal_accounts.pacer(one, now=world.clock, sleep=waited.append) for one in (world.database, other)
    ]
    threads = [threading.Thread(target=paces[number % 2], args=(account,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waited) == [0, 1, 2, 3, 4, 5]
    for pace in paces:
        with pytest.raises(PortalPaced):
            pace(account)
    world.clock.now += timedelta(seconds=1) + LONGEST_WAIT
    paces[1](account)
    assert len(waited) == 7
    other.dispose()


def test_a_pace_that_cannot_be_kept_sends_nothing(world: World, tmp_path: Path) -> None:
    pace = portal_accounts.pacer(world.database, now=world.clock, sleep=lambda _: None)
    with pytest.raises(PortalLocked):  # nobody has set this account
        pace(Account(HERE, "u", "0" * 32, URL))
    nowhere = Database(f"sqlite:///{tmp_path / 'no' / 'such.sqlite'}")
    pace = portal_accounts.pacer(nowhere, now=world.clock, sleep=lambda _: None)
    with pytest.raises(PortalAway):
        pace(Account(HERE, "u", "0" * 32, URL))
    nowhere.dispose()


def test_a_stopped_account_is_not_used_until_it_is_set_again(world: World) -> None:
    set_account(world, URL)
    with world.database.begin(GATEWAY) as session:
        portal_accounts.stop(session, HERE, result="403", now=world.clock())
        portal_accounts.stop(session, HERE, result="500", now=world.clock())
        with pytest.raises(PortalLocked) as locked:
            portal_accounts.usable(session, HERE, secret=secret(world))
    assert locked.value.result == "403"
    set_account(world, URL)
    with world.database.begin(GATEWAY) as session:
        assert portal_accounts.usable(session, HERE, secret=secret(world)).facility == HERE


def test_who_set_an_account_is_in_the_access_log(world: World) -> None:
    set_account(world, URL)
    with world.database.begin(INSURER) as session:
        logged = session.scalars(select(Access).where(Access.resource == f"Portal/{HERE}")).one()
    assert (logged.action, logged.outcome, logged.clerk_name) == ("portal-set", "set", "test")


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_facility_and_not_even_the_insurer_sees_an_account(world: World) -> None:
    """SQLite has no row-level security: its one wall is that no query of theirs reads this table."""
    set_account(world, URL)
    for caller in (Caller("facility", "desk", HERE), Caller("facility", "other", "01999"), INSURER):
        with world.database.begin(caller) as session:
            assert session.scalars(select(PortalAccount)).all() == []
        forged = insert(PortalAccount).values(**stolen(world))
        with world.database.begin(caller) as session, pytest.raises(DBAPIError):
            session.execute(forged)


def stolen(world: World) -> dict[str, Any]:
    return {
        "facility": "01999",
        "username": "u",
        "sealed": b"x",
        "base_url": URL,
        "per_minute": 1,
        "next_at": world.clock(),
        "updated_at": world.clock(),
    }


@pytest.fixture
def register(run, tmp_path: Path):
    """Commands on a gateway with two facilities."""
    assert run("facilities", "import", write(tmp_path / "f.csv", FACILITIES)).exit_code == 0
    return run


def put(register, tmp_path: Path, *more: str):
    word = write(tmp_path / "password", [PASSWORD, "not this"])
    said = ("--username", "33999_BV", "--url", URL, "--password-file", word)
    return register("portal", "set", HERE, *said, *more)


def test_an_operator_sets_lists_and_removes_an_account(register, tmp_path: Path) -> None:
    assert put(register, tmp_path, "--per-minute", "30").exit_code == 0
    (listed,) = json.loads(register("portal", "list", "--json").stdout)
    assert {
        name: listed[name] for name in ("facility", "username", "url", "per_minute", "forwards", "stopped")
    } == {
        "facility": HERE,
        "username": "33999_BV",
        "url": URL,
        "per_minute": 30,
        "forwards": True,
        "stopped": None,
    }
    shown = register("portal", "list").stdout + register("portal", "queue").stdout
    assert PASSWORD not in shown
    assert md5_of(PASSWORD) not in shown
    forwards = "SELECT forwards FROM facility WHERE code = '33999'"
    database = sqlite3.connect(tmp_path / "data" / "tiepdon.sqlite")
    assert database.execute(forwards).fetchone() == (1,)
    off = register("portal", "off", HERE)
    assert (off.exit_code, off.stdout) == (0, "")
    assert "records that wait and are not sent: 0." in off.stderr
    assert database.execute(forwards).fetchone() == (0,)
    assert json.loads(register("portal", "list", "--json").stdout) == []
    database.close()


def test_an_account_may_be_for_asking_alone(register, tmp_path: Path) -> None:
    for switch, forwards, told in (
        ("--no-forward", False, "no record is forwarded"),
        ("--forward", True, "from now on are forwarded"),
    ):
        answer = put(register, tmp_path, switch)
        assert (answer.exit_code, told in answer.stderr) == (0, True)
        (listed,) = json.loads(register("portal", "list", "--json").stdout)
        assert (listed["facility"], listed["forwards"]) == (HERE, forwards)


def test_the_password_is_the_first_line_of_its_file_or_is_asked_for(register, tmp_path: Path) -> None:
    assert "--password" not in register("portal", "set", "--help").stdout.split()
    put(register, tmp_path)
    database = Database(f"sqlite:///{tmp_path / 'data' / 'tiepdon.sqlite'}")
    own = (tmp_path / "data" / "secret").read_bytes()
    with database.begin(GATEWAY) as session:
        opened = portal_accounts.usable(session, HERE, secret=own)
    assert opened.password_md5 == md5_of(PASSWORD)
    database.dispose()


def test_an_empty_password_and_an_unknown_id_are_refused_in_words(register, tmp_path: Path) -> None:
    said = ("--username", "u", "--url", URL, "--password-file", write(tmp_path / "empty", [""]))
    answer = register("portal", "set", HERE, *said)
    assert (answer.exit_code, "portal.password" in answer.stderr) == (5, True)
    answer = register("portal", "again", "019f0000-0000-7000-8000-000000000000")
    assert (answer.exit_code, "portal.no-sending" in answer.stderr) == (5, True)
    assert register("portal", "taken", "nonsense").exit_code == 2
    assert register("portal", "off", HERE).exit_code == 5


def test_a_new_account_type_holds_its_password_back() -> None:
    said = NewAccount(facility=HERE, username="u", password=PASSWORD, base_url=URL)
    assert PASSWORD not in repr(said)
