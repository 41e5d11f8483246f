"""The batch door: a hospital's file arrives in chunks, each kept once, and is committed (ADR 11).

The database decides what is new: a file by its fingerprint, a chunk by its number. A sending that is
repeated, after whatever happened to the first, finds what stands and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self, TypeAlias
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.errors import BatchConflict, NotServed, RequestRefused
from gateway.services.access_log import Actor, note
from gateway.services.batch_announced import Announced, Chunk
from gateway.services.batch_limits import check_announced_size, check_begun, turn_of
from gateway.services.batch_rounds import is_over, next_fingerprint
from gateway.store.bodies import pack, unpack
from gateway.store.metadata import new_id
from gateway.store.tables_batches import Batch, BatchChunk
from gateway.store.upsert import insert_if_absent

NOT_THE_FILE = "batch.not-the-file"
GIVEN_UP = timedelta(days=14)
"""When a file that was begun and not committed is given up."""

Enqueue: TypeAlias = Callable[[Session, str, dict[str, Any], int], None]
"""Puts a job into the durable queue, once for each id, in the transaction of the session it is given.

Of the jobs that wait the one with the lowest number comes first, and of these the oldest.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A committed batch to work off, and on whose behalf."""

    batch: UUID
    facility: str
    client_id: str

    def to_json(self) -> dict[str, Any]:
        """Return it as it waits in the queue."""
        return {"batch": str(self.batch), "facility": self.facility, "client_id": self.client_id}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Return what `to_json` made."""
        return cls(UUID(said["batch"]), said["facility"], said["client_id"])


def create(session: Session, announced: Announced, *, actor: Actor) -> tuple[Batch, bool]:
    """Return the batch of a file and whether it is new; the same file finds the one that answers it.

    A file whose receipts do not all hold any more begins its next round (batch_rounds.py). A batch that
    is still being received takes the newest cut of its file: a chunk of another cut goes.

    What is announced was checked before (`check_announced`). Raises TooMany: too many files of the
    facility are begun.
    """
    _give_up_old(session, actor)
    row = _row(announced, actor)
    while not insert_if_absent(session, Batch, row):
        batch = _known(session, row["fingerprint"], actor)
        if batch is not None and is_over(session, batch):
            row["fingerprint"] = next_fingerprint(batch.fingerprint, batch.id)
        elif batch is not None and batch.state == "receiving" and batch.size != announced.size:
            refuse(session, batch, NOT_THE_FILE, now=actor.now)  # one hash has one size: it was another file
            session.flush()
        elif batch is not None:
            _take_cut(session, batch, announced)
            note(session, actor, "create", f"Batch/{batch.id}", outcome="known")
            return batch, False
    check_begun(session, actor.facility or "")
    note(session, actor, "create", f"Batch/{row['id']}", outcome="new")
    return _held(session, row["id"], actor), True


def put_chunk(session: Session, batch_id: UUID, number: int, chunk: Chunk, *, actor: Actor) -> bool:
    """Keep a chunk and return whether it is new; the same again changes nothing.

    Raises NotServed: no such batch of the facility. RequestRefused: the file has no chunk of this
    number, or is not that long. BatchConflict: the number came with other bytes, or the batch is committed.
    """
    batch = _held(session, batch_id, actor, shared=True)
    if not 0 < number <= batch.chunks:
        raise RequestRefused("batch.chunk-number", f"the chunks are numbered 1 to {batch.chunks}")
    row = {
        "batch_id": batch.id,
        "number": number,
        "facility": batch.facility,
        "sha256": chunk.sha256,
        "size": chunk.size,
        "records": chunk.records,
        "body": chunk.packed,
        "received_at": actor.now,
    }
    new = batch.state == "receiving" and insert_if_absent(session, BatchChunk, row)
    if new:
        check_announced_size(session, batch)
    else:
        _compare(session, batch, row)
    return new


def commit(session: Session, batch_id: UUID, *, actor: Actor, enqueue: Enqueue) -> Batch:
    """Queue a batch whose chunks have all come, and return it; a second commit changes nothing.

    Raises NotServed: no such batch of the facility. BatchConflict: chunks are missing. TooMany: the
    facility has too many files waiting.
    """
    batch = _held(session, batch_id, actor)
    if batch.state != "receiving":
        return batch
    if missing := missing_chunks(session, batch):
        raise BatchConflict("batch.incomplete", "chunks are missing", facts={"missing": missing})
    turn = turn_of(session, batch.facility)
    batch.state, batch.committed_at, batch.client_id = "queued", actor.now, actor.client_id
    session.flush()
    enqueue(session, str(batch.id), Job(batch.id, batch.facility, actor.client_id).to_json(), turn)
    note(session, actor, "commit", f"Batch/{batch.id}", outcome="new")
    return batch


