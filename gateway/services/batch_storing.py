"""Store the records of a chunk and give each its receipt: some in one transaction, a savepoint a record.

A record and its receipt stand or fall together. Whoever comes again goes on behind the last receipt, or
finds the chunk done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import insert, select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from bhyt.errors import RecordsError
from bhyt.problems import Problem
from bhyt.r4.birth import birth_paper
from bhyt.r4.wire import write
from gateway.domain.extract import DOSSIER
from gateway.errors import GatewayError, PapersDiffer, PresenceRefused, RecordConflict
from gateway.services import batch_original, forwarding, presence, storing
from gateway.services.access_log import Actor
from gateway.services.batch_reading import FAULT, OUR_FAULTS, Read, bounded, finding_of
from gateway.services.batch_rounds import earlier_rounds
from gateway.services.entries import Entry, Outcome
from gateway.services.forwarding import Place
from gateway.services.presence import Receipts
from gateway.services.serving import instant
from gateway.services.versions import Correction
from gateway.store.away import breaks_a_limit
from gateway.store.bodies import pack
from gateway.store.tables_batches import Batch, BatchChunk, BatchReceipt

RESUBMITTED = "resubmitted"
RESTORED = "record.restored"
"""Warns that a cancelled record stands again: the reason may have been given for another row of the file."""
RECORDS_AT_ONCE = 50
"""Record elements that one transaction stores; on SQLite all other writers wait for it."""
_log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class _Row:
    """A record's receipt; `outcomes` are where its resources stand, none if it was refused."""

    read: Read
    result: str
    code: str | None = None
    outcomes: Sequence[Outcome] = ()

    @property
    def location(self) -> str | None:
        """Where the record's own resource is."""
        return _address(self.outcomes[0]) if self.outcomes else None

    @property
    def written(self) -> list[str]:
        """What was stored of it just now."""
        return [_address(one) for one in self.outcomes if one.stored]


def _address(outcome: Outcome) -> str:
    return f"{outcome.type}/{outcome.id}/_history/{outcome.version}"


def store_some(
    session: Session,
    batch_id: UUID,
    number: int,
    reads: Sequence[Read],
    *,
    receipts: Receipts,
    actor: Actor,
) -> bool:
    """Store the next records of what was read of a chunk, with their receipts; return whether all are.

    A batch's chunks are worked off in their order, and so are the records of each.
    """
    chunk = session.scalars(
        select(BatchChunk)
        .where(BatchChunk.batch_id == batch_id, BatchChunk.number == number)
        .with_for_update()
    ).one()
    if chunk.done_at is not None:
        return True
    batch = session.scalars(select(Batch).where(Batch.id == batch_id).with_for_update()).one()
    waiting = _waiting(session, batch, reads)
    now = _some(waiting)
    earlier = _accepted_earlier(session, [batch_id], now)
    told = _accepted_earlier(session, earlier_rounds(session, batch), now)
    sent = forwarding.kind_sent(session, batch)
    rows = []
    for read in now:
        named = (read.kind, read.key)
        twice = named in earlier
        correction = None if twice else _correction(batch, read, told=named in told)
        placed = _placed(read, batch) if read.kind == sent else read
        row = _stored(session, placed, correction, twice=twice, receipts=receipts, actor=actor)
        rows.append(row)
        if row.outcomes:
            earlier.add(named)
    if rows:
        values = [_values(batch, position, row) for position, row in enumerate(rows, batch.receipts + 1)]
        session.execute(insert(BatchReceipt), values)
    _tell_source(session, batch, rows, receipts=receipts, actor=actor)
    _count(batch, rows)
    if len(now) < len(waiting):
        return False
    chunk.done_at = actor.now
    return True


def _waiting(session: Session, batch: Batch, reads: Sequence[Read]) -> Sequence[Read]:
    """Return those of a chunk's records that have no receipt yet.

    Raises LookupError: a later chunk has receipts already.
    """
    newest = select(BatchReceipt.number).where(BatchReceipt.batch_id == batch.id)
    last = session.scalars(newest.order_by(BatchReceipt.position.desc()).limit(1)).first() or 0
    if last > reads[-1].number:
        raise LookupError("the chunks are worked off in their order")
    return [read for read in reads if read.number > last]


def _some(reads: Sequence[Read]) -> Sequence[Read]:
    """Return the first records, all that one element of the file holds or none of them."""
    return [read for read in reads if read.number < reads[0].number + RECORDS_AT_ONCE]


def _placed(read: Read, batch: Batch) -> Read:
    """Return a record that says where in the batch its original lies."""
    place = Place(batch=batch.id, number=read.number)
    return replace(read, entries=tuple(replace(entry, original=place) for entry in read.entries))


