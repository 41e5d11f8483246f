"""What facilities send: keys, claims, check-ins, documents, originals and what goes with them.

A body is the resource's JSON bytes exactly as received, zstd-compressed; the columns
beside it are extracted for search. `links` holds what a transaction's urn:uuid
references became. Every row carries its facility (ADR: who sees what).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.metadata import Base

WITHDRAWN = ("cancelled", "entered-in-error")
"""The statuses of a claim, and of a check-in or document, that was cancelled."""


class Stored:
    """The columns of every row that holds a resource."""

    id: Mapped[UUID]
    facility: Mapped[str]
    version: Mapped[int]
    received_at: Mapped[datetime]
    client_id: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    links: Mapped[dict[str, str] | None] = mapped_column(JSON)


class OfPerson:
    """The numbers of the person whom a record is about, as the record writes them."""

    national_id: Mapped[str | None]
    insurance_number: Mapped[str | None]


class RecordKey(Base):
    """The one place that decides whether a facility's record is new, and which version is its newest.

    Never partitioned. `decided_at` locks the record; `cancelled_at` says that its newest version
    withdraws it.
    """

    __tablename__ = "record_key"

    facility: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    business_key: Mapped[str] = mapped_column(primary_key=True)
    received_month: Mapped[date]
    id: Mapped[UUID]
    version: Mapped[int]
    content_hash: Mapped[str]
    decided_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class Claim(Stored, OfPerson, Base):
    """A claim; on PostgreSQL partitioned by the month of its receipt, never of the visit."""

    __tablename__ = "claim"

    received_month: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[str]
    status: Mapped[str]
    use: Mapped[str]
    patient: Mapped[str | None]
    created_low: Mapped[datetime | None]
    created_high: Mapped[datetime | None]
    presence_id: Mapped[UUID | None]

    __table_args__ = (
        Index(None, "facility", "visit_id"),
        Index(None, "national_id"),
        Index(None, "insurance_number"),
        Index(None, "received_at"),
        Index(None, "created_low"),
        {"postgresql_partition_by": "RANGE (received_month)"},
    )


class Encounter(Stored, OfPerson, Base):
    """A check-in; `presence_id` names the proof that the chip was on the desk, if there was one."""

    __tablename__ = "encounter"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[str]
    status: Mapped[str]
    patient: Mapped[str | None]
    period_low: Mapped[datetime | None]
    period_high: Mapped[datetime | None]
    presence_id: Mapped[UUID | None] = mapped_column(unique=True)

    __table_args__ = (
        Index(None, "facility", "visit_id"),
        Index(None, "national_id"),
        Index(None, "insurance_number"),
        Index(None, "received_at"),
    )


class Document(Stored, OfPerson, Base):
    """A birth or death document; its person is the mother or the deceased.

    `status` is the composition's; what was stored before migration 0005 has none.
    """

    __tablename__ = "document"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    number: Mapped[str]
    status: Mapped[str | None]
    stamped_low: Mapped[datetime | None]
    stamped_high: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('birth', 'death')", name="kind"),
        Index(None, "national_id"),
        Index(None, "insurance_number"),
        Index(None, "number"),
    )


class Resource(Stored, OfPerson, Base):
    """A facility's own Patient or Coverage, and the DocumentReference and Provenance of a record."""

    __tablename__ = "resource"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str]
    patient: Mapped[str | None]
    card_number: Mapped[str | None]

    __table_args__ = (
        Index(None, "type", "national_id"),
        Index(None, "type", "insurance_number"),
        Index(None, "type", "card_number"),
    )


class Original(Base):
    """A file's bytes as the hospital's system wrote them, once per facility."""

    __tablename__ = "original"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    facility: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    received_at: Mapped[datetime]
    client_id: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("facility", "sha256"),)


class Visit(Base):
    """What other facilities may learn of a visit through eligibility: this and nothing else."""

    __tablename__ = "visit"

    facility: Mapped[str] = mapped_column(primary_key=True)
    visit_id: Mapped[str] = mapped_column(primary_key=True)
    service_date: Mapped[date]
    category: Mapped[str]
    national_id: Mapped[str | None]
    insurance_number: Mapped[str | None]

    __table_args__ = (
        Index(None, "national_id", "service_date"),
        Index(None, "insurance_number", "service_date"),
    )
