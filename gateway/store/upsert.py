"""Insert and change where the database alone decides whose turn it is.

Rows go in by Core statements that are made once and given their values as parameters: the ORM's unit of
work, or a statement made anew for each row, takes half as long again, and a worker stores little else.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, Update, literal
from sqlalchemy import insert as any_insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.store.database import is_postgresql
from gateway.store.metadata import Base


def insert_row(session: Session, table: type[Base], values: Mapping[str, Any]) -> None:
    """Insert a row; a column that is not named gets its default."""
    session.connection().execute(_inserting(table), values)


def insert_if_absent(session: Session, table: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique constraint has it already; return whether it was inserted.

    Waits for another transaction that is inserting the same row to end.
    """
    statement = _inserting_if_absent(table, postgres=is_postgresql(session))
    return session.connection().execute(statement, values).first() is not None


def insert_or_update(
    session: Session,
    table: type[Base],
    values: Mapping[str, Any],
    *,
    key: Sequence[str],
    change: Collection[str],
) -> None:
    """Insert a row; where one with the same `key` columns stands, its columns `change` become the row's."""
    statement = _inserting_or_updating(table, tuple(key), tuple(change), postgres=is_postgresql(session))
    session.connection().execute(statement, values)


def change_one(session: Session, statement: Update) -> bool:
    """Run an update whose conditions at most one row fulfills; return whether it still did.

    Compare and set: of two transactions that come with the same conditions the second waits for the
    first to end, and finds the row changed.
    """
    return getattr(session.execute(statement), "rowcount", 0) == 1


def count_up(session: Session, table: type[Base], key: dict[str, Any], *, counter: str) -> int:
    """Add one to the counter of the row with this key, which begins at one; return the new count.

    Holds the row until the transaction ends, so that two never get the same count.
    """
    column: ColumnElement[int] = table.__table__.c[counter]
    statement = _insert(table, postgres=is_postgresql(session)).values(key | {counter: 1})
    counted = statement.on_conflict_do_update(index_elements=list(key), set_={counter: column + 1})
    return session.execute(counted.returning(column)).scalar_one()


@cache
def _inserting(table: type[Base]) -> Insert:
    return any_insert(_table(table))


@cache
def _inserting_if_absent(table: type[Base], *, postgres: bool) -> Any:
    return _insert(table, postgres=postgres).on_conflict_do_nothing().returning(literal(1))


@cache
def _inserting_or_updating(
    table: type[Base], key: tuple[str, ...], change: tuple[str, ...], *, postgres: bool
) -> Any:
    statement = _insert(table, postgres=postgres)
    taken = {name: statement.excluded[name] for name in change}
    return statement.on_conflict_do_update(index_elements=key, set_=taken)


def _insert(table: type[Base], *, postgres: bool) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(_table(table)) if postgres else sqlite.insert(_table(table))


def _table(table: type[Base]) -> Any:
    """Return what the class stands for, to Core."""
    return table.__table__
