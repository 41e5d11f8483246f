"""What was: the versions of records that newer ones replaced; and which months take no more claims."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.metadata import Base
from gateway.store.tables_records import OfPerson, Stored

EVERY_FACILITY = "*"
"""Stands in `closed_month.facility` for a month that is closed for all: a key column is never NULL."""


class RecordVersion(Stored, OfPerson, Base):
    """A version that was replaced, as it stood; the newest one stands in its type's own table.

    `reason` says why the next version replaced it. Rows are added, never changed.
    """

    __tablename__ = "record_version"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    presence_id: Mapped[UUID | None]
    content_hash: Mapped[str]
    reason: Mapped[str]


class ClosedMonth(Base):
    """A settlement month (its first day) in which claims are neither taken nor changed any more."""

    __tablename__ = "closed_month"

    facility: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
