"""Proof of presence: the challenges that a desk was given, and the chips that were verified."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.metadata import Base


class PresenceChallenge(Base):
    """A one-time nonce for one client, reader and session of the desk; burned by the first answer.

    `sealed` holds the secrets of the chip authentication that was asked for, until the challenge is
    burned. Rows that have ended are swept away at sign-ins (services/challenges.py).
    """

    __tablename__ = "presence_challenge"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    facility: Mapped[str]
    client_id: Mapped[str]
    reader: Mapped[str]
    desk_session: Mapped[str]
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    burned_at: Mapped[datetime | None]
    chip_asked_at: Mapped[datetime | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (Index(None, "client_id", "expires_at"), Index(None, "expires_at"))


class Presence(Base):
    """A verified chip on a desk: a stored fact, whose receipt one check-in may consume.

    How long the receipt is good stands in the receipt itself; `card_valid_to` is the ID card's last day.
    `zone_name` says that `full_name` is the machine-readable zone's: without diacritics, perhaps cut.
    `timing` is in milliseconds: `answered_ms` from the challenge to its answer by our clock, beside it
    what the desk said of its own. `statement` is the SHA-256 of what the desk signed: one client's
    statement makes one presence.
    """

    __tablename__ = "presence"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    facility: Mapped[str]
    client_id: Mapped[str]
    national_id: Mapped[str]
    full_name: Mapped[str]
    birth_date: Mapped[str]
    card_valid_to: Mapped[date | None]
    at: Mapped[datetime]
    level: Mapped[str]
    training: Mapped[bool]
    consumed_at: Mapped[datetime | None]
    visit_id: Mapped[str | None]
    zone_name: Mapped[bool | None]
    challenge_id: Mapped[UUID | None]
    reader: Mapped[str | None]
    desk_session: Mapped[str | None]
    legal_basis: Mapped[str | None]
    timing: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    statement: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        Index(None, "challenge_id", unique=True),
        Index(None, "client_id", "statement", unique=True),
        Index(None, "facility", "visit_id"),
    )
