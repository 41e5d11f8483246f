"""Eligibility by the national portal: asked between two short transactions, never inside one.

The first admits the question, the second answers it and writes the access log. A portal that gives no
answer makes the answer "unknown", with the reason.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from bhyt.records.dates import VIETNAM
from bhyt.records.eligibility import EarlierVisit, EligibilityAnswer, EligibilityQuestion
from gateway.domain.eligibility import Known, Proof, Registered, Told, failure_reason
from gateway.errors import NotServed
from gateway.services import eligibility, portal_accounts
from gateway.services.access_log import Actor
from gateway.services.eligibility import HISTORY_DAYS, MAX_HISTORY
from gateway.services.portal_mapping import (
    IDENTITY_NEEDED,
    Mapped,
    lookup_for,
    mapped,
    shown_visits,
    unanswered,
)
from gateway.services.presence import Receipts
from gateway.store.database import GATEWAY, Database
from gateway.store.tables_presence import Presence
from gateway.upstream.account import Account
from gateway.upstream.calls import Lookup
from gateway.upstream.client import Portal
from gateway.upstream.errors import PortalAway, PortalError, PortalLocked

QUESTIONS_AT_ONCE = 4
"""Questions that wait for the portal at once: half of the threads (doorstep.MAX_THREADS) stay free."""

Begin = Callable[[], AbstractContextManager[Session]]
"""Begins a transaction of the caller's for eligibility."""


@dataclass(frozen=True, slots=True)
class Source:
    """The portal as a source of eligibility."""

    database: Database
    portal: Portal
    secret: bytes
    places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(QUESTIONS_AT_ONCE))

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places. Raises PortalAway: all are held; nobody waits for one."""
        if not self.places.acquire(blocking=False):
            raise PortalAway("as many questions as may be are with the portal")
        try:
            yield
        finally:
            self.places.release()


@dataclass(frozen=True, slots=True)
class _Found:
    """What the portal said of a question; `visits` and `copaid` are what may be shown."""

    mapped: Mapped
    visits: tuple[EarlierVisit, ...] = ()
    copaid: Decimal | None = None


def decide(
    begin: Begin, question: EligibilityQuestion, *, source: Source, receipts: Receipts, actor: Actor
) -> EligibilityAnswer:
    """Return the answer by what the portal says, and note who asked about whom.

    Raises as `eligibility.admit`.
    """
    with begin() as session:
        admitted = eligibility.admit(session, question, receipts=receipts, actor=actor)
    presence = admitted.presence
    proof = eligibility.proof_of(presence, actor) if presence else None
    found = _ask(source, question, presence, proof, actor)
    with begin() as session:
        registered = found.mapped.registered
        if registered:
            dead = eligibility.is_reported_dead(session, registered.person)
            registered = replace(registered, death_reported=dead)
        known = Known(
            registered=registered,
            numbers_differ=found.mapped.numbers_differ,
            facility=eligibility.facility_facts(session, question.facility),
            assurance=eligibility.assurance_of(question, presence),
            proof=proof,
            history=_history(session, registered, presence, found.visits, actor),
            copaid=found.copaid,
            training=actor.training,
            told=found.mapped.told,
            remarks=found.mapped.remarks,
        )
        return eligibility.conclude(session, question, known, admitted, actor=actor)


def _ask(
    source: Source,
    question: EligibilityQuestion,
    presence: Presence | None,
    proof: Proof | None,
    actor: Actor,
) -> _Found:
    """Ask the portal; for a chip that proved itself, about earlier visits and co-payments too."""
    today = actor.now.astimezone(VIETNAM).date()
    asked = lookup_for(question, proof)
    if asked is None:
        return _Found(Mapped(told=Told("unknown", failure_reason(IDENTITY_NEEDED))))
    try:
        with source.place():
            account = _account(source, question.facility)
            answer = mapped(source.portal.eligibility(account, asked), question, asked, today=today)
            if answer.registered is None or presence is None or presence.level != "chip-proven":
                return _Found(answer)
            return _with_more(source, account, asked, answer, question=question, actor=actor)
    except (PortalError, NotServed) as error:
        _stop_if_locked(source, question.facility, error, actor)
        return _Found(Mapped(told=unanswered(error, today=today)))


def _with_more(
    source: Source,
    account: Account,
    asked: Lookup,
    answer: Mapped,
    *,
    question: EligibilityQuestion,
    actor: Actor,
) -> _Found:
    """Add the portal's earlier visits and, of a day of this year, the year's co-payments.

    What cannot be had is a warning each; after a failure nothing more is asked.
    """
    today = actor.now.astimezone(VIETNAM).date()
    visits: tuple[EarlierVisit, ...] = ()
    copaid = None
    lacking = ["eligibility.history-unknown", "eligibility.copayment-unknown"]
    try:
        found = source.portal.history(account, asked)
        visits = shown_visits(found, since=today - timedelta(days=HISTORY_DAYS))
        lacking.remove("eligibility.history-unknown")
        if question.service_date.year == today.year:
            copaid = source.portal.copayments(account, asked).total
        return _Found(answer, visits, copaid)
    except PortalError as error:
        _stop_if_locked(source, question.facility, error, actor)
    remarks = (*answer.remarks, *map(failure_reason, lacking))
    return _Found(replace(answer, remarks=remarks), visits)


def _history(
    session: Session,
    registered: Registered | None,
    presence: Presence | None,
    told: tuple[EarlierVisit, ...],
    actor: Actor,
) -> tuple[EarlierVisit, ...]:
    """Return our own visits and the portal's, the newest first, each day and facility once."""
    if registered is None or presence is None:
        return ()
    ours = eligibility.earlier_visits(session, registered, presence, actor)
    found = {(visit.date, visit.facility): visit for visit in (*told, *ours)}
    return tuple(found[key] for key in sorted(found, reverse=True)[:MAX_HISTORY])


def _account(source: Source, facility: str) -> Account:
    with source.database.read(GATEWAY) as session:
        return portal_accounts.usable(session, facility, secret=source.secret)


def _stop_if_locked(source: Source, facility: str, error: Exception, actor: Actor) -> None:
    if isinstance(error, PortalLocked):
        with source.database.begin(GATEWAY) as session:
            portal_accounts.stop(session, facility, result=error.result, now=actor.now)