def _correction(batch: Batch, read: Read, *, told: bool) -> Correction | None:
    """Return why other content may take a record's place: most files have no field to say it.

    What an earlier round of the file `told` of this record is no news: it does not undo, without a reason
    that somebody gives, what came after it.
    """
    if batch.reason is not None:
        return Correction(batch.reason)
    return None if told or not _assumed(read) else Correction(RESUBMITTED, assumed=True)


def _assumed(read: Read) -> bool:
    """Say whether a record is taken for a correction by itself; a document of 2025 never is."""
    if read.kind == "birth" and read.entries:
        return birth_paper(read.entries[0].resource) == "XML9"
    return read.kind in {"claim", DOSSIER, "check-in"}


def _stored(
    session: Session,
    read: Read,
    correction: Correction | None,
    *,
    twice: bool,
    receipts: Receipts,
    actor: Actor,
) -> _Row:
    """Store one record, or say why not; a refusal undoes this record alone."""
    if read.code is not None:
        return _Row(read, "refused", read.code)
    try:
        with session.begin_nested():
            stored = storing.store(
                session, read.entries, receipts=receipts, actor=actor, correction=correction
            )
    except PapersDiffer as differ:
        return _Row(_with(read, differ.problems), "refused", differ.code)
    except RecordConflict as conflict:
        return _Row(read, "refused", "record.twice-in-file" if twice else conflict.code)
    except (GatewayError, RecordsError) as error:
        if isinstance(error, PresenceRefused):
            presence.note_refusal(session, error, "create", read.entries[0].type, actor=actor)
        return _Row(read, "refused", error.code)
    except (DataError, IntegrityError, OperationalError, *OUR_FAULTS) as fault:
        if isinstance(fault, OperationalError) and not breaks_a_limit(fault):
            raise
        _log.error("record not stored", request_id=actor.request_id, kind=type(fault).__name__)
        return _Row(read, "refused", FAULT)
    own = stored[0]
    read = _with(read, own.second.warnings if own.second else ())
    if any(one.restored for one in stored):
        read = _with(read, [Problem(code=RESTORED, severity="warning", dossier=read.number)])
    known = "corrected" if any(one.corrected for one in stored) else "already-stored"
    taken = own.new or (own.second is not None and own.stored)
    return _Row(read, "stored" if taken else known, None, stored)


def _with(read: Read, problems: Sequence[Problem]) -> Read:
    """Return a record with what was found when it met what is stored, first: the last of many are cut."""
    if not problems:
        return read
    findings = bounded([*map(finding_of, problems), *read.findings])
    return replace(read, findings=findings, outcome="accepted-with-warnings")


def _accepted_earlier(
    session: Session, batches: Sequence[UUID], reads: Sequence[Read]
) -> set[tuple[str | None, str | None]]:
    """Return which of these records have a receipt in these batches, and were not refused."""
    if not batches:
        return set()
    named = [(read.kind, read.key) for read in reads if read.kind is not None and read.key is not None]
    query = select(BatchReceipt.kind, BatchReceipt.key).where(
        BatchReceipt.batch_id.in_(batches),
        BatchReceipt.kind.in_({kind for kind, _ in named}),  # or the index would be read for the batch alone
        BatchReceipt.key.in_({key for _, key in named}),
        BatchReceipt.result != "refused",
    )
    return {(kind, key) for kind, key in session.execute(query)}


def _values(batch: Batch, position: int, row: _Row) -> dict[str, Any]:
    findings = row.read.findings
    return {
        "batch_id": batch.id,
        "position": position,
        "facility": batch.facility,
        "number": row.read.number,
        "kind": row.read.kind,
        "key": row.read.key,
        "generation": row.read.generation,
        "outcome": row.read.outcome if row.outcomes else "refused",
        "result": row.result,
        "code": row.code,
        "location": row.location,
        "findings": pack(orjson.dumps(findings)) if findings else None,
    }


def _tell_source(
    session: Session, batch: Batch, rows: Sequence[_Row], *, receipts: Receipts, actor: Actor
) -> None:
    """Store one Provenance that ties what was stored just now to the file."""
    targets = [address for row in rows for address in row.written]
    if targets:
        source = batch_original.provenance(batch, targets, recorded=instant(actor.now))
        storing.store(session, [Entry(source, write(source))], receipts=receipts, actor=actor)


def _count(batch: Batch, rows: Sequence[_Row]) -> None:
    """Add a chunk's receipts to the counts of its batch, and the generations by which they were read."""
    results = [row.result for row in rows]
    batch.receipts += len(results)
    batch.stored += results.count("stored")
    batch.already_stored += results.count("already-stored")
    batch.corrected += results.count("corrected")
    batch.refused += results.count("refused")
    read_as = {row.read.generation for row in rows if row.read.generation is not None}
    if not read_as <= set(batch.read_as or ()):
        batch.read_as = sorted(read_as.union(batch.read_as or ()))
