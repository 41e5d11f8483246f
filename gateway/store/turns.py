"""Who must wait for whom on PostgreSQL; SQLite's writers wait for each other anyway.

Turns end with the transaction. Whoever stores takes them before it touches a key, so that none of
two storers holds what the other waits for.
"""

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.database import is_postgresql

_MONTHS = "tiepdon.months"


def take_visits(session: Session, visits: Iterable[str], *, facility: str) -> None:
    """Wait until no other transaction stores records of these visits, and none closes a month.

    So none of a visit's records is missed, and no claim comes into a month that is just being closed.
    """
    named = sorted(set(visits))
    if not named or not is_postgresql(session):
        return
    turns = [func.pg_advisory_xact_lock(func.hashtext(facility), func.hashtext(name)) for name in named]
    session.execute(select(func.pg_advisory_xact_lock_shared(func.hashtext(_MONTHS)), *turns))


def take_months(session: Session) -> None:
    """Wait until whoever stores records of visits has ended, and keep others from beginning."""
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_MONTHS))))
