"""Which table holds which resource type, and how a row is written and found by its id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gateway.store.bodies import pack, unpack
from gateway.store.database import Caller
from gateway.store.metadata import month_of
from gateway.store.tables_records import Claim, Document, Encounter, RecordKey, Resource
from gateway.store.upsert import insert_if_absent

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


@dataclass(frozen=True, slots=True)
class Key:
    """A record's place in `record_key`."""

    id: UUID
    version: int
    content_hash: str


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
    if insert_if_absent(session, RecordKey, row):
        return Key(new_id, 1, content_hash), True
    first = session.execute(
        select(RecordKey.id, RecordKey.version, RecordKey.content_hash).filter_by(**values)
    ).one()
    return Key(first.id, first.version, first.content_hash), False


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
    session.execute(insert(table).values(row))


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
    found: StoredRow | None = session.execute(query).scalar_one_or_none()
    return found


def body_of(row: StoredRow) -> bytes:
    """Return a resource's JSON as it was received."""
    return unpack(row.body)


def moment_of(key: UUID) -> datetime:
    """Return the moment inside a UUIDv7: when the record was first received."""
    return datetime.fromtimestamp((key.int >> 80) / 1000, UTC)
