"""The models' foundation: constraint names, column types, ids and months."""

from datetime import UTC, date, datetime
from uuid import UUID

import uuid_utils
from sqlalchemy import DateTime, Dialect, MetaData, Uuid
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite, which knows no zones, stores it naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table; constraints are named so that a migration can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), UUID: Uuid()}  # noqa: RUF012 - SQLAlchemy's own form


def new_id(now: datetime) -> UUID:
    """Return a UUIDv7 that carries `now` (RFC 9562 §5.7), so that ids sort by their time."""
    nanoseconds = int(now.timestamp()) * 1_000_000_000 + now.microsecond * 1000
    return UUID(int=uuid_utils.uuid7(nanoseconds=nanoseconds).int)


def month_of(value: UUID | datetime) -> date:
    """Return the first day of the UTC month of a moment, or of the moment inside a UUIDv7.

    Raises ValueError: the UUID is not of version 7.
    """
    if isinstance(value, UUID):
        if value.version != 7:
            raise ValueError("not a UUIDv7")
        value = datetime.fromtimestamp((value.int >> 80) / 1000, UTC)
    return value.astimezone(UTC).date().replace(day=1)
