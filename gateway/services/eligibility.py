"""Answer a desk's question about one person, from the register and nothing the desk merely claims."""

import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import EarlierVisit, EligibilityAnswer, EligibilityQuestion
from gateway.domain.benefits import FacilityFacts
from gateway.domain.eligibility import MISMATCHES, Known, Registered, RegisteredCover, answer
from gateway.errors import AccessDenied, PresenceRefused, TooMany
from gateway.services import presence, register
from gateway.services.access_log import Actor, note
from gateway.services.presence import Receipts
from gateway.store.database import show_history_of
from gateway.store.tables_access import MismatchCount
from gateway.store.tables_records import Document, Presence, Visit
from gateway.store.tables_register import Cover, Facility, Member
from gateway.store.upsert import insert_or_update

MISMATCHES_PER_HOUR = 20
HISTORY_DAYS = 90
MAX_HISTORY = 50


def decide(
    session: Session, question: EligibilityQuestion, *, receipts: Receipts, actor: Actor
) -> EligibilityAnswer:
    """Return the answer, and note who asked about whom. The transaction's purpose must be eligibility.

    Raises AccessDenied: the question is in another facility's name. PresenceRefused: the receipt is no
    good or another person's. TooMany: the desk had its mismatch answers for this hour.
    """
    if question.facility != actor.facility:
        raise AccessDenied("auth.other-facility", "the question is another facility's", authenticated=True)
    proof = _proof(session, question, receipts, actor)
    if proof is None:
        _check_mismatches(session, actor)
    people = _people(session, question, proof)
    known = Known(
        people=people,
        facility=_facility(session, question.facility),
        assurance="chip-read" if proof else "typed" if question.entered_by == "chip" else question.entered_by,
        proven_name=proof.full_name if proof else None,
        proven_birth=PartialDate.from_fhir(proof.birth_date) if proof else None,
        history=_history(session, people[0], question) if proof and len(people) == 1 else (),
        training=actor.training,
    )
    decided = answer(question, known)
    if proof is None and any(reason.code in MISMATCHES for reason in decided.reasons):
        _count_mismatch(session, actor)
    note(
        session,
        actor,
        "eligibility",
        "CoverageEligibilityRequest",
        person=proof.national_id if proof else question.national_id or question.insurance_number,
        outcome=f"{decided.status} {decided.reasons[0].code}",
        clerk=question.asked_by,
    )
    return decided


def _proof(
    session: Session, question: EligibilityQuestion, receipts: Receipts, actor: Actor
) -> Presence | None:
    if question.presence_receipt is None:
        return None
    proof = presence.read_receipt(session, question.presence_receipt, receipts=receipts, actor=actor)
    if question.national_id not in {None, proof.national_id}:
        raise PresenceRefused("presence.other-person", "the question is about another person")
    return proof


def _people(
    session: Session, question: EligibilityQuestion, proof: Presence | None
) -> tuple[Registered, ...]:
    """Return the members whom the question's numbers name: one, none, or by contradiction several."""
    ways: list[ColumnElement[bool]] = []
    national_id = proof.national_id if proof else question.national_id
    if national_id:
        ways.append(Member.national_id == national_id)
    if question.insurance_number:
        ways.append(Member.insurance_number == question.insurance_number)
    if question.card_number:
        ways.append(Member.id.in_(select(Cover.member_id).where(Cover.card_number == question.card_number)))
    members = session.scalars(select(Member).where(or_(*ways)).limit(3)).all()
    return tuple(_registered(session, member) for member in members)


def _registered(session: Session, member: Member) -> Registered:
    covers = session.scalars(select(Cover).where(Cover.member_id == member.id))
    named = [column == number for column, number in _numbers(Document, member) if number]
    died = select(Document.id).where(Document.kind == "death", or_(*named)).limit(1)
    return Registered(
        person=register.person_of(member),
        covers=tuple(RegisteredCover(register.cover_of(cover), cover.revoked_from) for cover in covers),
        death_reported=session.scalars(died).first() is not None,
    )


def _history(
    session: Session, registered: Registered, question: EligibilityQuestion
) -> tuple[EarlierVisit, ...]:
    """Return the last visits at every facility: date, facility and category, nothing else."""
    person = registered.person
    show_history_of(session, national_id=person.national_id or "", insurance_number=person.insurance_number)
    named = [
        column == number
        for column, number in (
            (Visit.national_id, person.national_id),
            (Visit.insurance_number, person.insurance_number),
        )
        if number
    ]
    query = (
        select(Visit.service_date, Visit.facility, Visit.category)
        .where(or_(*named), Visit.service_date >= question.service_date - timedelta(days=HISTORY_DAYS))
        .order_by(Visit.service_date.desc(), Visit.facility)
        .limit(MAX_HISTORY)
    )
    return tuple(EarlierVisit(day, facility, kind) for day, facility, kind in session.execute(query))


def _numbers(table: type[Document], member: Member) -> list[tuple[ColumnElement[str | None], str | None]]:
    return [
        (table.national_id.expression, member.national_id),
        (table.insurance_number.expression, member.insurance_number),
    ]


def _facility(session: Session, code: str) -> FacilityFacts | None:
    row = session.get(Facility, code)
    return None if row is None else FacilityFacts(row.code, row.level, row.former_level, row.points)


def _check_mismatches(session: Session, actor: Actor) -> None:
    row = session.get(MismatchCount, (actor.client_id, _hour(actor.now)))
    if row is not None and row.count >= MISMATCHES_PER_HOUR:
        wait = math.ceil((_hour(actor.now) + timedelta(hours=1) - actor.now).total_seconds())
        raise TooMany("request.too-many-mismatches", "too many mismatches", retry_after=wait)


def _count_mismatch(session: Session, actor: Actor) -> None:
    row = {"client_id": actor.client_id, "hour": _hour(actor.now), "count": 1}
    insert_or_update(
        session, MismatchCount, row, key=["client_id", "hour"], change={"count": MismatchCount.count + 1}
    )


def _hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
