"""What goes on to the national portal: a record of a facility that forwards is queued where it is stored.

The row is written in the record's own transaction, so that nothing is stored and forgotten, or queued
and not stored. Which records go, and which do not, is told in docs/portal.md.
"""

from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bhyt.errors import FileRefused
from bhyt.national.layouts import FileKind
from bhyt.national.outline import outline_part
from bhyt.records.content import RecordKind
from gateway.services.access_log import Actor
from gateway.store.bodies import unpack
from gateway.store.metadata import new_id
from gateway.store.tables_batches import Batch
from gateway.store.tables_portal import PortalSending
from gateway.store.tables_records import Original
from gateway.store.tables_register import Facility
from gateway.store.upsert import insert_if_absent

EMERGENCY = "2"
"""MA_DOITUONG_KCB of a check-in that the portal does not want (vss_api 3)."""
OWN_KIND: dict[FileKind, RecordKind] = {
    "claims": "claim",
    "check-ins": "check-in",
    "deaths": "death",
    "births": "birth",
}
"""Which records of a file are messages; the births and check-ins in a dossier go with its claim."""


@dataclass(frozen=True, slots=True)
class Place:
    """The file that a record came in: an original, or the batch in which it is element `number`."""

    original: UUID | None = None
    batch: UUID | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record, as it was stored just now; `category` is its MA_DOITUONG_KCB."""

    kind: str
    business_key: str
    version: int
    resource_type: str
    id: UUID
    category: str | None


def queue(session: Session, stored: Version, place: Place, *, actor: Actor) -> None:
    """Queue a version for the portal, if its facility forwards and the portal wants such a record.

    An older version that still waits will not be sent. To be called where the version is stored.
    """
    facility = actor.facility or ""
    if not _forwards(session, facility) or not _is_wanted(session, stored, place):
        return
    key = {"facility": facility, "kind": stored.kind, "business_key": stored.business_key}
    row = key | {
        "id": new_id(actor.now),
        "version": stored.version,
        "record_type": stored.resource_type,
        "record_id": stored.id,
        "original_id": place.original,
        "batch_id": place.batch,
        "number": place.number,
        "state": "waiting",
        "attempts": 0,
        "due_at": actor.now,
    }
    insert_if_absent(session, PortalSending, row)
    older = update(PortalSending).filter_by(**key, state="waiting")
    session.execute(
        older.where(PortalSending.version < stored.version).values(state="superseded", ended_at=actor.now)
    )


def kind_sent(session: Session, batch: Batch) -> RecordKind | None:
    """Return which records of a batch are messages to the portal, None if its facility forwards none."""
    if batch.format != "xml" or not _forwards(session, batch.facility):
        return None
    return _own_kind(unpack(batch.head) + unpack(batch.tail))


def _forwards(session: Session, facility: str) -> bool:
    row = session.get(Facility, facility)
    return row is not None and row.forwards


def _is_wanted(session: Session, stored: Version, place: Place) -> bool:
    if stored.kind == "check-in" and stored.category == EMERGENCY:
        return False
    if place.original is None:
        return True  # `kind_sent` was asked of the batch
    body = session.scalars(select(Original.body).where(Original.id == place.original)).one()
    return _own_kind(unpack(body)) == stored.kind


def _own_kind(file: bytes) -> RecordKind | None:
    try:
        return OWN_KIND[outline_part(BytesIO(file)).kind]
    except FileRefused:
        return None
