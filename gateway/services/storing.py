"""Store resources: whose they are, whether they are new, and all of them or none.

The caller owns the transaction: any refusal here undoes everything of a `transaction`
Bundle, and everything of one entry of a `batch`. docs/corrections.md has the table of what happens to
a record that is sent again.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bhyt.validation import problems
from gateway.domain.extract import DOSSIER
from gateway.errors import AccessDenied, Issue, RecordRefused
from gateway.numbers import numbers
from gateway.services import (
    birth_papers,
    cancelling,
    filing,
    forwarding,
    rows,
    versions,
    visit_presence,
    visits,
)
from gateway.services.access_log import Actor, note
from gateway.services.birth_papers import Standing
from gateway.services.entries import Entry, Outcome
from gateway.services.forwarding import Place, Version
from gateway.services.planning import NOTHING, Plan, planned, require_one_content_each
from gateway.services.presence import Receipts
from gateway.services.versions import Correction
from gateway.store import records, turns
from gateway.store.records import Key

STORABLE = frozenset({*records.TABLES, "Binary"})


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
        NOTHING
        if entry.type == "Binary"
        else filing.extracted(session, entry.resource, patients, actor.facility, root=root)
        for entry in entries
    ]
    turns.take_visits(session, (one.visit_id for one in known if one.visit_id), facility=actor.facility)
    plans = [
        planned(session, entry, of, facility=actor.facility, actor=actor, correction=correction)
        for entry, of in zip(entries, known, strict=True)
    ]
    require_one_content_each(plans)
    addresses = {
        plan.entry.full_url: f"{plan.outcome.type}/{plan.outcome.id}" for plan in plans if plan.entry.full_url
    }
    for plan in plans:
        if plan.former is not None and plan.reason is not None:
            _replace(session, plan, plan.former, addresses, plan.reason, receipts=receipts, actor=actor)
            if _leaves_a_dossier(plan, plans):
                cancelling.withdraw_dossier(session, plan.former.business_key, plan.reason, actor=actor)
            _forward(session, plan, addresses, actor)
            continue
        if plan.outcome.new and plan.entry.type != "Binary":
            _write(session, plan, addresses, receipts=receipts, actor=actor)
            _forward(session, plan, addresses, actor)
        elif plan.entry.type == "Encounter":
            visit_presence.strengthen(
                session, plan.outcome.id, plan.entry.resource, plan.known, receipts=receipts, actor=actor
            )
        person = plan.known.person.national_id or plan.known.person.insurance_number
        what = f"{plan.outcome.type}/{plan.outcome.id}"
        note(session, actor, "create", what, person=person, outcome="new" if plan.outcome.new else "known")
    return [plan.outcome for plan in plans]


def _write(
    session: Session, plan: Plan, addresses: dict[str, str], *, receipts: Receipts, actor: Actor
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


def _leaves_a_dossier(plan: Plan, plans: Sequence[Plan]) -> bool:
    """Say whether a claim was replaced out of a file that has no further tables of it any more.

    A claim that was born in FHIR tells nothing of them: its dossier is corrected for itself.
    """
    if plan.entry.type != "Claim" or plan.entry.content_hash is None:
        return False
    key = plan.known.business_key
    return not any((one.known.kind, one.known.business_key) == (DOSSIER, key) for one in plans)


def _forward(session: Session, plan: Plan, addresses: dict[str, str], actor: Actor) -> None:
    """Queue what was written for the national portal; a record without an original is not for it."""
    place, known, at = plan.entry.original, plan.known, plan.outcome
    if isinstance(place, str):
        place = Place(original=UUID(addresses[place].removeprefix("Binary/")))
    if place is not None and known.business_key is not None:
        version = Version(known.kind, known.business_key, at.version, at.type, at.id, known.category)
        forwarding.queue(session, version, place, actor=actor)


def _replace(
    session: Session,
    plan: Plan,
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
    second = plan.outcome.second
    standing = Standing.of(row, values) if second is not None and not second.stronger else None
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
    if standing is not None:
        birth_papers.let_stand_again(session, row, former, standing, actor=actor)
