"""A refused proof of presence: in the log although it is refused, and nothing is stored."""

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from gateway.store.database import Caller
from gateway.store.tables_presence import Presence, PresenceChallenge
from tests.integration.gateway.answers import logged
from tests.integration.gateway.world import HERE, World

DESK = Caller("facility", "any", HERE)


def refusal(world: World, answer: TestResponse, status: int = 422) -> str:
    """Return the code of a refusal, which must be in the log, and must have stored nothing."""
    assert answer.status_code == status, answer.text
    code: str = answer.json["code"]
    outcomes = [row.outcome for row in logged(world, answer.headers["X-Request-Id"])]
    assert outcomes == [f"refused {code}"]
    assert count(world, Presence) == 0
    return code


def count(world: World, table: type[Presence | PresenceChallenge], caller: Caller = DESK) -> int | None:
    with world.database.begin(caller) as session:
        return session.scalar(select(func.count()).select_from(table))
