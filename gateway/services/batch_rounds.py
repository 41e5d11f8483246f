"""The rounds of one file: its last batch answers the same file for as long as that tells the truth.

Each round is a batch. The fingerprint of the first is that of the sending, of each other that of the one
before it: so the database decides which is next, and two who announce the file at once are in one round.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, literal, not_, or_, select
from sqlalchemy.orm import Session, aliased

from gateway.services.batch_reading import FAULT
from gateway.services.birth_papers import CERTIFICATE_STANDS
from gateway.store.tables_batches import Batch, BatchReceipt
from gateway.store.tables_records import RecordKey
from gateway.store.tables_versions import RecordVersion

OF_THE_MOMENT = frozenset(
    {
        FAULT,
        "birth.papers-differ",
        "presence.other-person",
        "record.cancelled",
        "record.conflict",
        "record.decided",
        "record.month-closed",
        "record.reference-unknown",
    }
)
"""Refusals that the same bytes need not meet later: they come of what stands, or of a fault of ours."""


def first_fingerprint(sha256: str, form: str, generation: str | None, reason: str | None) -> str:
    """Return which sending this is: the file, read as this generation, for this reason."""
    return _digest([sha256, form, generation, reason])


def next_fingerprint(fingerprint: str, batch_id: UUID) -> str:
    """Return that of the round after the one of this batch."""
    return _digest([fingerprint, str(batch_id)])


def is_over(session: Session, batch: Batch) -> bool:
    """Say whether a batch is no answer to its file any more: there is a next round, or has to be."""
    if batch.state != "done":
        return False
    following = next_fingerprint(batch.fingerprint, batch.id)
    begun = session.execute(_round(batch.facility, following)).first()
    return begun is not None or not _tells_the_truth(session, batch)


def earlier_rounds(session: Session, batch: Batch) -> Sequence[UUID]:
    """Return the batches of the rounds before this one, the first of them first."""
    earlier: list[UUID] = []
    fingerprint = first_fingerprint(batch.sha256, batch.format, batch.generation, batch.reason)
    while fingerprint != batch.fingerprint:
        earlier.append(session.scalars(_round(batch.facility, fingerprint)).one())
        fingerprint = next_fingerprint(fingerprint, earlier[-1])
    return earlier


def _tells_the_truth(session: Session, batch: Batch) -> bool:
    """Say whether every receipt holds: what was taken stands as it says, no refusal was of the moment."""
    receipts = select(BatchReceipt.position).where(BatchReceipt.batch_id == batch.id)
    refused = receipts.where(BatchReceipt.code.in_(OF_THE_MOMENT))
    if batch.refused and session.execute(refused.limit(1)).first():
        return False
    of_key = and_(
        RecordKey.facility == BatchReceipt.facility,
        RecordKey.kind == BatchReceipt.kind,
        RecordKey.business_key == BatchReceipt.key,
    )
    moved = (
        receipts.join(RecordKey, of_key)
        .where(BatchReceipt.location.is_not(None))
        .where(not_(_names(RecordKey.version)), not_(_is_a_paper_that_stands()))
    )
    return session.execute(moved.limit(1)).first() is None


def _is_a_paper_that_stands() -> ColumnElement[bool]:
    """Return that a birth's receipt names a paper that another one of the same birth only passed
    (docs/corrections.md).

    XML9 lies in the history under the certificate: the newest one does. A certificate stands again, with
    the same content, behind each XML9.
    """
    named, later = aliased(RecordVersion), aliased(RecordVersion)
    newer = exists().where(
        later.id == named.id,
        later.version > named.version,
        later.reason == CERTIFICATE_STANDS.reason,
    )
    lies_below = and_(named.reason == CERTIFICATE_STANDS.reason, not_(newer))
    stands = or_(named.content_hash == RecordKey.content_hash, lies_below)
    held = exists().where(named.id == RecordKey.id, _names(named.version), stands)
    return and_(BatchReceipt.kind == "birth", RecordKey.cancelled_at.is_(None), held)


def _names(version: Any) -> ColumnElement[bool]:
    """Return that a receipt's location is that of this version of its record, whose id never changes."""
    return BatchReceipt.location.endswith(literal("/") + cast(version, String))


def _round(facility: str, fingerprint: str) -> Select[UUID]:
    """Return the query for the batch of a round, if it was not refused as a whole."""
    return select(Batch.id).where(
        Batch.facility == facility, Batch.fingerprint == fingerprint, Batch.state != "refused"
    )


def _digest(said: list[str | None]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
