"""The queue to the national portal: what is due, what became of it, and what a person decides.

A file is sent at most once: it is `sending` before the first byte goes out, and where nothing tells
what became of it, it is `unknown` and is not sent again by itself (ADR 14).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from gateway.errors import NotServed, RequestRefused
from gateway.services import portal_accounts
from gateway.store.tables_portal import PortalAccount, PortalSending, State
from gateway.store.tables_register import Facility
from gateway.store.upsert import change_one
from gateway.upstream.account import Account
from gateway.upstream.errors import PortalLocked, PortalSilent

IN_DOUBT_AFTER = timedelta(minutes=15)
"""How long a file may be on its way before nobody is believed to know any more what became of it."""
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=6)
"""Between these, doubling, are the pauses before a file that did not go out is tried again."""
MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class Taken:
    """A row that is this sender's now, with the account to send it under."""

    row: PortalSending
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a sending. `counts`: of those that wait again, whether it was an attempt."""

    state: State
    code: str | None = None
    result: str | None = None
    transaction: str | None = None
    counts: bool = True


def take_due(session: Session, *, secret: bytes, now: datetime) -> Taken | None:
    """Take the next file that is due and whose account may be used now; None if there is none.

    It is `sending` with the end of this transaction. What follows an older version that is under way
    waits for that one, and what a facility has queued waits while it does not forward. An account that
    cannot be opened is stopped.
    """
    other = aliased(PortalSending)
    under_way = exists().where(
        other.facility == PortalSending.facility,
        other.kind == PortalSending.kind,
        other.business_key == PortalSending.business_key,
        other.state == "sending",
    )
    query = (
        select(PortalSending)
        .join(PortalAccount, PortalAccount.facility == PortalSending.facility)
        .join(Facility, Facility.code == PortalSending.facility)
        .where(Facility.forwards, PortalAccount.stopped_at.is_(None), PortalAccount.next_at <= now)
        .where(PortalSending.state == "waiting", PortalSending.due_at <= now, ~under_way)
        .order_by(PortalSending.due_at, PortalSending.id)
        .limit(1)
        .with_for_update(of=PortalSending, skip_locked=True)
    )
    row = session.scalars(query).first()
    if row is None:
        return None
    try:
        account = portal_accounts.usable(session, row.facility, secret=secret)
    except PortalLocked:
        portal_accounts.stop(session, row.facility, result=None, now=now)
        return None
    row.state, row.started_at, row.ended_at = "sending", now, None
    row.attempts += 1
    row.code = row.result = row.sent_as = row.sha256 = None
    return Taken(row, account)


def next_turn(session: Session, *, now: datetime) -> datetime | None:
    """Return when the first account may be used again for which something is due; None if nothing is."""
    due = exists().where(
        PortalSending.facility == PortalAccount.facility,
        PortalSending.state == "waiting",
        PortalSending.due_at <= now,
    )
    query = (
        select(func.min(PortalAccount.next_at))
        .join(Facility, Facility.code == PortalAccount.facility)
        .where(Facility.forwards, PortalAccount.stopped_at.is_(None), due)
    )
    return session.scalar(query)


def count_waiting(session: Session, facility: str) -> int:
    """Return how many of a facility's files wait to be sent."""
    waits = select(func.count()).where(PortalSending.facility == facility, PortalSending.state == "waiting")
    return session.scalar(waits) or 0


def settle(session: Session, sent: PortalSending, outcome: Outcome, *, now: datetime) -> None:
    """Note what became of a file, unless a person has decided meanwhile.

    One that was given up for unknown may still turn out well: the answer came late. What is to wait
    again does not where a newer version waits.
    """
    waits = outcome.state == "waiting"
    state: State = "superseded" if waits and _has_newer(session, sent) else outcome.state
    attempts = sent.attempts if outcome.counts else sent.attempts - 1
    ours = update(PortalSending).where(
        PortalSending.id == sent.id,
        PortalSending.started_at == sent.started_at,
        PortalSending.state.in_(("sending", "unknown")),
    )
    session.execute(
        ours.values(
            state=state,
            attempts=attempts,
            due_at=now + _delay(attempts) if waits else sent.due_at,
            ended_at=None if state == "waiting" else now,
            code=outcome.code,
            result=outcome.result,
            transaction=outcome.transaction,
        )
    )


def give_up(session: Session, *, now: datetime) -> int:
    """Call unknown what has been under way too long, as after a crash; return how many there were."""
    lost = update(PortalSending).where(
        PortalSending.state == "sending", PortalSending.started_at < now - IN_DOUBT_AFTER
    )
    found = session.execute(
        lost.values(state="unknown", ended_at=now, code=PortalSilent.reason).returning(PortalSending.id)
    )
    return len(found.all())


def listed(session: Session, *, state: str | None, limit: int) -> Sequence[PortalSending]:
    """Return the newest sendings, of one state or of all."""
    query = select(PortalSending).order_by(PortalSending.id.desc()).limit(min(limit, MAX_LISTED))
    return session.scalars(query.where(PortalSending.state == state) if state else query).all()


def send_again(session: Session, sending_id: UUID, *, by: str, now: datetime) -> None:
    """Let a file be sent that was refused or is in doubt: a person has seen that the portal does not have it.

    Raises NotServed: no such sending. RequestRefused: it is in another state, or a newer version of the
    record was queued.
    """
    row = _found(session, sending_id)
    if _has_newer(session, row):
        raise RequestRefused("portal.newer-version", "a newer version was queued")
    again = {"state": "waiting", "attempts": 0, "due_at": now, "ended_at": None}
    _decide(session, row, ("refused", "unknown", "waiting"), again)
    portal_accounts.note_operator(session, "portal-again", row.facility, outcome=str(row.id), by=by, now=now)


def note_taken(
    session: Session, sending_id: UUID, *, transaction: str | None, by: str, now: datetime
) -> None:
    """Note that the portal has a file that is in doubt: a person has seen it there.

    Raises NotServed: no such sending. RequestRefused: it is not in doubt.
    """
    row = _found(session, sending_id)
    _decide(session, row, ("unknown",), {"state": "taken", "transaction": transaction, "ended_at": now})
    portal_accounts.note_operator(session, "portal-taken", row.facility, outcome=str(row.id), by=by, now=now)


def _decide(session: Session, row: PortalSending, states: Sequence[str], change: dict[str, object]) -> None:
    now_so = update(PortalSending).where(PortalSending.id == row.id, PortalSending.state.in_(states))
    if not change_one(session, now_so.values(change)):
        raise RequestRefused("portal.not-so", f"the sending is {row.state}")


def _found(session: Session, sending_id: UUID) -> PortalSending:
    row = session.get(PortalSending, sending_id)
    if row is None:
        raise NotServed("portal.no-sending", "no sending with this id")
    return row


def _has_newer(session: Session, row: PortalSending) -> bool:
    newer = select(PortalSending.id).filter_by(
        facility=row.facility, kind=row.kind, business_key=row.business_key
    )
    return session.scalars(newer.where(PortalSending.version > row.version).limit(1)).first() is not None


def _delay(attempts: int) -> timedelta:
    """Return the pause after so many attempts; none after none, which waits for its turn alone."""
    if attempts <= 0:
        return timedelta(0)
    doublings: int = 2 ** min(attempts - 1, 20)
    return min(FIRST_DELAY * doublings, LONGEST_DELAY)
