"""The durable queue beside our tables: DBOS's system tables in the same database (ADR 13).

On PostgreSQL they have a schema of their own, on SQLite they lie in the same file, so that a batch is
queued in the transaction that commits it. They hold ids only, nothing of a person.
"""

import logging
from collections.abc import Callable
from typing import Any

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from dbos._schemas.system_database import SystemSchema
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gateway.store.database import APP_ROLE

SCHEMA = "dbos"
APPLICATION = "tiepdon-gateway"
BATCHES = "batches"
"""The queue of committed batches, and the name of the workflow that works one off."""
VERSION = "1"
"""The application version, changed by hand when the steps of a workflow or their order change: DBOS
replays steps by their number. Workers take only what their own version began (gateway/work/leases.py)."""
TABLES = frozenset({"dbos_migrations", *(table.name for table in SystemSchema.metadata_obj.tables.values())})
"""What DBOS owns; where a database has no schemas, these lie among our own."""


def migrate(engine: Engine) -> None:
    """Make DBOS's tables, or bring them to its version, and let every caller's role use them."""
    logging.getLogger("dbos").setLevel(logging.ERROR)  # an operator's `init` says nothing of DBOS
    role = APP_ROLE if engine.dialect.name == "postgresql" else None
    DBOS.migrate(url_of(engine), schema=SCHEMA, application_role=role)


def drop(engine: Engine) -> None:
    """Drop DBOS's tables; what waited in its queues is lost."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            return
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in sorted(TABLES):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))


def enqueuer(engine: Engine) -> Callable[[Session, str, dict[str, Any], int], None]:
    """Return what puts a batch into the queue, in the transaction of a session, once for each id.

    The number is DBOS's priority, from 1: the lowest is taken first.
    """
    client = DBOSClient(
        system_database_url=url_of(engine),
        dbos_system_schema=SCHEMA,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,  # it only words the statement: the session's own connection runs it
    )

    def enqueue(session: Session, work_id: str, job: dict[str, Any], turn: int) -> None:
        options = EnqueueOptions(
            workflow_name=BATCHES, queue_name=BATCHES, workflow_id=work_id, app_version=VERSION, priority=turn
        )
        client.enqueue_in_transaction(session, options, job)

    return enqueue


def url_of(engine: Engine) -> str:
    """Return the database's URL as DBOS takes it."""
    return engine.url.render_as_string(hide_password=False)