def refuse(session: Session, batch: Batch, code: str, *, now: datetime) -> None:
    """Close a batch without a receipt; its parts and edges, which are no file, are dropped."""
    batch.state, batch.code, batch.closed_at = "refused", code, now
    batch.head = batch.tail = pack(b"")
    session.execute(delete(BatchChunk).where(BatchChunk.batch_id == batch.id))


def missing_chunks(session: Session, batch: Batch) -> list[list[int]]:
    """Return the numbers that have not come, as ranges [from, to]."""
    numbers = select(BatchChunk.number).where(BatchChunk.batch_id == batch.id).order_by(BatchChunk.number)
    missing: list[list[int]] = []
    expected = 1
    for number in [*session.scalars(numbers), batch.chunks + 1]:
        if number > expected:
            missing.append([expected, number - 1])
        expected = number + 1
    return missing


def _row(announced: Announced, actor: Actor) -> dict[str, Any]:
    return {
        "id": new_id(actor.now),
        "facility": actor.facility,
        "client_id": actor.client_id,
        "fingerprint": announced.fingerprint,
        "sha256": announced.sha256,
        "size": announced.size,
        "format": announced.format,
        "file_name": announced.file_name,
        "head": pack(announced.head),
        "tail": pack(announced.tail),
        "chunks": announced.chunks,
        "records": announced.records,
        "generation": announced.generation,
        "reason": announced.reason,
        "state": "receiving",
        "created_at": actor.now,
        **dict.fromkeys(("receipts", "stored", "already_stored", "corrected", "refused"), 0),
    }


def _known(session: Session, fingerprint: str, actor: Actor) -> Batch | None:
    """Return the batch of this round of a sending; none if it was refused a moment ago."""
    query = select(Batch).where(
        Batch.facility == actor.facility,
        Batch.fingerprint == fingerprint,
        Batch.state != "refused",
    )
    return session.scalars(query.with_for_update()).one_or_none()


def _take_cut(session: Session, batch: Batch, announced: Announced) -> None:
    """Let a batch that is still received be cut as announced now; chunks of another cut are dropped."""
    stands = (unpack(batch.head), unpack(batch.tail), batch.chunks, batch.records)
    if batch.state == "receiving" and stands != (
        announced.head,
        announced.tail,
        announced.chunks,
        announced.records,
    ):
        session.execute(delete(BatchChunk).where(BatchChunk.batch_id == batch.id))
        batch.head, batch.tail = pack(announced.head), pack(announced.tail)
        batch.chunks, batch.records = announced.chunks, announced.records


def _give_up_old(session: Session, actor: Actor) -> None:
    """Close the facility's files that were begun long ago and never finished; their parts go."""
    old = (
        Batch.facility == actor.facility,
        Batch.state == "receiving",
        Batch.created_at < actor.now - GIVEN_UP,
    )
    for batch in session.scalars(select(Batch).where(*old).with_for_update()):
        refuse(session, batch, "batch.given-up", now=actor.now)
    session.flush()


def _held(session: Session, batch_id: UUID, actor: Actor, *, shared: bool = False) -> Batch:
    """Return the facility's batch, held until the transaction ends; `shared` lets others hold it too.

    Raises NotServed: it has none of this id.
    """
    query = select(Batch).where(Batch.id == batch_id, Batch.facility == actor.facility)
    batch = session.scalars(query.with_for_update(read=shared)).one_or_none()
    if batch is None:
        raise NotServed("request.not-found", "no batch with this id")
    return batch


def _compare(session: Session, batch: Batch, row: dict[str, Any]) -> None:
    """Check that a chunk came before with the same bytes.

    Raises BatchConflict: it did not.
    """
    query = select(BatchChunk.sha256, BatchChunk.records).where(
        BatchChunk.batch_id == batch.id, BatchChunk.number == row["number"]
    )
    first = session.execute(query).one_or_none()
    if first is None:
        raise BatchConflict("batch.committed", "the batch is committed and takes no chunk")
    if tuple(first) != (row["sha256"], row["records"]):
        raise BatchConflict("batch.chunk-differs", "the chunk came before with other bytes")
