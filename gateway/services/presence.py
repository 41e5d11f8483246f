"""Proof of presence: the gateway verifies the chip's evidence itself and stores what it found.

The receipt is a short-lived JWS that names the stored presence; one check-in consumes it.
What a desk says of its own checks counts for nothing.
"""

import hashlib
import hmac
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from sqlalchemy import update
from sqlalchemy.orm import Session

from cardreader.errors import CardError
from cardreader.proof.evidence import Evidence, identity
from cardreader.proof.passive import verify_passive
from cardreader.proof.trust import TrustStore
from gateway.errors import PresenceRefused, RequestRefused
from gateway.services.access_log import Actor, note
from gateway.services.keys import Keys
from gateway.services.tokens import CLOCK_LEEWAY_SECONDS, MAX_TOKEN_CHARS
from gateway.store.metadata import new_id
from gateway.store.tables_records import Presence

RECEIPT_SECONDS = 900
LEVEL = "chip-read"


@dataclass(frozen=True, slots=True)
class Receipts:
    """What it takes to sign and read receipts: our keys and our name."""

    keys: Keys
    fhir_url: str

    @property
    def audience(self) -> str:
        """Where a receipt is good: the check-ins and questions of this gateway."""
        return f"{self.fhir_url}/presence"


def evidence_of(body: Mapping[str, Any]) -> Evidence:
    """Return the evidence in the body.

    Raises RequestRefused: another form, or a file beyond the limits.
    """
    try:
        return Evidence.from_json(body)
    except CardError as error:
        raise RequestRefused("presence.evidence-malformed", str(error)) from error


def prove(
    session: Session, evidence: Evidence, *, trust: TrustStore, receipts: Receipts, actor: Actor
) -> tuple[str, Presence]:
    """Verify the evidence, store the presence, and return its receipt and row.

    Raises PresenceRefused: passive authentication did not pass; the code says why.
    """
    if actor.facility is None:
        raise PresenceRefused("presence.no-facility", "only a facility's desk proves presence")
    result = verify_passive(evidence, trust, at=actor.now)
    if not result.check.passed:
        reason = result.check.reason or "proof.signature-invalid"
        raise PresenceRefused(reason, "passive authentication did not pass")
    try:
        holder = identity(evidence)
    except CardError as error:
        raise PresenceRefused(error.code, "the evidence names no holder") from error
    row = Presence(
        id=new_id(actor.now),
        facility=actor.facility,
        client_id=actor.client_id,
        national_id=holder.id_number,
        full_name=holder.full_name,
        birth_date=holder.birth_date,
        at=actor.now,
        card_valid_to=_last_day(holder.expiry_date),
        level=LEVEL,
        training=result.training,
    )
    session.add(row)
    note(session, actor, "prove", f"Presence/{row.id}", person=row.national_id, outcome=LEVEL)
    return _receipt(row, receipts, actor), row


def read_receipt(session: Session, receipt: str, *, receipts: Receipts, actor: Actor) -> Presence:
    """Return the presence that a receipt names, if it is the caller's, in time and not yet consumed.

    Raises PresenceRefused: it is not.
    """
    presence = session.get(Presence, _presence_id(receipt, receipts, actor))
    if presence is None or presence.client_id != actor.client_id or presence.facility != actor.facility:
        raise PresenceRefused("presence.not-yours", "the receipt was given to another desk")
    if presence.consumed_at is not None:
        raise PresenceRefused("presence.used", "a check-in has consumed the receipt")
    return presence


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
    if presence.national_id != national_id:
        raise PresenceRefused("presence.other-person", "the check-in names another person than the chip")
    statement = update(Presence).where(Presence.id == presence.id, Presence.consumed_at.is_(None))
    taken = session.execute(statement.values(consumed_at=actor.now, visit_id=visit_id))
    if getattr(taken, "rowcount", 0) != 1:
        raise PresenceRefused("presence.used", "a check-in has consumed the receipt")
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


def _presence_id(receipt: str, receipts: Receipts, actor: Actor) -> UUID:
    if len(receipt) > MAX_TOKEN_CHARS:
        raise PresenceRefused("presence.receipt-invalid", "the receipt is too long")
    try:
        token = jwt.decode(receipt, receipts.keys.signing, algorithms=["ES256"])
        if token.header.get("typ") != "presence+jwt":
            raise PresenceRefused("presence.receipt-invalid", "not a presence receipt")
        jwt.JWTClaimsRegistry(
            now=int(actor.now.timestamp()),
            leeway=CLOCK_LEEWAY_SECONDS,
            iss={"essential": True, "value": receipts.fhir_url},
            aud={"essential": True, "value": receipts.audience},
            exp={"essential": True},
        ).validate(token.claims)
        return UUID(token.claims["jti"])
    except ExpiredTokenError as error:
        raise PresenceRefused("presence.receipt-expired", "the receipt has ended") from error
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PresenceRefused("presence.receipt-invalid", "the receipt does not verify") from error


def _person_hash(secret: bytes, national_id: str) -> str:
    """Hide the number: only the gateway can tell whose receipt it is."""
    return hmac.new(secret, b"person:" + national_id.encode(), hashlib.sha256).hexdigest()
