"""Work off a committed batch: is it the file that was announced, then chunk by chunk, then closed.

Each step may come again, after a crash or on another machine at the same time: the state in our own
tables says what is done. Every step acts as the batch's own client.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bhyt.national.signature import SignatureFound
from bhyt.national.signature_signers import Signers, judge
from bhyt.r4.wire import write
from gateway.services import batch_original, batch_whole, storing
from gateway.services.access_log import Actor
from gateway.services.batch_lines import read_lines
from gateway.services.batch_national import frame_of, read_national
from gateway.services.batch_reading import Part, Read
from gateway.services.batch_storing import store_some
from gateway.services.batch_whole import TOO_LARGE, Kept
from gateway.services.batches import NOT_THE_FILE, Job, refuse
from gateway.services.entries import Entry
from gateway.services.presence import Receipts
from gateway.store.bodies import unpack
from gateway.store.database import Caller, Database
from gateway.store.tables_batches import Batch, BatchChunk
from gateway.timespan import VIETNAM

NOBODY = Signers()
UNSIGNED = SignatureFound("none")
ENDED = frozenset({"done", "refused"})


@dataclass(frozen=True, slots=True)
class Workshop:
    """What it takes to work off batches."""

    database: Database
    receipts: Receipts
    now: Callable[[], datetime]
    signers: Signers = NOBODY
    training: bool = False

    def check_whole(self, job: Job) -> int:
        """Check that the parts are the file that was announced; return how many chunks are to be stored.

        None are of a file that is refused, which is then closed, or was before.
        """
        kept = batch_whole.find(self.database, job.batch, caller=_caller(job))
        if kept.state != "queued":
            return 0 if kept.state == "refused" else len(kept.sizes)
        whole = batch_whole.judge_whole(kept)
        signature = (
            self._judged(kept, whole.signature) if whole.is_the_file and kept.format == "xml" else None
        )
        with self.database.begin(_caller(job)) as session:
            batch = _held(session, job)
            if batch.state == "queued" and whole.is_the_file:
                batch.state, batch.signature = "working", signature
                self._describe(session, batch, job)
            elif batch.state == "queued":
                refuse(session, batch, NOT_THE_FILE, now=self.now())
            return 0 if batch.state == "refused" else batch.chunks

    def store_chunk(self, job: Job, number: int) -> None:
        """Store the records of a chunk and give their receipts, unless that was done before."""
        part = self._part(job, number)
        if part is None:
            return
        reads = _read(part)  # before the transactions: it takes longer than to store what was read
        done = False
        while not done:
            with self.database.begin_in_turn(_caller(job)) as session:
                actor = self._actor(job, f"batch-{job.batch}-{number}")
                done = store_some(session, job.batch, number, reads, receipts=self.receipts, actor=actor)

    def close(self, job: Job) -> None:
        """Say that every record has its receipt."""
        with self.database.begin(_caller(job)) as session:
            batch = _held(session, job)
            if batch.state not in ENDED:
                batch.state, batch.closed_at = "done", self.now()

    def _judged(self, kept: Kept, found: SignatureFound) -> dict[str, str | None]:
        """Return what the file's signature is worth, with the code of its finding."""
        frame = frame_of(kept.head, kept.tail, facility=kept.facility)
        on = frame.made_on or kept.created_at.astimezone(VIETNAM).date()
        if found is TOO_LARGE and not frame.signed:
            found = UNSIGNED
        judged = judge(found, facility=kept.facility, signers=self.signers, on=on)
        return {**judged.to_json(), "code": judged.code}

    def _describe(self, session: Session, batch: Batch, job: Job) -> None:
        described = batch_original.document_reference(batch)
        entry = Entry(described, write(described))
        actor = self._actor(job, f"batch-{job.batch}")
        (stored,) = storing.store(session, [entry], receipts=self.receipts, actor=actor)
        batch.reference_id = stored.id

    def _part(self, job: Job, number: int) -> Part | None:
        """Return a chunk to read, None if it is done."""
        with self.database.read(_caller(job)) as session:
            batch = session.scalars(select(Batch).where(Batch.id == job.batch)).one()
            chunks = select(BatchChunk).where(BatchChunk.batch_id == job.batch)
            chunk = session.scalars(chunks.where(BatchChunk.number == number)).one()
            if chunk.done_at is not None:
                return None
            before = select(func.coalesce(func.sum(BatchChunk.records), 0)).where(
                BatchChunk.batch_id == job.batch, BatchChunk.number < number
            )
            return Part(
                format=batch.format,
                facility=batch.facility,
                head=unpack(batch.head),
                tail=unpack(batch.tail),
                generation=batch.generation,
                first=session.execute(before).scalar_one() + 1,
                records=chunk.records,
                data=unpack(chunk.body),
                received=batch.created_at.astimezone(VIETNAM).date(),
            )

    def _actor(self, job: Job, request_id: str) -> Actor:
        return Actor(job.client_id, job.facility, request_id, self.now(), self.training)


def _read(part: Part) -> list[Read]:
    return read_national(part) if part.format == "xml" else read_lines(part)


def _held(session: Session, job: Job) -> Batch:
    return session.scalars(select(Batch).where(Batch.id == job.batch).with_for_update()).one()


def _caller(job: Job) -> Caller:
    return Caller("facility", job.client_id, job.facility)
