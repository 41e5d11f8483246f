"""An idempotency key belongs to its client: the same key and body get the first answer again."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateway.errors import IdempotencyReused, RequestRefused
from gateway.services.access_log import Actor
from gateway.store.tables_access import Idempotency
from gateway.store.upsert import insert_if_absent

MAX_KEY_CHARS = 200


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What was answered the first time."""

    status: int
    body: bytes
    location: str | None


def take(session: Session, key: str, body: bytes, *, actor: Actor) -> FirstAnswer | None:
    """Take the key for this transaction, or return the answer that it was given before.

    Waits for another request that holds the key. If the transaction is undone, the key is free again.

    Raises IdempotencyReused: the key came with another body. RequestRefused: it is no usable key.
    """
    if not (0 < len(key) <= MAX_KEY_CHARS and key.isprintable()):
        raise RequestRefused("request.idempotency-key", f"a key has 1 to {MAX_KEY_CHARS} characters")
    body_hash = hashlib.sha256(body).hexdigest()
    row: dict[str, Any] = {
        "client_id": actor.client_id,
        "key": key,
        "facility": actor.facility,
        "body_hash": body_hash,
        "created_at": actor.now,
    }
    if insert_if_absent(session, Idempotency, row):
        return None
    first = session.execute(
        select(Idempotency).where(Idempotency.client_id == actor.client_id, Idempotency.key == key)
    ).scalar_one()
    if first.body_hash != body_hash:
        raise IdempotencyReused("idempotency.reused", "the idempotency key came with another body before")
    return FirstAnswer(first.status or 200, first.answer or b"", first.location)


def keep(session: Session, key: str, answer: FirstAnswer, *, actor: Actor) -> None:
    """Keep the answer for whoever comes again with the key."""
    session.execute(
        update(Idempotency)
        .where(Idempotency.client_id == actor.client_id, Idempotency.key == key)
        .values(status=answer.status, answer=answer.body, location=answer.location)
    )
