"""Verify a desk's statement and the chip's evidence in it: no database, no transaction, only arithmetic.

The level follows from our own checks alone (docs/adr/0009-presence-is-proven-to-the-insurer.md).
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cardreader.errors import CardError
from cardreader.proof.chip import ChipExamination, ChipQuestion
from cardreader.proof.evidence import CardIdentity, Evidence, details_of, identity
from cardreader.proof.passive import verify_passive
from cardreader.proof.trust import TrustStore
from cardreader.proof.verdict import Verdict, examine
from gateway.domain.eligibility import ChipLevel
from gateway.errors import PresenceRefused
from gateway.services import sealing, statements
from gateway.services.challenges import Burned
from gateway.services.clients import PublicKey
from gateway.services.statements import Statement

RandomBytes = Callable[[int], bytes]


PURPOSE = b"tiepdon chip examination"


@dataclass(frozen=True, slots=True)
class Verifier:
    """What a gateway verifies with: its pinned authorities, its secret, and the name desks address it by."""

    trust: TrustStore
    secret: bytes = field(repr=False)
    audience: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Who was on the desk, and how sure that is; `zone_name` as in `tables_presence.Presence`."""

    holder: CardIdentity = field(repr=False)
    zone_name: bool
    level: ChipLevel
    training: bool


def verify(
    statement: Statement, challenge: Burned | None, *, key: PublicKey, verifier: Verifier, now: datetime
) -> Verified:
    """Return what the statement proves; without a challenge that is `chip-read` at the most.

    Raises PresenceRefused: the statement is not the desk's own, or answers another reader's or session's
    challenge; a check failed; or a card with a key of its own did not prove itself under the challenge.
    """
    statements.verify(statement, key, audience=verifier.audience, now=now)
    if challenge and (challenge.reader, challenge.desk_session) != (statement.reader, statement.desk_session):
        raise PresenceRefused("presence.challenge-foreign", "asked at another reader or in another session")
    evidence = statement.evidence
    examination = _unsealed(challenge, evidence, verifier) if challenge and challenge.sealed else None
    agreed = examination is not None and evidence.active_signature is None  # in place of signing
    nonce = challenge.nonce if challenge and not agreed else None
    verdict = examine(evidence, verifier.trust, at=now, nonce=nonce, examination=examination)
    holder = _holder(evidence, verdict)
    level = _level(verdict, challenged=challenge is not None, person=holder.id_number)
    details = details_of(evidence)
    zone_name = details is None or not details.fields.get(2)
    return Verified(holder, zone_name, level, verdict.training)


def ask_chip(
    evidence: Evidence, challenge: UUID, *, verifier: Verifier, now: datetime, random_bytes: RandomBytes
) -> tuple[ChipQuestion, bytes]:
    """Return the question for a genuine card's chip, and what it takes to judge the answer, sealed.

    Raises PresenceRefused: the data are not those that a pinned authority signed, or offer no key
    that a chip authentication can be made with.
    """
    passive = verify_passive(evidence, verifier.trust, at=now).check
    if not passive.passed:
        raise PresenceRefused(passive.reason or "proof.signature-invalid", "the data are not genuine")
    try:
        examination = ChipExamination.begin(evidence.data_groups[14], random_bytes=random_bytes)
    except CardError as error:
        raise PresenceRefused(error.code, "DG14 offers no chip authentication that we can make") from error
    place = _place(challenge, evidence)
    sealed = sealing.seal(
        verifier.secret, examination.to_secret(), purpose=PURPOSE, place=place, random_bytes=random_bytes
    )
    return examination.question, sealed


def _unsealed(challenge: Burned, evidence: Evidence, verifier: Verifier) -> ChipExamination:
    """Return the chip examination of this challenge and this card."""
    place = _place(challenge.id, evidence)
    try:
        return ChipExamination.from_secret(
            sealing.unseal(verifier.secret, challenge.sealed or b"", purpose=PURPOSE, place=place)
        )
    except (sealing.Unsealable, CardError) as error:
        raise PresenceRefused("presence.other-card", "the chip was asked with another card's data") from error


def _place(challenge: UUID, evidence: Evidence) -> bytes:
    """Return what a sealed examination is bound to: its challenge, and the card for which it was begun."""
    return challenge.bytes + hashlib.sha256(evidence.security_object).digest()


def _holder(evidence: Evidence, verdict: Verdict) -> CardIdentity:
    """Return whom the signed data name.

    Raises PresenceRefused: they are not signed by a pinned authority, or name nobody.
    """
    if not verdict.passive.passed:
        raise PresenceRefused(
            verdict.passive.reason or "proof.signature-invalid", "passive authentication did not pass"
        )
    try:
        return identity(evidence)
    except CardError as error:
        raise PresenceRefused(error.code, "the evidence names no holder") from error


def _level(verdict: Verdict, *, challenged: bool, person: str) -> ChipLevel:
    """Return the level that the checks reach.

    A card that is asked under a challenge proves itself by whatever its security object lists for that:
    else a copy without the chip's key would pass by leaving the answer out.

    Raises PresenceRefused: a check failed, or was not made although the card has the key.
    """
    if reason := verdict.failure():
        raise PresenceRefused(reason, "a check of the evidence failed", person=person)
    if not challenged:
        return "chip-read"
    if verdict.level == "chip-proven":
        return "chip-proven"
    for check in (verdict.active, verdict.chip):
        if check.status != "absent":
            raise PresenceRefused(
                check.reason or "proof.active-not-done", "the chip did not prove itself", person=person
            )
    return "chip-read"
