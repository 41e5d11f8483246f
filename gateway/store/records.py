"""Which table holds which resource type, and how a row is written and found by its id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.store import upsert
from gateway.store.bodies import pack, unpack
from gateway.store.database import Caller
from gateway.store.metadata import month_of
from gateway.store.tables_records import Claim, Document, Encounter, RecordKey, Resource, Stored
from gateway.store.tables_versions import RecordVersion

StoredRow = Claim | Encounter | Document | Resource
TABLES: dict[str, type[StoredRow]] = {
    "Bundle": Document,
    "Claim": Claim,
    "Coverage": Resource,
    "DocumentReference": Resource,
    "Encounter": Encounter,
    "Patient": Resource,
    "Provenance": Resource,
}
_KEPT = (
    "id",
    "version",
    "facility",
    "received_at",
    "client_id",
    "body",
    "links",
    "national_id",
    "insurance_number",
)


@dataclass(frozen=True, slots=True)
class Key:
    """A record's place in `record_key`, and what its newest version is."""

    facility: str
    kind: str
    business_key: str
    id: UUID
    version: int
    content_hash: str
    decided: bool = False
    cancelled_at: datetime | None = None


def take_key(
    session: Session, *, facility: str, kind: str, business_key: str, content_hash: str, new_id: UUID
) -> tuple[Key, bool]:
    """Return the key's holder and whether `new_id` became it just now; the database alone decides."""
    values = {"facility": facility, "kind": kind, "business_key": business_key}
    row = values | {
        "received_month": month_of(new_id),
        "id": new_id,
        "version": 1,
        "content_hash": content_hash,
    }
    if upsert.insert_if_absent(session, RecordKey, row):
        return Key(facility, kind, business_key, new_id, 1, content_hash), True
    holder = find_key(session, facility=facility, kind=kind, business_key=business_key)
    if holder is None:
        raise LookupError("a key that is taken has no holder")
    return holder, False


def find_key(
    session: Session, *, facility: str, kind: str, business_key: str, hold: bool = False
) -> Key | None:
    """Return the holder of a key as it is now; `hold` keeps others from changing it until the end."""
    query = select(RecordKey).filter_by(facility=facility, kind=kind, business_key=business_key)
    if hold:
        query = query.with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return None
    decided = row.decided_at is not None
    return Key(facility, kind, business_key, row.id, row.version, row.content_hash, decided, row.cancelled_at)


def hold_key(session: Session, key: Key) -> Key:
    """Return the key's holder as it is now, and keep others from changing it until the end."""
    held = find_key(session, facility=key.facility, kind=key.kind, business_key=key.business_key, hold=True)
    if held is None:
        raise LookupError("a key is never given back")
    return held


def received_at(session: Session, resource_type: str, key: Key) -> datetime:
    """Return when a record's newest version was received; the moment of the first is in its id."""
    if key.version == 1:
        return moment_of(key.id)
    table: Any = TABLES[resource_type]
    query = select(table.received_at).where(table.id == key.id, table.facility == key.facility)
    if table is Claim:
        query = query.where(Claim.received_month == month_of(key.id))
    received: datetime = session.scalars(query).one()
    return received


def advance_key(
    session: Session, key: Key, *, content_hash: str, cancelled_at: datetime | None = None
) -> bool:
    """Make the next version the newest, if `key` still says which one was; return whether it did.

    A record that was decided meanwhile stays as it is.
    """
    known = update(RecordKey).where(
        RecordKey.facility == key.facility,
        RecordKey.kind == key.kind,
        RecordKey.business_key == key.business_key,
        RecordKey.version == key.version,
        RecordKey.content_hash == key.content_hash,
        RecordKey.decided_at.is_(None),
    )
    values = {"version": key.version + 1, "content_hash": content_hash, "cancelled_at": cancelled_at}
    return upsert.change_one(session, known.values(values))


def insert_row(
    session: Session, resource_type: str, values: Mapping[str, Any], *, body: bytes, links: dict[str, str]
) -> None:
    """Write a resource's row; `values` are the columns of its table."""
    table = TABLES[resource_type]
    row = dict(values) | {"body": pack(body), "links": links or None}
    if table is Claim:
        row["received_month"] = month_of(row["id"])
    if table is Resource:
        row["type"] = resource_type
    upsert.insert_row(session, table, row)


def replace_row(
    session: Session,
    row: StoredRow,
    values: Mapping[str, Any],
    *,
    body: bytes,
    links: dict[str, str],
    kept: Mapping[str, str],
) -> None:
    """Keep the version in `row` with its content hash and why it is replaced, and write the next one there.

    These two are `kept`; `values` are the columns that change. The id stays, and a claim's partition.
    """
    older = {column: getattr(row, column) for column in _KEPT}
    more = {"type": type_of(row), "presence_id": getattr(row, "presence_id", None)}
    upsert.insert_row(session, RecordVersion, {**older, **more, **kept})
    for column, value in {**values, "body": pack(body), "links": links or None}.items():
        setattr(row, column, value)
    session.flush()


def type_of(row: StoredRow) -> str:
    """Return the type of the resource in a row."""
    if isinstance(row, Resource):
        return row.type
    return next(name for name, table in TABLES.items() if type(row) is table)


def find_row(session: Session, resource_type: str, key: UUID, caller: Caller) -> StoredRow | None:
    """Return the row of a resource, if the caller may see it."""
    table: Any = TABLES[resource_type]
    query = select(table).where(table.id == key)
    if table is Claim:
        if key.version != 7:
            return None
        query = query.where(Claim.received_month == month_of(key))
    if table is Resource:
        query = query.where(Resource.type == resource_type)
    if caller.role != "insurer":
        query = query.where(table.facility == caller.facility)
    query = query.execution_options(populate_existing=True)
    found: StoredRow | None = session.execute(query).scalar_one_or_none()
    return found


def body_of(row: Stored) -> bytes:
    """Return a resource's JSON as it was received."""
    return unpack(row.body)


def moment_of(key: UUID) -> datetime:
    """Return the moment inside a UUIDv7: when the record was first received."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)
