"""What is waited for: a database that is away, never one that refuses."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.store.away import breaks_a_limit, is_away


@pytest.mark.parametrize(
    ("cause", "away"),
    [
        (errors.ConnectionFailure(), True),
        (errors.AdminShutdown(), True),
        (errors.CannotConnectNow(), True),
        (errors.DiskFull(), True),
        (errors.TooManyConnections(), True),
        (errors.DeadlockDetected(), True),
        (errors.SerializationFailure(), True),
        (psycopg.OperationalError("connection refused"), True),
        (errors.ProgramLimitExceeded(), False),
        (errors.StatementTooComplex(), False),
        (errors.QueryCanceled(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_postgresql_the_sqlstate_says_whether_it_is_away(cause: Exception, away: bool) -> None:
    assert is_away(OperationalError("INSERT", {}, cause)) is away


def test_other_errors_than_operational_ones_are_no_absence_unless_the_connection_went() -> None:
    assert not is_away(IntegrityError("INSERT", {}, errors.UniqueViolation()))
    assert not is_away(ProgrammingError("INSERT", {}, errors.UndefinedTable()))
    assert is_away(DBAPIError("SELECT", {}, psycopg.Error(), connection_invalidated=True))
    assert is_away(PoolTimeout())
    assert not is_away(ValueError())


def test_an_entry_too_long_for_an_index_breaks_a_limit_and_a_lost_connection_does_not() -> None:
    assert breaks_a_limit(OperationalError("INSERT", {}, errors.ProgramLimitExceeded()))
    assert not breaks_a_limit(OperationalError("INSERT", {}, errors.ConnectionFailure()))
    assert not breaks_a_limit(OperationalError("INSERT", {}, sqlite3.OperationalError()))


def test_of_sqlite_a_locked_file_is_away_and_a_statement_it_cannot_do_is_not(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/a.sqlite", connect_args={"timeout": 0})
    with sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with engine.connect() as connection, pytest.raises(OperationalError) as locked:
            connection.execute(text("SELECT * FROM sqlite_master"))
        holder.execute("ROLLBACK")
    with engine.connect() as connection, pytest.raises(OperationalError) as refused:
        connection.execute(text("SELECT * FROM nothing"))
    holder.close()
    engine.dispose()
    assert is_away(locked.value)
    assert not is_away(refused.value)
