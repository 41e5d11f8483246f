"""Who asks, what was used up, and who saw what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.metadata import Base


class Client(Base):
    """A desk, a hospital system or an insurer's program, known by its public key."""

    __tablename__ = "client"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    facility: Mapped[str | None]
    scopes: Mapped[str]
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "(role = 'facility' AND facility IS NOT NULL) OR (role = 'insurer' AND facility IS NULL)",
            name="role",
        ),
    )


class UsedAssertion(Base):
    """A client assertion's `jti`, kept until the assertion has ended: it opens the door once."""

    __tablename__ = "used_assertion"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Idempotency(Base):
    """The first answer to a client's idempotency key; the key belongs to the client."""

    __tablename__ = "idempotency"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    facility: Mapped[str | None]
    body_hash: Mapped[str]
    status: Mapped[int | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    location: Mapped[str | None]
    created_at: Mapped[datetime]


class Access(Base):
    """One look at, or change of, a person's data. Rows are added, never changed."""

    __tablename__ = "access_log"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    client_id: Mapped[str]
    facility: Mapped[str | None]
    clerk_name: Mapped[str | None]
    clerk_id: Mapped[str | None]
    action: Mapped[str]
    resource: Mapped[str]
    person: Mapped[str | None]
    outcome: Mapped[str]
    request_id: Mapped[str]

    __table_args__ = (Index(None, "person", "at"), Index(None, "at"))


class MismatchCount(Base):
    """How many mismatch answers a desk was given within one hour."""

    __tablename__ = "mismatch_count"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
