"""A new version in the place of an older one, which is kept: what corrections and cancellations share.

The key decides first, by compare and set: whoever made the next version of it holds the record
until its transaction ends.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from bhyt.parsing import parse
from gateway.domain.extract import extract
from gateway.errors import RecordConflict, RequestRefused
from gateway.services import months, visit_presence, visits
from gateway.services.access_log import Actor, note
from gateway.store import records, turns
from gateway.store.database import Caller
from gateway.store.records import Key, StoredRow
from gateway.store.tables_records import Claim, Encounter, Stored
from gateway.store.tables_versions import RecordVersion

MAX_REASON_CHARS = 200
_WORD = re.compile(r"[a-z][a-z-]{0,39}")


@dataclass(frozen=True, slots=True)
class Correction:
    """That a record may take the place of what is stored under its key, and why.

    An `assumed` one is nobody's word: it corrects what stands, and brings nothing back that was cancelled.

    Raises RequestRefused: the reason is empty, too long or not printable.
    """

    reason: str
    assumed: bool = False

    def __post_init__(self) -> None:
        reason = self.reason
        if not (0 < len(reason) <= MAX_REASON_CHARS and reason.isprintable() and reason.strip() == reason):
            raise RequestRefused("request.reason", f"a reason has 1 to {MAX_REASON_CHARS} characters")

    @property
    def code(self) -> str:
        """The reason for the access log; what is no single word, as `resubmitted`, may tell of a person."""
        return self.reason if _WORD.fullmatch(self.reason) else "stated"


def require_undecided(key: Key) -> None:
    """Check that nobody has decided over the record.

    Raises RecordConflict: it was decided.
    """
    if key.decided:
        raise RecordConflict("record.decided", "the record was decided and cannot be changed")


def held_row(session: Session, key: Key, resource_type: str, actor: Actor) -> StoredRow:
    """Return the row of a record whose key the caller holds."""
    caller = Caller("facility", actor.client_id, actor.facility)
    row = records.find_row(session, resource_type, key.id, caller)
    if row is None:
        raise LookupError("a key without its record")
    return row


def put(
    session: Session,
    row: StoredRow,
    former: Key,
    values: Mapping[str, Any],
    *,
    body: bytes,
    links: dict[str, str],
    reason: Correction,
    actor: Actor,
    action: str,
) -> None:
    """Put a new version of a record in the place of the one in `row`, and set right what rests on it.

    `former` is the key as it was. The persons of both versions are told of in the access log.

    Raises RecordConflict: it is, or was, a claim of a closed month.
    """
    if isinstance(row, Claim):
        said = [extract(parse(one)).settlement_month for one in (records.body_of(row), body)]
        months.require_open(session, former.facility, *said)
    people, concerned = {_person(row)}, {_visit(row)}
    if values.get("visit_id", _visit(row)) != _visit(row):
        turns.take_visits(session, [_visit(row) or ""], facility=former.facility)
    version = former.version + 1
    ours = {"version": version, "received_at": actor.now, "client_id": actor.client_id}
    kept = {"content_hash": former.content_hash, "reason": reason.reason}
    records.replace_row(session, row, {**values, **ours}, body=body, links=links, kept=kept)
    for visit_id in sorted({visit for visit in concerned | {_visit(row)} if visit}):
        visit_presence.settle(session, visit_id, actor)
        visits.renew(session, visit_id, actor)
    what = f"{records.type_of(row)}/{row.id}"
    for person in sorted(people | {_person(row)}, key=str):
        note(session, actor, action, what, person=person, outcome=f"version {version} {reason.code}")


def older(session: Session, key: UUID, *, before: int, limit: int) -> Sequence[RecordVersion]:
    """Return the replaced versions of a record below a version, newest first; who may see it was asked."""
    query = select(RecordVersion).where(RecordVersion.id == key, RecordVersion.version < before)
    return session.scalars(query.order_by(RecordVersion.version.desc()).limit(limit)).all()


def reasons(session: Session, rows: Iterable[object]) -> Mapping[tuple[UUID, int], str]:
    """Return why each of the rows that replaced an older version did so, by id and version."""
    older = [(row.id, row.version - 1) for row in rows if isinstance(row, Stored) and row.version > 1]
    if not older:
        return {}
    query = select(RecordVersion.id, RecordVersion.version, RecordVersion.reason).where(
        tuple_(RecordVersion.id, RecordVersion.version).in_(older)
    )
    return {(row.id, row.version + 1): row.reason for row in session.execute(query)}


def reason_of(session: Session, key: UUID, version: int) -> str | None:
    """Return why a version replaced the one before; None of the first."""
    before = RecordVersion.id == key, RecordVersion.version == version - 1
    return session.scalars(select(RecordVersion.reason).where(*before)).one_or_none() if version > 1 else None


def _person(row: StoredRow) -> str | None:
    return row.national_id or row.insurance_number


def _visit(row: StoredRow) -> str | None:
    return row.visit_id if isinstance(row, Claim | Encounter) else None
