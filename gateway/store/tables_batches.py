"""A hospital's file as it was sent: its edges, its chunks, and the receipt of each record in it (ADR 11).

`head`, the chunks in their order, and `tail` joined are the file, byte for byte; they are kept
zstd-compressed. `fingerprint` says which sending this is, and which round of it (services/batch_rounds.py):
a round that was not refused stands here once. Every row carries its facility (ADR: who sees what).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.metadata import Base

STATES = ("receiving", "queued", "working", "done", "refused")
RESULTS = ("stored", "already-stored", "corrected", "refused")
NOT_REFUSED = "state <> 'refused'"


class Batch(Base):
    """One file under way or worked off; `size` in bytes, `chunks` and `records` as its sender counted them.

    The counts below `receipts` are of receipts by their result, and grow with each chunk that is done.
    `code` says why the whole file was refused. `reference_id` is its DocumentReference. `generation` is the
    one that the sender forced, `read_as` those by which records were read, in no order.
    """

    __tablename__ = "batch"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    facility: Mapped[str]
    client_id: Mapped[str]
    fingerprint: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str]
    file_name: Mapped[str]
    head: Mapped[bytes] = mapped_column(LargeBinary)
    tail: Mapped[bytes] = mapped_column(LargeBinary)
    chunks: Mapped[int]
    records: Mapped[int]
    generation: Mapped[str | None]
    reason: Mapped[str | None]
    read_as: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str]
    code: Mapped[str | None]
    signature: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reference_id: Mapped[UUID | None]
    receipts: Mapped[int]
    stored: Mapped[int]
    already_stored: Mapped[int]
    corrected: Mapped[int]
    refused: Mapped[int]
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("format IN ('xml', 'ndjson')", name="format"),
        Index(
            None,
            "facility",
            "fingerprint",
            unique=True,
            sqlite_where=text(NOT_REFUSED),
            postgresql_where=text(NOT_REFUSED),
        ),
        Index(None, "facility", "created_at"),
    )


class BatchChunk(Base):
    """Some whole records of a file, as they were sent; `number` counts from 1."""

    __tablename__ = "batch_chunk"

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    facility: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    records: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class BatchReceipt(Base):
    """What became of one record; `position` orders a batch's receipts from 1.

    `number` is the place of its element in the file. `generation` is that of the national tables by which
    it was read, None of a line of FHIR. `findings` is compressed JSON, None where there are none.
    """

    __tablename__ = "batch_receipt"

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    facility: Mapped[str]
    number: Mapped[int]
    kind: Mapped[str | None]
    key: Mapped[str | None]
    generation: Mapped[str | None]
    outcome: Mapped[str]
    result: Mapped[str]
    code: Mapped[str | None]
    location: Mapped[str | None]
    findings: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint(f"result IN {RESULTS}", name="result"),
        Index(None, "batch_id", "kind", "key"),
    )


class WorkLease(Base):
    """A worker that lives: who does not renew its lease in time has its work given to others."""

    __tablename__ = "work_lease"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    renewed_at: Mapped[datetime]
