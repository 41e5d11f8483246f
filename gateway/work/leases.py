"""Which workers live, and the reaper that gives the work of the others back to the queue.

DBOS itself recovers only the work of the same name and application version, so a machine that never
comes back, or an upgrade, would leave batches where they are. A worker renews its lease; what a worker
without one had begun is queued again for a version that lives. The work itself bears being done twice
at the same time (services/batch_storing.py), so that a lease that ends too early harms nobody.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, TableClause, column, delete, func, select, table, update
from sqlalchemy.orm import Session

from gateway.services.workers import LEASE, database_time
from gateway.store.database import is_postgresql
from gateway.store.tables_batches import WorkLease
from gateway.store.upsert import insert_or_update
from gateway.store.work_queue import BATCHES, SCHEMA

RENEWAL_SECONDS = 5.0
FORGOTTEN = timedelta(days=1)
"""When the row of a dead worker is taken away."""
WAITS_AGAIN: dict[str, Any] = {"status": "ENQUEUED", "owner_xid": None, "started_at_epoch_ms": None}
"""How DBOS itself writes that work waits for its next worker."""


def renew(session: Session, executor_id: str, version: str, *, now: datetime) -> None:
    """Say that a worker lives."""
    change = {"version": version, "renewed_at": database_time(session, now)}
    row = {"executor_id": executor_id} | change
    insert_or_update(session, WorkLease, row, key=("executor_id",), change=change)


def end(session: Session, executor_id: str) -> None:
    """Say that a worker has stopped, and queue again what it had begun."""
    session.execute(delete(WorkLease).where(WorkLease.executor_id == executor_id))
    work = _work(session)
    session.execute(
        update(work)
        .where(work.c.name == BATCHES, work.c.status == "PENDING", work.c.executor_id == executor_id)
        .values(WAITS_AGAIN)
    )


def reap(session: Session, version: str, *, now: datetime) -> int:
    """Queue again what dead workers had begun; let `version` take what no living version would.

    Return how many batches were freed.
    """
    clock = database_time(session, now)
    session.execute(delete(WorkLease).where(WorkLease.renewed_at < clock - FORGOTTEN))
    alive: ColumnElement[bool] = WorkLease.renewed_at >= clock - LEASE
    executors = select(WorkLease.executor_id).where(alive)
    versions = select(WorkLease.version).where(alive)
    work = _work(session)
    freed = session.connection().execute(
        update(work)
        .where(work.c.name == BATCHES, work.c.status == "PENDING", work.c.executor_id.not_in(executors))
        .values(WAITS_AGAIN)
    )
    session.execute(
        update(work)
        .where(
            work.c.name == BATCHES,
            work.c.status == "ENQUEUED",
            func.coalesce(work.c.application_version, "").not_in(versions),
        )
        .values(application_version=version)
    )
    return freed.rowcount


def _work(session: Session) -> TableClause:
    """Return the columns that we touch of DBOS's table of workflows."""
    names = ("name", "status", "executor_id", "application_version", "owner_xid", "started_at_epoch_ms")
    schema = SCHEMA if is_postgresql(session) else None
    return table("workflow_status", *(column(name) for name in names), schema=schema)
