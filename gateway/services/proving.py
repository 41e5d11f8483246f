"""The way of a proof of presence, in three steps: burn the challenge, verify, store.

Burning and storing have a transaction each; verifying holds none, for it costs time. What is
refused, or fails, is logged although nothing comes of it, in a transaction of its own.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cardreader.proof.chip import ChipQuestion
from gateway.errors import GatewayError
from gateway.services import challenges, clients, presence, refusals, statements, verification
from gateway.services.access_log import Actor
from gateway.services.presence import Receipts
from gateway.services.verification import RandomBytes, Verifier
from gateway.store.tables_presence import Presence

CHIP_GROUPS = frozenset({1, 14})


@dataclass(frozen=True, slots=True)
class Desk:
    """Who proves a presence, and to whom; `begin` begins a transaction as this desk."""

    actor: Actor
    begin: Callable[[], AbstractContextManager[Session]]
    verifier: Verifier
    receipts: Receipts


def prove(body: bytes, desk: Desk) -> tuple[str, Presence]:
    """Return the receipt and row of a presence that the desk's statement proves.

    The challenge is burned, and that is committed, before anything is verified: of two answers one
    wins, and a refused answer is an answer too.

    Raises RequestRefused, PresenceRefused: as statements, challenges and verification say.
    """
    with _ends_logged(desk, "prove", "Presence"):
        statement = statements.read(body)
    with _ends_logged(desk, "prove", statement.resource):
        with desk.begin() as session:
            key = clients.key_of(session, desk.actor.client_id)
            burned = (
                challenges.burn(session, statement.challenge, actor=desk.actor)
                if statement.challenge
                else None
            )
        verified = verification.verify(statement, burned, key=key, verifier=desk.verifier, now=desk.actor.now)
        with desk.begin() as session:
            return presence.store(
                session, statement, verified, challenge=burned, receipts=desk.receipts, actor=desk.actor
            )


def ask_chip(
    asked: dict[str, Any], challenge: UUID, desk: Desk, *, random_bytes: RandomBytes
) -> ChipQuestion:
    """Return the question that only the chip of the evidence in `asked` can answer; once per challenge.

    Raises RequestRefused, PresenceRefused: as `prove`.
    """
    with _ends_logged(desk, "ask-chip", statements.challenge_name(challenge)):
        evidence = statements.wanted_evidence(asked, CHIP_GROUPS, needed=CHIP_GROUPS)
        with desk.begin() as session:
            challenges.take_chip_turn(session, challenge, actor=desk.actor)
        question, sealed = verification.ask_chip(
            evidence, challenge, verifier=desk.verifier, now=desk.actor.now, random_bytes=random_bytes
        )
        with desk.begin() as session:
            challenges.keep_examination(session, challenge, sealed, actor=desk.actor)
    return question


def _ends_logged(desk: Desk, action: str, resource: str) -> AbstractContextManager[None]:
    """Write every refusal into the access log: of the chip, or of what came with it."""
    return refusals.logged(desk.begin, desk.actor, action, resource, kinds=(GatewayError,))
