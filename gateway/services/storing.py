"""Store resources: whose they are, whether they are new, and all of them or none.

The caller owns the transaction: any refusal here undoes everything of a `transaction`
Bundle, and everything of one entry of a `batch`. docs/corrections.md has the table of what happens to
a record that is sent again.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bhyt.validation import problems
from gateway.domain import extract as reading
from gateway.domain.extract import Extracted
from gateway.errors import AccessDenied, Issue, RecordConflict, RecordRefused
from gateway.numbers import Numbers, joined, numbers
from gateway.services import months, originals, persons, rows, versions, visit_presence, visits
from gateway.services.access_log import Actor, note
from gateway.services.content import content_hash
from gateway.services.presence import Receipts
from gateway.services.versions import Correction
from gateway.store import records, turns
from gateway.store.metadata import new_id
from gateway.store.records import Key

MAX_KEY_CHARS = 300
NOTHING = Extracted("", None, None)
"""What is known of an original: a file says nothing of itself."""
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
    """Where a resource is; `new` is False where the key had been stored before.

    `corrected` says that this version took an older one's place just now; `received_at` is the version's.
    """

    type: str
    id: UUID
    new: bool
    version: int
    received_at: datetime
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """An entry between its key and its row; `former` is the key before a correction."""

    entry: Entry
    outcome: Outcome
    known: Extracted = NOTHING
    former: Key | None = None


def validate(resource: dict[str, Any]) -> None:
    """Check a resource against R4 and its rules.

    Raises RecordRefused: with each problem and its place.
    """
    found = problems(resource)
    if found:
        issues = tuple(Issue(problem.code, problem.expression, problem.diagnostics) for problem in found)
        raise RecordRefused(issues[0].code, "not a valid R4 resource", issues=issues)


def store(
    session: Session,
    entries: Sequence[Entry],
    *,
    receipts: Receipts,
    actor: Actor,
    correction: Correction | None = None,
) -> list[Outcome]:
    """Store the entries for the actor's facility and return where each is, in their order.

    With a `correction`, other content under a known key becomes its next version.

    Raises AccessDenied: a record is in another facility's name. RecordRefused: an element is missing.
    RecordConflict: the key has other content and there is no correction, or may not be changed.
    PresenceRefused: a check-in's receipt is no good.
    """
    if actor.facility is None:
        raise AccessDenied("auth.facility-only", "only a facility stores records", authenticated=True)
    patients = {
        entry.full_url: numbers(entry.resource.get("identifier"))
        for entry in entries
        if entry.type == "Patient" and entry.full_url
    }
    root = f"{receipts.fhir_url}/"
    known = [
        NOTHING if entry.type == "Binary" else _extracted(session, entry, patients, actor.facility, root=root)
        for entry in entries
    ]
    turns.take_visits(session, (one.visit_id for one in known if one.visit_id), facility=actor.facility)
    plans = [
        _planned(session, entry, of, facility=actor.facility, actor=actor, correction=correction)
        for entry, of in zip(entries, known, strict=True)
    ]
    _require_one_content_each(plans)
    addresses = {
        plan.entry.full_url: f"{plan.outcome.type}/{plan.outcome.id}" for plan in plans if plan.entry.full_url
    }
    for plan in plans:
        if plan.former is not None and correction is not None:
            _replace(session, plan, plan.former, addresses, correction, receipts=receipts, actor=actor)
            continue
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
    known: Extracted,
    *,
    facility: str,
    actor: Actor,
    correction: Correction | None,
) -> _Plan:
    """Take the entry's key: new, known with the same content, or its next version."""
    if entry.type == "Binary":
        key, new = originals.store(session, entry.resource, facility=facility, actor=actor)
        return _Plan(entry, Outcome("Binary", key, new, 1, records.moment_of(key)))
    fingerprint = entry.content_hash or content_hash(entry.resource)
    taken, new = records.take_key(
        session,
        facility=facility,
        kind=known.kind,
        business_key=known.business_key or f"sha256:{hashlib.sha256(entry.body).hexdigest()}",
        content_hash=fingerprint,
        new_id=new_id(actor.now),
    )
    if new and entry.type == "Claim":
        months.require_open(session, facility, known.settlement_month)
    while taken.content_hash != fingerprint:
        _require_correctable(taken, correction, entry)
        if records.advance_key(session, taken, content_hash=fingerprint):
            at = Outcome(entry.type, taken.id, False, taken.version + 1, actor.now, corrected=True)
            return _Plan(entry, at, known, former=taken)
        taken = records.hold_key(session, taken)  # another came in between: what stands now is judged anew
    at = Outcome(entry.type, taken.id, new, taken.version, records.received_at(session, entry.type, taken))
    return _Plan(entry, at, known)


def _require_correctable(taken: Key, correction: Correction | None, entry: Entry) -> None:
    """Refuse other content under a key, unless it is a correction of what may be changed."""
    if correction is None and taken.cancelled_at is not None:
        raise RecordConflict("record.cancelled", f"the {entry.type} under this key was cancelled")
    if correction is None:
        raise RecordConflict("record.conflict", f"{entry.type} is stored under this key with other content")
    versions.require_undecided(taken)


def _require_one_content_each(plans: Sequence[_Plan]) -> None:
    """Refuse a record that stands twice among the entries with different content."""
    stored = Counter(plan.outcome.id for plan in plans)
    if any(plan.former and stored[plan.outcome.id] > 1 for plan in plans):
        raise RecordConflict("record.conflict", "one key with different content in one request")


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
    """Write the row of a new record, and give its visit what it brings."""
    entry, known = plan.entry, plan.known
    values = rows.columns(entry.type, known, addresses)
    if entry.type == "Encounter":
        values["presence_id"] = visit_presence.consumed(
            session, entry.resource, known, receipts=receipts, actor=actor
        )
    if entry.type == "Claim":
        best = visit_presence.inherited(session, known, actor)
        values["presence_id"] = best.id if best else None
    ours = {
        "id": plan.outcome.id,
        "facility": actor.facility,
        "version": plan.outcome.version,
        "received_at": plan.outcome.received_at,
        "client_id": actor.client_id,
    }
    links = rows.links(entry.type, entry.body, addresses)
    records.insert_row(session, entry.type, values | ours, body=entry.body, links=links)
    if entry.type == "Encounter":
        visit_presence.hand_down(session, known, actor)
    visits.remember(session, known, actor)


def _replace(
    session: Session,
    plan: _Plan,
    former: Key,
    addresses: dict[str, str],
    correction: Correction,
    *,
    receipts: Receipts,
    actor: Actor,
) -> None:
    """Write the next version of a record in its row."""
    entry, known = plan.entry, plan.known
    row = versions.held_row(session, former, entry.type, actor)
    values = rows.columns(entry.type, known, addresses)
    if entry.type == "Encounter":
        values["presence_id"] = visit_presence.bound(
            session, row.id, entry.resource, known, receipts=receipts, actor=actor
        )
    if entry.type == "Claim":
        best = visit_presence.inherited(session, known, actor)
        values["presence_id"] = best.id if best else None
    versions.put(
        session,
        row,
        former,
        values,
        body=entry.body,
        links=rows.links(entry.type, entry.body, addresses),
        reason=correction,
        actor=actor,
        action="correct",
    )
