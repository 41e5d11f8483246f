"""Store resources: whose they are, whether they are new, and all of them or none.

The caller owns the transaction: any refusal here undoes everything of a `transaction`
Bundle, and everything of one entry of a `batch`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bhyt.validation import problems
from gateway.domain import extract as reading
from gateway.domain.extract import Extracted
from gateway.errors import AccessDenied, Issue, RecordConflict, RecordRefused
from gateway.numbers import Numbers, joined, numbers
from gateway.services import originals, persons, visit_presence
from gateway.services.access_log import Actor, note
from gateway.services.content import content_hash
from gateway.services.presence import Receipts
from gateway.store import records
from gateway.store.metadata import new_id
from gateway.store.tables_records import Visit
from gateway.store.upsert import insert_or_update

MAX_KEY_CHARS = 300
STORABLE = frozenset({*records.TABLES, "Binary"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource to store, parsed and as received; `full_url` is its urn:uuid in a transaction.

    `content_hash` is that of the record in the original which travels with it, where there is one.
    """

    resource: dict[str, Any]
    body: bytes
    full_url: str | None = None
    content_hash: str | None = None

    @property
    def type(self) -> str:
        """The resource's type."""
        return str(self.resource.get("resourceType"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a resource is; `new` is False where the same had been stored before."""

    type: str
    id: UUID
    new: bool
    version: int = 1

    @property
    def received_at(self) -> datetime:
        """When it was first received."""
        return records.moment_of(self.id)


@dataclass(slots=True)
class _Plan:
    """An entry between its key and its row."""

    entry: Entry
    outcome: Outcome
    known: Extracted = field(default_factory=lambda: Extracted("", None, None))


def validate(resource: dict[str, Any]) -> None:
    """Check a resource against R4 and its rules.

    Raises RecordRefused: with each problem and its place.
    """
    found = problems(resource)
    if found:
        issues = tuple(Issue(problem.code, problem.expression, problem.diagnostics) for problem in found)
        raise RecordRefused(issues[0].code, "not a valid R4 resource", issues=issues)


def store(session: Session, entries: Sequence[Entry], *, receipts: Receipts, actor: Actor) -> list[Outcome]:
    """Store the entries for the actor's facility and return where each is, in their order.

    Raises AccessDenied: a record is in another facility's name. RecordRefused: an element is missing,
    or the key has other content. PresenceRefused: a check-in's receipt is no good.
    """
    if actor.facility is None:
        raise AccessDenied("auth.facility-only", "only a facility stores records", authenticated=True)
    patients = {
        entry.full_url: numbers(entry.resource.get("identifier"))
        for entry in entries
        if entry.type == "Patient" and entry.full_url
    }
    plans = [
        _planned(session, entry, patients, actor.facility, actor, fhir_url=receipts.fhir_url)
        for entry in entries
    ]
    addresses = {
        plan.entry.full_url: f"{plan.outcome.type}/{plan.outcome.id}" for plan in plans if plan.entry.full_url
    }
    visits = (plan.known.visit_id for plan in plans if plan.known.visit_id)
    visit_presence.one_at_a_time(session, visits, facility=actor.facility)
    for plan in plans:
        if plan.outcome.new and plan.entry.type != "Binary":
            _write(session, plan, addresses, receipts=receipts, actor=actor)
        elif plan.entry.type == "Encounter":
            visit_presence.strengthen(
                session, plan.outcome.id, plan.entry.resource, plan.known, receipts=receipts, actor=actor
            )
        person = plan.known.person.national_id or plan.known.person.insurance_number
        what = f"{plan.outcome.type}/{plan.outcome.id}"
        note(session, actor, "create", what, person=person, outcome="new" if plan.outcome.new else "known")
    return [plan.outcome for plan in plans]


def _planned(
    session: Session,
    entry: Entry,
    patients: dict[str, Numbers],
    facility: str,
    actor: Actor,
    *,
    fhir_url: str,
) -> _Plan:
    if entry.type == "Binary":
        key, new = originals.store(session, entry.resource, facility=facility, actor=actor)
        return _Plan(entry, Outcome("Binary", key, new))
    known = _extracted(session, entry, patients, facility, root=f"{fhir_url}/")
    fingerprint = entry.content_hash or content_hash(entry.resource)
    key = new_id(actor.now)
    business_key = known.business_key or f"sha256:{hashlib.sha256(entry.body).hexdigest()}"
    taken, new = records.take_key(
        session,
        facility=facility,
        kind=known.kind,
        business_key=business_key,
        content_hash=fingerprint,
        new_id=key,
    )
    if taken.content_hash != fingerprint:
        raise RecordConflict("record.conflict", f"{entry.type} is stored under this key with other content")
    return _Plan(entry, Outcome(entry.type, taken.id, new, taken.version), known)


def _extracted(
    session: Session, entry: Entry, patients: dict[str, Numbers], facility: str, *, root: str
) -> Extracted:
    """Return what to file the entry under; `root` begins the addresses of our own resources.

    Raises AccessDenied: another facility's. RecordRefused: an element is missing or too long, or the
    Patient it refers to is unknown or another person than its identifiers name.
    """
    try:
        known = reading.extract(entry.resource)
    except ValueError as error:
        issue = Issue("record.element-missing", str(error), "the element is missing or unusable")
        raise RecordRefused("record.element-missing", str(error), issues=(issue,)) from error
    if any(len(text) > MAX_KEY_CHARS for text in _texts(known)):
        raise RecordRefused("record.too-long", "an identifier or code is too long")
    if known.facility not in {None, facility}:
        raise AccessDenied("auth.other-facility", "the record is another facility's", authenticated=True)
    reference = known.person.reference
    if reference is None:
        return known
    reference = reference.removeprefix(root)
    person = replace(known.person, reference=reference)
    if reference in patients:
        return replace(known, person=joined(replace(person, reference=None), patients[reference]))
    if reference.startswith("Patient/"):
        found = persons.numbers_of(session, reference, facility=facility)
        if found is None:
            raise RecordRefused("record.reference-unknown", "the record refers to an unknown Patient")
        return replace(known, person=joined(person, found))
    return known


def _texts(known: Extracted) -> Iterator[str]:
    """Yield the texts that become indexed columns."""
    person = known.person
    numbers_ = (person.national_id, person.insurance_number, person.card_number, person.reference)
    own = (known.business_key, known.visit_id, known.category, known.status, known.use)
    return (text for text in (*numbers_, *own) if text)


def _write(
    session: Session, plan: _Plan, addresses: dict[str, str], *, receipts: Receipts, actor: Actor
) -> None:
    entry, known = plan.entry, plan.known
    # A document's references are to its own parts, never to what stands around it (R4 §2.36.4).
    outside = {} if entry.type == "Bundle" else addresses
    links = {urn: at for urn, at in outside.items() if urn.encode() in entry.body}
    values = _columns(entry.type, known, addresses)
    if entry.type == "Encounter":
        values["presence_id"] = visit_presence.consumed(
            session, entry.resource, known, receipts=receipts, actor=actor
        )
    if entry.type == "Claim":
        best = visit_presence.inherited(session, known, actor)
        values["presence_id"] = best.id if best else None
    records.insert_row(
        session,
        entry.type,
        values
        | {
            "id": plan.outcome.id,
            "facility": actor.facility,
            "version": plan.outcome.version,
            "received_at": plan.outcome.received_at,
            "client_id": actor.client_id,
            "national_id": known.person.national_id,
            "insurance_number": known.person.insurance_number,
        },
        body=entry.body,
        links=links,
    )
    if entry.type == "Encounter":
        visit_presence.hand_down(session, known, actor)
    if known.visit_id and known.service_date:
        _remember_visit(session, known, actor)


def _columns(resource_type: str, known: Extracted, addresses: dict[str, str]) -> dict[str, Any]:
    reference = known.person.reference
    patient = addresses.get(reference, reference) if reference else None
    low, high = (known.when.low, known.when.high) if known.when else (None, None)
    match resource_type:
        case "Claim":
            return {
                "visit_id": known.visit_id,
                "status": known.status,
                "use": known.use,
                "patient": patient,
                "created_low": low,
                "created_high": high,
            }
        case "Encounter":
            return {
                "visit_id": known.visit_id,
                "status": known.status,
                "patient": patient,
                "period_low": low,
                "period_high": high,
            }
        case "Bundle":
            return {
                "kind": known.kind,
                "number": known.business_key,
                "stamped_low": low,
                "stamped_high": high,
            }
        case _:
            return {"patient": patient, "card_number": known.person.card_number}


def _remember_visit(session: Session, known: Extracted, actor: Actor) -> None:
    """Keep what other facilities may learn of the visit; a claim knows it better than a check-in."""
    change = {"service_date": known.service_date, "category": known.category or ""}
    person = {
        "national_id": known.person.national_id,
        "insurance_number": known.person.insurance_number,
    }
    key = {"facility": actor.facility, "visit_id": known.visit_id}
    insert_or_update(session, Visit, key | change | person, key=list(key), change=change)
