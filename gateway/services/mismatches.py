"""How many questions that matched nobody a desk may ask within an hour; the database counts."""

import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from gateway.errors import TooMany
from gateway.services.access_log import Actor
from gateway.store.tables_access import MismatchCount
from gateway.store.upsert import count_up

MISMATCHES_PER_HOUR = 20


def take(session: Session, actor: Actor) -> None:
    """Take one of the desk's mismatches; other questions of the desk wait until this one is decided.

    Raises TooMany: it has had them all for this hour.
    """
    key = {"client_id": actor.client_id, "hour": _hour(actor.now)}
    if count_up(session, MismatchCount, key, counter="count") > MISMATCHES_PER_HOUR:
        wait = math.ceil((_hour(actor.now) + timedelta(hours=1) - actor.now).total_seconds())
        raise TooMany("request.too-many-mismatches", "too many mismatches", retry_after=wait)


def give_back(session: Session, actor: Actor) -> None:
    """Give the mismatch back that `take` took in this transaction."""
    own = (MismatchCount.client_id == actor.client_id, MismatchCount.hour == _hour(actor.now))
    session.execute(update(MismatchCount).where(*own).values(count=MismatchCount.count - 1))


def _hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
