"""Proof of presence as a stored fact, and its receipt.

The receipt is a short-lived JWS that names the stored presence; one check-in consumes it.
"""

import hashlib
import hmac
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.errors import GatewayError, PresenceRefused
from gateway.services.access_log import Actor, note
from gateway.services.challenges import Burned, facility_of
from gateway.services.keys import Keys
from gateway.services.statements import Statement
from gateway.services.tokens import CLOCK_LEEWAY_SECONDS, MAX_TOKEN_CHARS
from gateway.services.verification import Verified
from gateway.store.metadata import new_id
from gateway.store.tables_presence import Presence
from gateway.store.upsert import change_one

RECEIPT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Receipts:
    """What it takes to sign and read receipts: our keys and our name."""

    keys: Keys
    fhir_url: str

    @property
    def audience(self) -> str:
        """Where a receipt is good: the check-ins and questions of this gateway."""
        return f"{self.fhir_url}/presence"


def store(
    session: Session,
    statement: Statement,
    verified: Verified,
    *,
    challenge: Burned | None,
    receipts: Receipts,
    actor: Actor,
) -> tuple[str, Presence]:
    """Store a presence that was verified; return its receipt and row.

    Raises PresenceRefused: the statement has made a presence before; the database decides of two.
    """
    holder = verified.holder
    timing: dict[str, Any] = {"desk": dict(statement.timing)}
    if challenge is not None:
        timing["answered_ms"] = challenge.answered_ms
    row = Presence(
        id=new_id(actor.now),
        facility=facility_of(actor),
        client_id=actor.client_id,
        national_id=holder.id_number,
        full_name=holder.full_name,
        birth_date=holder.birth_date,
        at=actor.now,
        card_valid_to=_last_day(holder.expiry_date),
        level=verified.level,
        training=verified.training,
        zone_name=verified.zone_name,
        challenge_id=challenge.id if challenge else None,
        reader=statement.reader,
        desk_session=statement.desk_session,
        legal_basis=statement.legal_basis,
        timing=timing,
        statement=statement.digest,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise PresenceRefused(
            "presence.statement-used", "the statement has made a presence before", person=row.national_id
        ) from error
    note(session, actor, "prove", f"Presence/{row.id}", person=row.national_id, outcome=row.level)
    return _receipt(row, receipts, actor), row


def note_refusal(
    session: Session, refused: GatewayError, action: str, resource: str, *, actor: Actor
) -> None:
    """Log a refusal; the person is named where genuine data named one."""
    person = refused.person if isinstance(refused, PresenceRefused) else None
    note(session, actor, action, resource, person=person, outcome=f"refused {refused.code}")


def read_receipt(session: Session, receipt: str, *, receipts: Receipts, actor: Actor) -> Presence:
    """Return the presence that a receipt names, if it is the caller's, in time and not yet consumed.

    Raises PresenceRefused: it is not; with the person, where the receipt is of the caller's facility.
    """
    presence, ended = _named(session, receipt, receipts, actor)
    person = presence.national_id
    if presence.client_id != actor.client_id:
        raise PresenceRefused("presence.not-yours", "the receipt was given to another desk", person=person)
    if ended:
        raise PresenceRefused("presence.receipt-expired", "the receipt has ended", person=person)
    if presence.consumed_at is not None:
        raise _used(person)
    return presence


def is_bound(
    session: Session,
    receipt: str,
    *,
    national_id: str | None,
    visit_id: str,
    receipts: Receipts,
    actor: Actor,
) -> bool:
    """Say whether a check-in of this visit and person has consumed the receipt, whichever desk sent it.

    Raises PresenceRefused: it is no receipt of the caller's facility.
    """
    presence, _ = _named(session, receipt, receipts, actor)
    return (presence.visit_id, presence.national_id) == (visit_id, national_id)


def consume(
    session: Session,
    receipt: str,
    *,
    national_id: str | None,
    visit_id: str,
    receipts: Receipts,
    actor: Actor,
) -> Presence:
    """Bind a presence to a check-in, once, and return it; the database decides who was first.

    Raises PresenceRefused: as `read_receipt`, or the check-in is another person's.
    """
    presence = read_receipt(session, receipt, receipts=receipts, actor=actor)
    person = presence.national_id
    if person != national_id:
        raise PresenceRefused(
            "presence.other-person", "the check-in names another person than the chip", person=person
        )
    statement = update(Presence).where(Presence.id == presence.id, Presence.consumed_at.is_(None))
    if not change_one(session, statement.values(consumed_at=actor.now, visit_id=visit_id)):
        raise _used(person)
    return presence


def _last_day(expiry: str | None) -> date | None:
    """Return a card's last day; where the chip tells only month or year, the last day of that."""
    if expiry is None:
        return None
    year, month, day = (*(int(part) for part in expiry.split("-")), 0, 0)[:3]
    return date(year, month or 12, day or monthrange(year, month or 12)[1])


def _receipt(row: Presence, receipts: Receipts, actor: Actor) -> str:
    issued = int(actor.now.timestamp())
    claims = {
        "iss": receipts.fhir_url,
        "aud": receipts.audience,
        "jti": str(row.id),
        "iat": issued,
        "exp": issued + RECEIPT_SECONDS,
        "facility": row.facility,
        "level": row.level,
        "person": _person_hash(receipts.keys.secret, row.national_id),
    }
    return jwt.encode({"alg": "ES256", "typ": "presence+jwt"}, claims, receipts.keys.signing)


def _named(session: Session, receipt: str, receipts: Receipts, actor: Actor) -> tuple[Presence, bool]:
    """Return the presence of the caller's facility that a receipt names, and whether the receipt has ended.

    Raises PresenceRefused: it is no receipt of ours, or another facility's.
    """
    key, ended = _read(receipt, receipts, actor)
    presence = session.get(Presence, key)
    if presence is None or presence.facility != actor.facility:
        raise PresenceRefused("presence.not-yours", "the receipt was given to another facility")
    return presence, ended


def _read(receipt: str, receipts: Receipts, actor: Actor) -> tuple[UUID, bool]:
    if len(receipt) > MAX_TOKEN_CHARS:
        raise PresenceRefused("presence.receipt-invalid", "the receipt is too long")
    try:
        token = jwt.decode(receipt, receipts.keys.signing, algorithms=["ES256"])
        if token.header.get("typ") != "presence+jwt":
            raise PresenceRefused("presence.receipt-invalid", "not a presence receipt")
        claims, now = dict(token.claims), int(actor.now.timestamp())
        ends = int(claims.pop("exp"))  # looked at last: of an ended receipt we still know whose it is
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": receipts.fhir_url},
            aud={"essential": True, "value": receipts.audience},
        ).validate(claims)
        return UUID(claims["jti"]), ends <= now - CLOCK_LEEWAY_SECONDS
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PresenceRefused("presence.receipt-invalid", "the receipt does not verify") from error


def _used(person: str) -> PresenceRefused:
    return PresenceRefused("presence.used", "a check-in has consumed the receipt", person=person)


def _person_hash(secret: bytes, national_id: str) -> str:
    """Hide the number: only the gateway can tell whose receipt it is."""
    return hmac.new(secret, b"person:" + national_id.encode(), hashlib.sha256).hexdigest()
