"""The facilities' accounts at the national portal: set by the operator, sealed, paced and stopped.

A password is kept as the MD5 that the portal takes, sealed with the gateway's secret and bound to its
facility: whoever has the database alone has nothing to sign in with.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bhyt.records.eligibility import Clerk
from gateway.errors import NotServed, RequestRefused, SetupError
from gateway.services import sealing
from gateway.services.access_log import Actor, note
from gateway.store.away import FAULTS, is_away
from gateway.store.database import GATEWAY, Database
from gateway.store.tables_portal import PortalAccount
from gateway.store.tables_register import Facility
from gateway.store.upsert import insert_or_update
from gateway.upstream.account import Account, md5_of
from gateway.upstream.errors import PortalAway, PortalLocked, PortalPaced

PURPOSE = b"tiepdon portal password"
PER_MINUTE = 60
"""Requests a minute in one account's name, where the operator sets nothing else."""
LONGEST_WAIT = timedelta(seconds=5)
"""How long a lookup waits for its turn before it gives up."""
_HOST = re.compile(r"[A-Za-z0-9.:-]+", re.ASCII)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What an operator says of an account; the password leaves this process as a sealed MD5 alone.

    `forwards`: the facility's records go on to the portal; without, it is only asked.
    """

    facility: str
    username: str
    password: str = field(repr=False)
    base_url: str
    per_minute: int = PER_MINUTE
    forwards: bool = True


def put(session: Session, said: NewAccount, *, secret: bytes, by: str, now: datetime) -> None:
    """Store an account, in place of the facility's earlier one, and switch forwarding on or off.

    Raises SetupError: no such facility in the register. RequestRefused: an address to which no password
    goes, or no password.
    """
    check_address(said.base_url)
    if not said.password:
        raise RequestRefused("portal.password", "the password is empty")
    switched = update(Facility).where(Facility.code == said.facility).values(forwards=said.forwards)
    if session.execute(switched.returning(Facility.code)).first() is None:
        raise SetupError("setup.facility-unknown", "no facility has this code")
    change = {
        "username": said.username,
        "sealed": sealing.seal(
            secret,
            md5_of(said.password).encode(),
            purpose=PURPOSE,
            place=said.facility.encode(),
            random_bytes=secrets.token_bytes,
        ),
        "base_url": said.base_url.rstrip("/"),
        "per_minute": said.per_minute,
        "next_at": now,
        "stopped_at": None,
        "stopped_result": None,
        "updated_at": now,
    }
    row = {"facility": said.facility} | change
    insert_or_update(session, PortalAccount, row, key=("facility",), change=change)
    note_operator(session, "portal-set", said.facility, outcome="set", by=by, now=now)


def remove(session: Session, facility: str, *, by: str, now: datetime) -> None:
    """Forget an account and switch forwarding off; what waits stays. Raises NotServed: there is none."""
    session.execute(update(Facility).where(Facility.code == facility).values(forwards=False))
    gone = delete(PortalAccount).where(PortalAccount.facility == facility)
    if session.execute(gone.returning(PortalAccount.facility)).first() is None:
        raise NotServed("portal.no-account", "the facility has no account")
    note_operator(session, "portal-off", facility, outcome="removed", by=by, now=now)


def note_operator(
    session: Session, action: str, facility: str, *, outcome: str, by: str, now: datetime
) -> None:
    """Write into the access log what an operator did for a facility at the portal."""
    operator = Actor(GATEWAY.client_id, facility, "operator", now)
    clerk = Clerk(full_name=by, id_number="")
    note(session, operator, action, f"Portal/{facility}", outcome=outcome, clerk=clerk)


def every(session: Session) -> Sequence[tuple[PortalAccount, bool]]:
    """Return all accounts by facility, and whether its records are forwarded."""
    query = select(PortalAccount, Facility.forwards).join(Facility, Facility.code == PortalAccount.facility)
    return [(row, forwards) for row, forwards in session.execute(query.order_by(PortalAccount.facility))]


def usable(session: Session, facility: str, *, secret: bytes) -> Account:
    """Return the facility's account, opened.

    Raises NotServed: it has none. PortalLocked: the portal refused it, and nobody has set it since.
    """
    row = session.get(PortalAccount, facility)
    if row is None:
        raise NotServed("portal.no-account", "the facility has no account")
    if row.stopped_at is not None:
        raise PortalLocked("the account is stopped", result=row.stopped_result)
    try:
        opened = sealing.unseal(secret, row.sealed, purpose=PURPOSE, place=facility.encode())
    except sealing.Unsealable as error:
        raise PortalLocked("the password was sealed with another secret") from error
    return Account(facility, row.username, opened.decode("ascii"), row.base_url)


def stop(session: Session, facility: str, *, result: str | None, now: datetime) -> None:
    """Stop an account that the portal refused, until somebody sets it again."""
    session.execute(
        update(PortalAccount)
        .where(PortalAccount.facility == facility, PortalAccount.stopped_at.is_(None))
        .values(stopped_at=now, stopped_result=result)
    )


def pacer(
    database: Database, *, now: Callable[[], datetime], sleep: Callable[[float], None]
) -> Callable[[Account], None]:
    """Return what waits for an account's turn: its rate holds over all processes and hosts together.

    The pacer raises PortalPaced where the turn is further away than LONGEST_WAIT, PortalAway where our
    own database does not answer, PortalLocked where the account is gone.
    """

    def wait(account: Account) -> None:
        try:
            with database.begin(GATEWAY) as session:
                turn = _take_turn(session, account.facility, now())
        except FAULTS as error:
            if not is_away(error):
                raise
            raise PortalAway("the gateway's own database does not answer") from error
        sleep(max(0.0, (turn - now()).total_seconds()))

    return wait


def _take_turn(session: Session, facility: str, now: datetime) -> datetime:
    """Return when the account may be used, and move the next turn behind it."""
    query = select(PortalAccount).where(PortalAccount.facility == facility).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise PortalLocked("the account is gone")
    turn = max(row.next_at, now)
    if turn - now > LONGEST_WAIT:
        raise PortalPaced("the account's turn is too far away")
    row.next_at = turn + timedelta(minutes=1) / row.per_minute
    return turn


def check_address(url: str) -> None:
    """Refuse an address to which a password must not go.

    Raises RequestRefused: not https, except to this machine; or more than host, port and path.
    """
    try:
        said = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise RequestRefused("portal.address", "not an address") from error
    plain = not (said.userinfo or said.query or said.fragment)
    safe = said.scheme == "https" or (said.scheme == "http" and said.host in LOOPBACK)
    if not (_HOST.fullmatch(said.host) and plain and safe):
        raise RequestRefused("portal.address", "an https address, or http to this machine")
