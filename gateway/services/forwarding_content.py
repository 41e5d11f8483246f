"""The bytes that go to the national portal: the hospital's own file, or the one record cut out of it.

The portal takes one HOSO a call. A file that holds a single record goes as it came, with its signature.
Out of a file with several a file of one is made, whose record stands in it to the letter; the signature
was over the whole file and does not hold for a part, so that such a file is unsigned and said to be.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from bhyt.errors import RecordsError
from bhyt.national import open_file
from bhyt.national.envelopes import envelope_of
from bhyt.national.outline import Outline, outline_part
from bhyt.national.parting import part_of
from gateway.errors import NotServed
from gateway.services.forwarding import Place
from gateway.store.bodies import unpack
from gateway.store.tables_batches import Batch, BatchChunk
from gateway.store.tables_portal import SentAs
from gateway.store.tables_records import Original
from gateway.timespan import VIETNAM


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent of a record."""

    data: bytes = field(repr=False)
    sent_as: SentAs

    @property
    def sha256(self) -> str:
        """The digest of what is sent, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def read_content(session: Session, place: Place, *, facility: str, kind: str, business_key: str) -> Content:
    """Return what is sent of the record of this kind and key that lies in `place`.

    Raises NotServed: the file is not there any more, or does not hold the record.
    """
    try:
        if place.original is not None:
            return _of_original(session, place, facility, kind, business_key)
        return _of_batch(session, place, facility)
    except RecordsError as error:
        raise NotServed("portal.no-content", "the file cannot be read again") from error


def _of_original(session: Session, place: Place, facility: str, kind: str, business_key: str) -> Content:
    row = session.scalars(select(Original).where(Original.id == place.original)).one_or_none()
    if row is None:
        raise _gone()
    data = unpack(row.body)
    file = open_file(BytesIO(data))
    if len(file.outline.pieces) == 1:
        return Content(data, "original")
    for read in file.records():
        if (read.kind, read.key) == (kind, business_key):
            made_on = row.received_at.astimezone(VIETNAM).date()
            return _part(data, file.outline, read.number - 1, facility=facility, made_on=made_on)
    raise _gone()


def _of_batch(session: Session, place: Place, facility: str) -> Content:
    batch = session.get(Batch, place.batch)
    if batch is None or place.number is None:
        raise _gone()
    chunk, position = _chunk_of(session, batch, place.number)
    data = unpack(batch.head) + unpack(chunk) + unpack(batch.tail)
    if batch.records == 1:
        return Content(data, "original")
    made_on = batch.created_at.astimezone(VIETNAM).date()
    return _part(data, outline_part(BytesIO(data)), position, facility=facility, made_on=made_on)


def _chunk_of(session: Session, batch: Batch, number: int) -> tuple[bytes, int]:
    """Return the chunk that holds an element, as it is kept, and the element's position in it, from 0."""
    counts = select(BatchChunk.number, BatchChunk.records).where(BatchChunk.batch_id == batch.id)
    before = 0
    for chunk, records in session.execute(counts.order_by(BatchChunk.number)):
        if number <= before + records:
            body = select(BatchChunk.body).filter_by(batch_id=batch.id, number=chunk)
            return session.scalars(body).one(), number - before - 1
        before += records
    raise _gone()


def _part(data: bytes, found: Outline, position: int, *, facility: str, made_on: date) -> Content:
    """Return a file of one record; it was made when its file was, `made_on` if that does not say."""
    start, end = found.pieces[position]
    around = envelope_of(BytesIO(data), found)
    made = part_of(data[start:end], found, around, number=position + 1, facility=facility, made_on=made_on)
    return Content(made, "unsigned-part")


def _gone() -> NotServed:
    return NotServed("portal.no-content", "the file does not hold the record any more")
