"""Whether a worker lives that works off batches: by its lease, which it renews (gateway/work/leases.py)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.services.serving import instant
from gateway.store.database import is_postgresql
from gateway.store.tables_batches import WorkLease

LEASE = timedelta(seconds=30)
"""How long a worker is believed to live after it last said so."""


def standing(session: Session, *, now: datetime) -> str:
    """Return `alive`, `none since <instant>` of the last one that died, or `none` where none is known.

    Who was stopped in good order has no lease any more.
    """
    last = session.scalar(select(func.max(WorkLease.renewed_at)))
    if last is None:
        return "none"
    return "alive" if last >= database_time(session, now) - LEASE else f"none since {instant(last)}"


def database_time(session: Session, now: datetime) -> datetime:
    """Return the database's time, by which all machines are judged; SQLite has one machine, and ours."""
    if not is_postgresql(session):
        return now
    return session.execute(select(func.now())).scalar_one()
