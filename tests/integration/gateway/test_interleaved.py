"""What is used once is used once even where another comes exactly between looking and taking.

The other one's update is made certain to lie there: it runs, as it would after its commit, right
before ours. (Two SQLite transactions cannot lie so, for a writer waits; PostgreSQL's can and do.)
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import ORMExecuteState, Session

from gateway.errors import PresenceRefused
from gateway.services import challenges, presence
from gateway.services.access_log import Actor
from gateway.services.presence import Receipts
from gateway.store.database import Caller
from gateway.store.tables_presence import Presence, PresenceChallenge
from tests.integration.gateway.world import HERE, MOTHER, World

MOMENT = "2026-07-15 03:00:00+00:00"


def desk_of(world: World) -> tuple[Caller, Actor]:
    client_id = world.keys["desk"][0]
    return Caller("facility", client_id, HERE), Actor(client_id, HERE, "between", world.clock())


@contextmanager
def between(world: World, statement: str) -> Iterator[tuple[Session, Actor]]:
    """Begin a transaction of the desk in which `statement` comes right before its first update."""
    caller, actor = desk_of(world)
    with world.database.begin(caller) as session:
        came: list[int] = []

        def come_first(state: ORMExecuteState) -> None:
            if state.is_update and not came:
                came.append(session.connection().execute(text(statement)).rowcount)

        event.listen(session, "do_orm_execute", come_first)
        yield session, actor
        assert came == [1]


def test_a_challenge_that_another_answer_burned_in_between_is_used(world: World) -> None:
    challenge = UUID(world.challenge()["challenge"])
    interleaved = between(world, f"UPDATE presence_challenge SET burned_at = '{MOMENT}'")
    with interleaved as (session, actor), pytest.raises(PresenceRefused) as refused:
        challenges.burn(session, challenge, actor=actor)
    assert refused.value.code == "presence.challenge-used"


def test_a_chips_turn_that_another_took_in_between_is_taken(world: World) -> None:
    challenge = UUID(world.challenge()["challenge"])
    interleaved = between(world, f"UPDATE presence_challenge SET chip_asked_at = '{MOMENT}'")
    with interleaved as (session, actor), pytest.raises(PresenceRefused) as refused:
        challenges.take_chip_turn(session, challenge, actor=actor)
    assert refused.value.code == "presence.chip-asked"


def test_a_challenge_that_was_burned_in_between_keeps_no_secrets(world: World) -> None:
    challenge = UUID(world.challenge()["challenge"])
    with between(world, f"UPDATE presence_challenge SET burned_at = '{MOMENT}'") as (session, actor):
        challenges.keep_examination(session, challenge, b"sealed", actor=actor)
    with world.database.begin(desk_of(world)[0]) as session:
        assert session.scalars(select(PresenceChallenge.sealed)).one() is None


def test_a_receipt_that_another_check_in_consumed_in_between_is_used(world: World) -> None:
    receipt, held = world.receipt(), world.app.extensions["gateway"]
    receipts = Receipts(held.keys, held.settings.fhir_url)
    taken = f"UPDATE presence SET consumed_at = '{MOMENT}', visit_id = 'LK-1'"
    with between(world, taken) as (session, actor), pytest.raises(PresenceRefused) as refused:
        presence.consume(
            session, receipt, national_id=MOTHER, visit_id="LK-2", receipts=receipts, actor=actor
        )
    assert refused.value.code == "presence.used"
    with world.database.begin(desk_of(world)[0]) as session:
        assert session.scalars(select(Presence.visit_id)).one() == "LK-1"


@pytest.mark.parametrize("undone", [False, True], ids=["commits", "is undone"])
def test_of_two_transactions_the_second_waits_for_what_becomes_of_the_first(
    world: World, undone: bool
) -> None:
    """Two real transactions, the second begun while the first holds the challenge."""
    challenge = UUID(world.challenge()["challenge"])
    caller, actor = desk_of(world)
    held, outcome = threading.Event(), list[object]()

    def burn() -> None:
        held.wait()
        try:
            with world.database.begin(caller) as session:
                outcome.append(challenges.burn(session, challenge, actor=actor).id)
        except PresenceRefused as refused:
            outcome.append(refused.code)

    second = threading.Thread(target=burn)
    second.start()
    with world.database.begin(caller) as session:
        challenges.burn(session, challenge, actor=actor)
        held.set()
        second.join(timeout=0.5)
        assert second.is_alive() and not outcome
        if undone:
            session.rollback()
    second.join()
    assert outcome == [challenge if undone else "presence.challenge-used"]
