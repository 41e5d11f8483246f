"""How much one facility may leave at the batch door, so that there is room for the others."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.errors import RequestRefused, TooMany
from gateway.store.bodies import unpack
from gateway.store.tables_batches import Batch, BatchChunk

MAX_RECEIVING = 100
"""Files of one facility that are begun and not committed."""
MAX_WAITING = 100
"""Files of one facility that are committed and not worked off."""
BEGUN_AGAIN_SECONDS = 3600
WAITING_AGAIN_SECONDS = 60


def check_begun(session: Session, facility: str) -> None:
    """Check that no more files than one facility may begin are begun.

    Raises TooMany: there are more.
    """
    if _count(session, facility, ("receiving",)) > MAX_RECEIVING:
        detail = f"{MAX_RECEIVING} files are begun and not committed"
        raise TooMany("batch.too-many-begun", detail, retry_after=BEGUN_AGAIN_SECONDS)


def turn_of(session: Session, facility: str) -> int:
    """Return which of its facility's waiting files the next one is, from 1: the lower comes first.

    So a facility that commits many files delays its own, and the first file of another passes them.

    Raises TooMany: the facility has as many waiting as it may.
    """
    waiting = _count(session, facility, ("queued", "working"))
    if waiting >= MAX_WAITING:
        detail = f"{MAX_WAITING} files are committed and not worked off"
        raise TooMany("batch.too-many-waiting", detail, retry_after=WAITING_AGAIN_SECONDS)
    return waiting + 1


def check_announced_size(session: Session, batch: Batch) -> None:
    """Check that the chunks that came are no more bytes than the announced file has between its edges.

    Raises RequestRefused: they are.
    """
    kept = session.scalar(select(func.sum(BatchChunk.size)).where(BatchChunk.batch_id == batch.id)) or 0
    if len(unpack(batch.head)) + kept + len(unpack(batch.tail)) > batch.size:
        detail = f"the file was announced with {batch.size} bytes"
        raise RequestRefused("batch.more-than-announced", detail, status=413)


def _count(session: Session, facility: str, states: Sequence[str]) -> int:
    of_facility = select(func.count()).where(Batch.facility == facility, Batch.state.in_(states))
    return session.execute(of_facility).scalar_one()
