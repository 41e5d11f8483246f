"""Runs the migrations on the connection that store/schema.py hands over."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from gateway.store import tables_access, tables_presence, tables_records, tables_register, tables_versions
from gateway.store.metadata import Base
from gateway.store.partitions import PARTITION

MODELS = (tables_access, tables_presence, tables_records, tables_register, tables_versions)


def include_name(name: str | None, type_: str, parents: Any) -> bool:
    """Leave the monthly partitions out of comparisons: they belong to their table."""
    del parents
    return not (type_ == "table" and name is not None and PARTITION.fullmatch(name))


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
