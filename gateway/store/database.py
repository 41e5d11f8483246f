"""The database, and the only way to begin a transaction: as a caller.

PostgreSQL shows a transaction only the rows of its caller (row-level security):
`begin` takes the application's role and names the caller with SET LOCAL, so that
nothing outlives the transaction on a pooled connection; with no caller named, no
row is seen. SQLite has one user, and isolation rests on the queries alone.
Writers on SQLite begin IMMEDIATE, so that two of them wait instead of failing. It has one writer at a
time and no queue for the others: who looks most often comes first. So everybody looks often, a
transaction that only reads waits for nobody, and what stores without end leaves pauses.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.store.private_files import make_private_database

APP_ROLE = "tiepdon_app"
BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits on SQLite for the others to end."""
LOOK_SECONDS = 0.002
"""How often it looks; SQLite's own waiting looks ten times a second, and would miss a pause."""
PAUSE_SECONDS = 0.01
"""How long whoever stores without end leaves the file to others: enough for each of them to look."""
_READING = {"tiepdon_reading": True}

Role = Literal["facility", "insurer", "gateway"]
Purpose = Literal["records", "eligibility"]


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a transaction runs; `gateway` is the insurer's own upkeep and sign-in."""

    role: Role
    client_id: str
    facility: str | None = None


GATEWAY = Caller(role="gateway", client_id="gateway")


class Database:
    """One engine; sessions come from `begin` alone."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.engine = _engine(url, pool_size)
        self._readers = self.engine.execution_options(**_READING)
        self._in_turn = threading.Lock()

    @contextmanager
    def begin(self, caller: Caller, *, purpose: Purpose = "records") -> Iterator[Session]:
        """Yield a session inside one transaction as `caller`: committed at the end, undone by an error.

        `purpose` eligibility opens the insurer's register to a facility for reading.
        """
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            _name_caller(session, caller, purpose)
            yield session

    @contextmanager
    def read(self, caller: Caller) -> Iterator[Session]:
        """Yield a session inside one transaction as `caller` that writes nothing and waits for no writer."""
        with Session(self._readers, expire_on_commit=False) as session, session.begin():
            _name_caller(session, caller, "records", reading=True)
            yield session

    @contextmanager
    def begin_in_turn(self, caller: Caller) -> Iterator[Session]:
        """As `begin`, for work that goes on and on: on SQLite one at a time, with a pause behind each."""
        if self.engine.dialect.name != "sqlite":
            with self.begin(caller) as session:
                yield session
            return
        with self._in_turn:
            with self.begin(caller) as session:
                yield session
            time.sleep(PAUSE_SECONDS)

    def dispose(self) -> None:
        """Close the pooled connections, before a fork and at the end."""
        self.engine.dispose()


def show_history_of(session: Session, *, national_id: str, insurance_number: str | None) -> None:
    """Let this transaction see the visits of one person at every facility, until it ends."""
    _set_local(session, {"tiepdon.person": national_id, "tiepdon.person_insurance": insurance_number or ""})


def is_postgresql(session: Session) -> bool:
    """Say whether the session talks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def _name_caller(session: Session, caller: Caller, purpose: Purpose, *, reading: bool = False) -> None:
    named = {
        "role": APP_ROLE,
        "tiepdon.role": caller.role,
        "tiepdon.facility": caller.facility or "",
        "tiepdon.client": caller.client_id,
        "tiepdon.purpose": purpose,
    }
    _set_local(session, named | {"transaction_read_only": "on"} if reading else named)


def _set_local(session: Session, values: dict[str, str]) -> None:
    """Set parameters for the rest of the transaction (`set_config(..., is_local => true)`)."""
    if not is_postgresql(session):
        return
    calls = ", ".join(f"set_config('{name}', :v{number}, true)" for number, name in enumerate(values))
    parameters = {f"v{number}": value for number, value in enumerate(values.values())}
    session.execute(text(f"SELECT {calls}"), parameters)


def _engine(url: str, pool_size: int) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, hide_parameters=True
        )
    engine = create_engine(url, hide_parameters=True)  # an error's text goes to logs
    event.listen(engine, "do_connect", _open_private_file)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _open_private_file(
    dialect: Dialect, record: ConnectionPoolEntry, arguments: Sequence[Any], options: dict[str, Any]
) -> None:
    """See to it that nobody but this user can read the file that is about to be opened."""
    del dialect, record, options
    file = Path(arguments[0])
    if file.parent.is_dir() and file.name != ":memory:":
        make_private_database(file)


def _prepare_sqlite(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    """Make a commit durable (FULL), foreign keys real, and writers wait for each other."""
    del record
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = _READING.items() <= connection.get_execution_options().items()
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA query_only = {int(reading)}")
    if reading:
        driver.execute("BEGIN")
    elif not _begin_writing(driver):
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the last try, whose error SQLAlchemy words


def _begin_writing(driver: sqlite3.Connection) -> bool:
    """Become the one writer as soon as there is none; return False if there is one all the time."""
    end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < end:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY":
                    break
                time.sleep(LOOK_SECONDS)
            else:
                return True
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    return False
