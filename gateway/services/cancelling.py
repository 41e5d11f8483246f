"""Withdraw a record: a new version that says so; the older one is kept with the reason and the time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy.orm import Session

from bhyt.parsing import parse
from bhyt.r4 import dossier
from bhyt.r4.wire import write
from bhyt.records.content import RecordKind
from gateway.domain.extract import DOSSIER, MAX_KEY_CHARS, composition_of
from gateway.errors import AccessDenied, NotServed, RequestRefused
from gateway.services import versions
from gateway.services.access_log import Actor
from gateway.services.versions import Correction
from gateway.store import records, turns
from gateway.store.records import Key
from gateway.store.tables_records import Claim, Encounter

TYPES: dict[RecordKind, str] = {
    "claim": "Claim",
    "birth": "Bundle",
    "death": "Bundle",
    "check-in": "Encounter",
}
CANCELLED = "cancelled:"
"""Begins the content hash of a cancelled record, so that no content is taken for it."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What is to be withdrawn: a kind of record, its business key, and why."""

    kind: RecordKind
    key: str
    reason: Correction

    @property
    def type(self) -> str:
        """The type of the resource that the record is."""
        return TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Where a withdrawn record stands, and since when it is withdrawn."""

    location: str
    at: datetime


def read(asked: Mapping[str, Any]) -> Cancellation:
    """Return the cancellation that a JSON object asks for.

    Raises RequestRefused: a member is missing, of another kind or too long.
    """
    kind, key, reason = asked.get("kind"), asked.get("key"), asked.get("reason")
    for known in get_args(RecordKind):
        if kind == known and isinstance(key, str) and 0 < len(key) <= MAX_KEY_CHARS and key.isprintable():
            return Cancellation(known, key, Correction(reason if isinstance(reason, str) else ""))
    raise RequestRefused("request.cancellation", "a known kind and a key are needed")


def cancel(session: Session, asked: Cancellation, *, actor: Actor) -> Cancelled:
    """Withdraw a record of the actor's facility; one that is withdrawn already stays as it is.

    Raises AccessDenied: the actor is no facility's. NotServed: the facility has no such record.
    RecordConflict: it was decided, or its month is closed.
    """
    if actor.facility is None:
        raise AccessDenied("auth.facility-only", "only a facility cancels its records", authenticated=True)
    found = records.find_key(session, facility=actor.facility, kind=asked.kind, business_key=asked.key)
    if found is None:
        raise NotServed("record.unknown", "the facility has no record under this key")
    row = versions.held_row(session, found, asked.type, actor)
    visit = [row.visit_id] if isinstance(row, Claim | Encounter) else []
    turns.take_visits(session, visit, facility=actor.facility)
    while found.cancelled_at is None:
        versions.require_undecided(found)
        nothing = f"{CANCELLED}{found.content_hash}"
        if records.advance_key(session, found, content_hash=nothing, cancelled_at=actor.now):
            _withdraw(session, found, asked.type, asked.reason, actor)
            if asked.kind == "claim":
                withdraw_dossier(session, asked.key, asked.reason, actor=actor)
            return Cancelled(f"{asked.type}/{found.id}/_history/{found.version + 1}", actor.now)
        found = records.hold_key(session, found)  # a correction came in between: that is withdrawn
    return Cancelled(f"{asked.type}/{found.id}/_history/{found.version}", found.cancelled_at)


def withdraw_dossier(session: Session, visit_id: str, reason: Correction, *, actor: Actor) -> None:
    """Withdraw what a claim of the actor's facility had besides its lines, if it had anything.

    To be called where the claim is withdrawn, or comes again without it.
    """
    found = records.find_key(session, facility=actor.facility or "", kind=DOSSIER, business_key=visit_id)
    while found is not None and found.cancelled_at is None:
        nothing = f"{CANCELLED}{found.content_hash}"
        if records.advance_key(session, found, content_hash=nothing, cancelled_at=actor.now):
            _withdraw(session, found, "Bundle", reason, actor)
            return
        found = records.hold_key(session, found)


def _withdraw(session: Session, former: Key, type_: str, reason: Correction, actor: Actor) -> None:
    row = versions.held_row(session, former, type_, actor)
    resource = parse(records.body_of(row))
    status = "cancelled" if type_ == "Claim" else "entered-in-error"
    if former.kind == DOSSIER:
        resource = dossier.withdrawn(resource)
    else:
        (composition_of(resource) if type_ == "Bundle" else resource)["status"] = status
    versions.put(
        session,
        row,
        former,
        {"status": status},
        body=write(resource),
        links=row.links or {},
        reason=reason,
        actor=actor,
        action="cancel",
    )
