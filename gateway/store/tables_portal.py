"""The national portal: the facilities' accounts, and what is to be sent there and became of it."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.metadata import Base

State = Literal["waiting", "sending", "taken", "refused", "unknown", "superseded", "withdrawn"]
SentAs = Literal["original", "unsigned-part"]
STATES, SENT_AS = get_args(State), get_args(SentAs)


class PortalAccount(Base):
    """A facility's account; `sealed` opens with the gateway's secret alone, which is in no database.

    `stopped_at` and `stopped_result` say that the portal refused the account, and with which code:
    nothing is sent until the account is set again. `next_at` is when it may be used next.
    """

    __tablename__ = "portal_account"

    facility: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    base_url: Mapped[str]
    per_minute: Mapped[int]
    next_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stopped_result: Mapped[str | None]
    updated_at: Mapped[datetime]


class PortalSending(Base):
    """One version of one record on its way to the portal.

    `unknown`: it was sent, and no answer told what became of it; a person decides. `superseded` and
    `withdrawn`: a newer version, or a cancellation, came before it was sent. `result` is the portal's
    code, `transaction` its maGiaoDich, `code` ours. The record lies in the original `original_id`, or is
    the element `number` of the batch `batch_id`; `sent_as` and `sha256` say which bytes of it went out.
    """

    __tablename__ = "portal_sending"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    facility: Mapped[str]
    kind: Mapped[str]
    business_key: Mapped[str]
    version: Mapped[int]
    record_type: Mapped[str]
    record_id: Mapped[UUID]
    original_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None]
    number: Mapped[int | None]
    state: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    sent_as: Mapped[str | None]
    sha256: Mapped[str | None]
    code: Mapped[str | None]
    result: Mapped[str | None]
    transaction: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("facility", "kind", "business_key", "version"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"sent_as IN {SENT_AS}", name="sent_as"),
        Index(None, "state", "due_at"),
    )
