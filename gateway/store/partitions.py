"""The claim table's monthly partitions on PostgreSQL, made ahead of their month.

A claim that arrives in a month without a partition of its own lands in the default
one, so nothing is ever refused; `make_ahead` runs at `init` and at each `serve`.
"""

import re
from datetime import date

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

MONTHS_AHEAD = 3
PARTITION = re.compile(r"claim_(default|\d{4}_\d{2})")


def make_ahead(connection: Connection, *, today: date) -> list[str]:
    """Make the partitions of this month and the next `MONTHS_AHEAD`; return the names of the new ones.

    Needs the owner of the tables. Does nothing on a database without partitions, and leaves out
    a month whose claims are already in the default partition.
    """
    if connection.dialect.name != "postgresql":
        return []
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('tiepdon.partitions'))"))
    known = set(
        connection.scalars(
            text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'claim'::regclass")
        )
    )
    made = []
    for ahead in range(MONTHS_AHEAD + 1):
        first, following = _month(today, ahead), _month(today, ahead + 1)
        name = f"claim_{first:%Y_%m}"
        if name not in known and _make(connection, name, first, following):
            made.append(name)
    return made


def _make(connection: Connection, name: str, first: date, following: date) -> bool:
    """Make a partition, walled like its table; return False where the default one has rows for it.

    The database looks: row-level security hides the default partition's rows from us too.
    """
    try:
        with connection.begin_nested():
            connection.execute(
                text(f"CREATE TABLE {name} PARTITION OF claim FOR VALUES FROM ('{first}') TO ('{following}')")
            )
    except IntegrityError:
        return False
    for wall in ("ENABLE", "FORCE"):
        connection.execute(text(f"ALTER TABLE {name} {wall} ROW LEVEL SECURITY"))
    return True


def _month(today: date, ahead: int) -> date:
    months = today.year * 12 + today.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)
