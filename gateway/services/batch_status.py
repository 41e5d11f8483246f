"""What became of a batch and of each record in it, as far as the caller may see it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gateway.errors import NotServed
from gateway.services.access_log import Actor, note
from gateway.services.batches import missing_chunks
from gateway.services.persons import facility_of
from gateway.services.serving import instant
from gateway.store.bodies import unpack
from gateway.store.database import Caller
from gateway.store.tables_batches import Batch, BatchReceipt

MAX_LISTED = 100
MAX_RECEIPTS = 500
"""Receipts of one page."""


def shown(session: Session, batch: Batch) -> dict[str, Any]:
    """Return a batch as it is answered, with the ranges of the chunks that are missing."""
    missing = missing_chunks(session, batch) if batch.state == "receiving" else []
    return _summary(batch) | {"missing": missing}


def status(session: Session, batch_id: UUID, *, caller: Caller) -> dict[str, Any]:
    """Return a batch.

    Raises NotServed: there is none of this id that the caller may see.
    """
    return shown(session, _seen(session, batch_id, caller))


def newest(session: Session, *, limit: int, caller: Caller) -> dict[str, Any]:
    """Return the newest batches that the caller may see, at most `limit`."""
    query = select(Batch).where(*_visible(caller)).order_by(Batch.created_at.desc(), Batch.id.desc())
    return {"batches": [_summary(batch) for batch in session.scalars(query.limit(limit))]}


def receipts(
    session: Session, batch_id: UUID, *, after: int, limit: int, caller: Caller, actor: Actor
) -> dict[str, Any]:
    """Return the receipts behind `after`, in the order of the file, and where the next page begins.

    `next` is None once the batch is worked off and no receipt is left; until then there may be more.

    Raises NotServed: there is no batch of this id that the caller may see.
    """
    batch = _seen(session, batch_id, caller)
    query = select(BatchReceipt).where(BatchReceipt.batch_id == batch_id, BatchReceipt.position > after)
    rows = session.scalars(query.order_by(BatchReceipt.position).limit(limit)).all()
    last = rows[-1].position if rows else after
    ended = batch.closed_at is not None and last >= batch.receipts
    note(session, actor, "read", f"Batch/{batch_id}/receipts", outcome=str(len(rows)))
    return {"receipts": [_receipt(row) for row in rows], "next": None if ended else last}


def _seen(session: Session, batch_id: UUID, caller: Caller) -> Batch:
    batch = session.scalars(select(Batch).where(Batch.id == batch_id, *_visible(caller))).one_or_none()
    if batch is None:
        raise NotServed("request.not-found", "no batch with this id")
    return batch


def _visible(caller: Caller) -> list[ColumnElement[bool]]:
    facility = facility_of(caller)
    return [] if facility is None else [Batch.facility == facility]


def _summary(batch: Batch) -> dict[str, Any]:
    return {
        "batch": str(batch.id),
        "facility": batch.facility,
        "state": batch.state,
        "code": batch.code,
        "sha256": batch.sha256,
        "size": batch.size,
        "format": batch.format,
        "file_name": batch.file_name,
        "generation": batch.generation,
        "read_as": batch.read_as or [],
        "reason": batch.reason,
        "signature": batch.signature,
        "original": f"Binary/{batch.id}" if batch.reference_id else None,
        "document": f"DocumentReference/{batch.reference_id}" if batch.reference_id else None,
        "chunks": batch.chunks,
        "records": batch.records,
        "created": instant(batch.created_at),
        "committed": _instant(batch.committed_at),
        "closed": _instant(batch.closed_at),
        "counts": {
            "receipts": batch.receipts,
            "stored": batch.stored,
            "already-stored": batch.already_stored,
            "corrected": batch.corrected,
            "refused": batch.refused,
        },
    }


def _receipt(row: BatchReceipt) -> dict[str, Any]:
    return {
        "position": row.position,
        "number": row.number,
        "kind": row.kind,
        "key": row.key,
        "generation": row.generation,
        "outcome": row.outcome,
        "result": row.result,
        "code": row.code,
        "location": row.location,
        "findings": orjson.loads(unpack(row.findings)) if row.findings else [],
    }


def _instant(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None
