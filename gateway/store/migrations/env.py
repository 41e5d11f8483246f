"""Runs the migrations on the connection that store/schema.py hands over."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from gateway.store import (
    tables_access,
    tables_batches,
    tables_portal,
    tables_presence,
    tables_records,
    tables_register,
    tables_versions,
)
from gateway.store.metadata import Base
from gateway.store.partitions import PARTITION
from gateway.store.work_queue import TABLES as QUEUE_TABLES

MODELS = (
    tables_access,
    tables_batches,
    tables_portal,
    tables_presence,
    tables_records,
    tables_register,
    tables_versions,
)


def include_name(name: str | None, type_: str, parents: Any) -> bool:
    """Leave the monthly partitions and DBOS's tables out of comparisons: they belong to others."""
    del parents
    return type_ != "table" or name is None or not (name in QUEUE_TABLES or PARTITION.fullmatch(name))


def run(connection: Connection) -> None:
    """Upgrade, downgrade or compare, whichever command was given."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
