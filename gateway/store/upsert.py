"""Insert and change where the database alone decides whose turn it is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Update, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gateway.store.database import is_postgresql
from gateway.store.metadata import Base


def insert_if_absent(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row unless a unique constraint has it already; return whether it was inserted.

    Waits for another transaction that is inserting the same row to end.
    """
    statement = _insert(session, table).values(values).on_conflict_do_nothing().returning(literal(1))
    return session.execute(statement).first() is not None


def insert_or_update(
    session: Session, table: type[Base], values: dict[str, Any], *, key: Sequence[str], change: dict[str, Any]
) -> None:
    """Insert a row, or set `change` on the row that has the same `key` columns."""
    statement = _insert(session, table).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=change))


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
    statement = _insert(session, table).values(key | {counter: 1})
    counted = statement.on_conflict_do_update(index_elements=list(key), set_={counter: column + 1})
    return session.execute(counted.returning(column)).scalar_one()


def _insert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if is_postgresql(session) else sqlite.insert(table)
