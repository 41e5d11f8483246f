"""One-time challenges: a nonce for one desk, reader and session, burned by the first answer.

A desk has at most MAX_OPEN at once. Those that have ended stay for KEPT_SECONDS, so that a late or
second answer hears why it is refused; then any client's sign-in sweeps them (services/tokens.py).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cardreader.proof.active import NONCE_BYTES
from gateway.errors import PresenceRefused, TooMany
from gateway.services.access_log import Actor
from gateway.store.database import is_postgresql
from gateway.store.metadata import new_id
from gateway.store.tables_presence import PresenceChallenge
from gateway.store.upsert import change_one

CHALLENGE_SECONDS = 60
MAX_OPEN = 10
KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Burned:
    """A challenge that can never be answered again; `sealed` is its chip examination, if one was begun.

    `answered_ms` is the time that the answer took.
    """

    id: UUID
    reader: str
    desk_session: str
    answered_ms: float
    nonce: bytes = field(repr=False)
    sealed: bytes | None = field(repr=False)


def issue(
    session: Session, *, reader: str, desk_session: str, actor: Actor, random_bytes: Callable[[int], bytes]
) -> PresenceChallenge:
    """Store a new challenge for the desk and return it.

    Raises PresenceRefused: not a facility's desk. TooMany: MAX_OPEN are open.
    """
    facility = facility_of(actor)
    if is_postgresql(session):  # SQLite's writers wait for each other anyway
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(actor.client_id))))
    _require_room(session, actor)
    row = PresenceChallenge(
        id=new_id(actor.now),
        facility=facility,
        client_id=actor.client_id,
        reader=reader,
        desk_session=desk_session,
        nonce=random_bytes(NONCE_BYTES),
        created_at=actor.now,
        expires_at=actor.now + timedelta(seconds=CHALLENGE_SECONDS),
    )
    session.add(row)
    return row


def burn(session: Session, challenge: UUID, *, actor: Actor) -> Burned:
    """Use the challenge up; the database decides which of two answers was first. To be committed at once.

    Raises PresenceRefused: unknown, another desk's, ended or used; then nothing is changed.
    """
    row = _open(session, challenge, actor)
    answered_ms = (actor.now - row.created_at).total_seconds() * 1000
    burned = Burned(row.id, row.reader, row.desk_session, answered_ms, row.nonce, row.sealed)
    statement = update(PresenceChallenge).where(
        PresenceChallenge.id == challenge, PresenceChallenge.burned_at.is_(None)
    )
    if not change_one(session, statement.values(burned_at=actor.now, sealed=None)):
        raise _used()
    return burned


def take_chip_turn(session: Session, challenge: UUID, *, actor: Actor) -> None:
    """Take the challenge's one turn to ask the chip for authentication. To be committed at once.

    Raises PresenceRefused: as `burn`, or the turn was taken before.
    """
    _open(session, challenge, actor)
    statement = update(PresenceChallenge).where(
        PresenceChallenge.id == challenge, PresenceChallenge.chip_asked_at.is_(None)
    )
    if not change_one(session, statement.values(chip_asked_at=actor.now)):
        raise PresenceRefused("presence.chip-asked", "the chip was asked once under this challenge")


def keep_examination(session: Session, challenge: UUID, sealed: bytes, *, actor: Actor) -> None:
    """Keep the sealed secrets of the chip examination with its challenge.

    Raises PresenceRefused: as `burn`.
    """
    _open(session, challenge, actor)
    statement = update(PresenceChallenge).where(
        PresenceChallenge.id == challenge, PresenceChallenge.burned_at.is_(None)
    )
    session.execute(statement.values(sealed=sealed))


def sweep(session: Session, *, now: datetime) -> None:
    """Delete what ended KEPT_SECONDS ago, of every desk; the caller is the gateway itself."""
    session.execute(
        delete(PresenceChallenge).where(PresenceChallenge.expires_at < now - timedelta(seconds=KEPT_SECONDS))
    )


def facility_of(actor: Actor) -> str:
    """Return the facility whose desk acts.

    Raises PresenceRefused: it is no facility's.
    """
    if actor.facility is None:
        raise PresenceRefused("presence.no-facility", "only a facility's desk proves presence")
    return actor.facility


def _open(session: Session, challenge: UUID, actor: Actor) -> PresenceChallenge:
    """Return a challenge that this desk may answer now; another facility's is as unknown as none."""
    row = session.scalars(
        select(PresenceChallenge).where(
            PresenceChallenge.id == challenge, PresenceChallenge.facility == actor.facility
        )
    ).one_or_none()
    if row is None:
        raise PresenceRefused("presence.challenge-unknown", "no such challenge")
    if row.client_id != actor.client_id:
        raise PresenceRefused("presence.challenge-foreign", "the challenge is another desk's")
    if row.burned_at is not None:
        raise _used()
    if row.expires_at <= actor.now:
        raise PresenceRefused("presence.challenge-expired", "the challenge has ended")
    return row


def _require_room(session: Session, actor: Actor) -> None:
    ends = session.scalars(
        select(PresenceChallenge.expires_at)
        .where(
            PresenceChallenge.client_id == actor.client_id,
            PresenceChallenge.expires_at > actor.now,
            PresenceChallenge.burned_at.is_(None),
        )
        .order_by(PresenceChallenge.expires_at)
    ).all()
    if len(ends) >= MAX_OPEN:
        wait = math.ceil((ends[0] - actor.now).total_seconds())
        raise TooMany("presence.too-many-challenges", f"{MAX_OPEN} challenges are open", retry_after=wait)


def _used() -> PresenceRefused:
    return PresenceRefused("presence.challenge-used", "the challenge was answered before")
