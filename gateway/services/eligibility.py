"""Answer a desk's question about one person, from the register and nothing the desk merely claims."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bhyt.records.dates import VIETNAM, PartialDate
from bhyt.records.eligibility import Assurance, EarlierVisit, EligibilityAnswer, EligibilityQuestion
from gateway.domain.benefits import FacilityFacts
from gateway.domain.eligibility import MISMATCHES, Known, Proof, Registered, RegisteredCover, answer
from gateway.errors import AccessDenied, PresenceRefused
from gateway.services import mismatches, presence, register
from gateway.services.access_log import Actor, note
from gateway.services.presence import Receipts
from gateway.services.question_bounds import check_bounds
from gateway.store.database import show_history_of
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import WITHDRAWN, Document, Visit
from gateway.store.tables_register import Cover, Facility, Member

HISTORY_DAYS = 90
MAX_HISTORY = 50


def decide(
    session: Session, question: EligibilityQuestion, *, receipts: Receipts, actor: Actor
) -> EligibilityAnswer:
    """Return the answer, and note who asked about whom. The transaction's purpose must be eligibility.

    A question that could be a guess uses up one of the desk's mismatches before it is looked at, and
    gives it back where it was none, so that parallel questions cannot pass the limit together.

    Raises AccessDenied: the question is in another facility's name. RequestRefused: a day or a text
    out of bounds. PresenceRefused: the receipt is no good or another person's. TooMany: the desk had
    its mismatch answers for this hour.
    """
    if question.facility != actor.facility:
        raise AccessDenied("auth.other-facility", "the question is another facility's", authenticated=True)
    check_bounds(question, today=actor.now.astimezone(VIETNAM).date())
    proof = _proof(session, question, receipts, actor)
    is_guess = proof is None or bool(question.insurance_number or question.card_number)
    if is_guess:
        mismatches.take(session, actor)
    decided = answer(question, _known(session, question, proof, actor))
    if is_guess and not any(reason.code in MISMATCHES for reason in decided.reasons):
        mismatches.give_back(session, actor)
    for person in _concerned(question, proof, decided):
        note(
            session,
            actor,
            "eligibility",
            "CoverageEligibilityRequest",
            person=person,
            outcome=f"{decided.status} {decided.reasons[0].code}",
            clerk=question.asked_by,
        )
    return decided


def _known(session: Session, question: EligibilityQuestion, presence: Presence | None, actor: Actor) -> Known:
    found = _members(session, question, presence)
    common = set.intersection(*found)
    member = session.get_one(Member, common.pop()) if len(common) == 1 else None
    registered = None if member is None else _registered(session, member)
    return Known(
        registered=registered,
        numbers_differ=member is None and any(found),
        facility=_facility(session, question.facility),
        assurance=_assurance(question, presence),
        proof=_proof_of(presence, actor) if presence else None,
        history=_history(session, registered, presence, actor) if presence and registered else (),
        training=actor.training,
    )


def _assurance(question: EligibilityQuestion, presence: Presence | None) -> Assurance:
    """Return how sure it is who is there: what the chip reached, never what the desk says of a chip."""
    if presence is not None:
        return "chip-proven" if presence.level == "chip-proven" else "chip-read"
    return "typed" if question.entered_by == "chip" else question.entered_by


def _concerned(
    question: EligibilityQuestion, proof: Presence | None, decided: EligibilityAnswer
) -> tuple[str | None, ...]:
    """Return the number of the person who was shown; where nobody was, every number that was asked about."""
    if decided.person:
        return (decided.person.national_id or decided.person.insurance_number,)
    asked = (
        proof.national_id if proof else question.national_id,
        question.insurance_number,
        question.card_number,
    )
    return tuple(dict.fromkeys(number for number in asked if number))


def _proof(
    session: Session, question: EligibilityQuestion, receipts: Receipts, actor: Actor
) -> Presence | None:
    if question.presence_receipt is None:
        return None
    proof = presence.read_receipt(session, question.presence_receipt, receipts=receipts, actor=actor)
    if question.national_id not in {None, proof.national_id}:
        raise PresenceRefused(
            "presence.other-person", "the question is about another person", person=proof.national_id
        )
    return proof


def _proof_of(row: Presence, actor: Actor) -> Proof:
    """Return what the chip proved; the card ended if its last day is before today in Vietnam."""
    last = row.card_valid_to
    ended = last is not None and last < actor.now.astimezone(VIETNAM).date()
    born = PartialDate.from_fhir(row.birth_date)
    return Proof(
        row.national_id,
        row.full_name,
        born,
        expired_on=last if ended else None,
        zone_name=bool(row.zone_name),
    )


def _members(session: Session, question: EligibilityQuestion, proof: Presence | None) -> list[set[UUID]]:
    """Return, for each number that the question and the chip give, the members to whom it leads."""
    queries = []
    if national_id := proof.national_id if proof else question.national_id:
        queries.append(select(Member.id).where(Member.national_id == national_id))
    if question.insurance_number:
        queries.append(select(Member.id).where(Member.insurance_number == question.insurance_number))
    if question.card_number:
        queries.append(select(Cover.member_id).where(Cover.card_number == question.card_number))
    return [set(session.scalars(query)) for query in queries]


def _registered(session: Session, member: Member) -> Registered:
    covers = session.scalars(select(Cover).where(Cover.member_id == member.id))
    named = _named(Document, member.national_id, member.insurance_number)
    stands = or_(Document.status.is_(None), Document.status.not_in(WITHDRAWN))
    died = select(Document.id).where(Document.kind == "death", named, stands).limit(1)
    return Registered(
        person=register.person_of(member),
        covers=tuple(RegisteredCover(register.cover_of(cover), cover.revoked_from) for cover in covers),
        death_reported=session.scalars(died).first() is not None,
    )


def _history(
    session: Session, registered: Registered, presence: Presence, actor: Actor
) -> tuple[EarlierVisit, ...]:
    """Return the visits of the last HISTORY_DAYS: date, facility and category alone.

    Those at other facilities are shown to a chip that proved itself, and not to data that were once
    read off it.
    """
    person = registered.person
    since = actor.now.astimezone(VIETNAM).date() - timedelta(days=HISTORY_DAYS)
    everywhere = presence.level == "chip-proven"
    if everywhere:
        show_history_of(
            session, national_id=person.national_id or "", insurance_number=person.insurance_number
        )
    query = (
        select(Visit.service_date, Visit.facility, Visit.category)
        .where(_named(Visit, person.national_id, person.insurance_number), Visit.service_date >= since)
        .order_by(Visit.service_date.desc(), Visit.facility)
        .limit(MAX_HISTORY)
    )
    if not everywhere:
        query = query.where(Visit.facility == actor.facility)
    return tuple(EarlierVisit(day, facility, kind) for day, facility, kind in session.execute(query))


def _named(
    table: type[Document] | type[Visit], national_id: str | None, insurance_number: str | None
) -> ColumnElement[bool]:
    """Return that a row is about the person with these numbers, as far as there are any."""
    numbers = ((table.national_id, national_id), (table.insurance_number, insurance_number))
    return or_(*(column == number for column, number in numbers if number))


def _facility(session: Session, code: str) -> FacilityFacts | None:
    row = session.get(Facility, code)
    return None if row is None else FacilityFacts(row.code, row.level, row.former_level, row.points)
