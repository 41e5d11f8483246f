"""What is used once is used once even where another comes exactly between looking and taking.

The other one's update is made certain to lie there: it runs, as it would after its commit, right
before ours. (Two SQLite transactions cannot lie so, for a writer waits; PostgreSQL's can and do.)
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import ORMExecuteState, Session

from gateway.errors import PresenceRefused, RecordConflict
from gateway.services import cancelling, challenges, months, presence, storing
from gateway.services.access_log import Actor
from gateway.services.entries import Entry, Outcome
from gateway.services.presence import Receipts
from gateway.services.versions import Correction
from gateway.store.database import GATEWAY, Caller
from gateway.store.tables_presence import Presence, PresenceChallenge
from gateway.store.tables_records import Claim
from tests.integration.gateway.corrections import decide, key_of, older
from tests.integration.gateway.world import HERE, MOTHER, World, claim, encounter

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


def correcting(world: World, day: str) -> Callable[[Session], list[Outcome]]:
    """What corrects the claim LK-1 to this day of `created`."""
    held, resource = world.app.extensions["gateway"], claim() | {"created": day}
    receipts, (_, actor) = Receipts(held.keys, held.settings.fhir_url), desk_of(world)
    entry = Entry(resource, world.app.json.dumps(resource).encode())
    return lambda session: storing.store(
        session, [entry], receipts=receipts, actor=actor, correction=Correction(f"as-of-{day[-2:]}")
    )


def cancelling_(world: World) -> Callable[[Session], object]:
    actor = desk_of(world)[1]
    asked = cancelling.Cancellation("claim", "LK-1", Correction("cancelled"))
    return lambda session: cancelling.cancel(session, asked, actor=actor)


@contextmanager
def meanwhile(world: World, other: Callable[[Session], object]) -> Iterator[Session]:
    """Begin a transaction of the desk in which `other` comes, whole, right before its first update."""
    with world.database.begin(desk_of(world)[0]) as session:
        came: list[object] = []

        def come_first(state: ORMExecuteState) -> None:
            if state.is_update and not came:
                came.append(None)
                other(session)

        event.listen(session, "do_orm_execute", come_first)
        yield session
        assert came


def test_a_correction_that_another_preceded_is_judged_again_and_comes_after_it(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    with meanwhile(world, correcting(world, "2026-07-02")) as session:
        (outcome,) = correcting(world, "2026-07-03")(session)
    assert (outcome.version, outcome.corrected) == (3, True)
    assert [(version, reason) for version, _, reason in older(world)] == [(1, "as-of-02"), (2, "as-of-03")]
    assert b"2026-07-02" in older(world)[1][1]


def test_a_correction_that_another_made_already_is_a_replay(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    with meanwhile(world, correcting(world, "2026-07-02")) as session:
        (outcome,) = correcting(world, "2026-07-02")(session)
    assert (outcome.version, outcome.corrected) == (2, False)
    assert len(older(world)) == 1


def test_a_cancellation_that_a_correction_preceded_withdraws_the_corrected_record(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    with meanwhile(world, correcting(world, "2026-07-02")) as session:
        cancelling_(world)(session)
    assert key_of(world) == (3, True)
    assert b"2026-07-02" in older(world)[1][1]


def test_a_cancellation_that_another_preceded_is_the_same(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    with meanwhile(world, cancelling_(world)) as session:
        cancelling_(world)(session)
    assert key_of(world) == (2, True)


def test_a_record_that_is_decided_in_between_is_not_corrected(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    actor = desk_of(world)[1]

    def decided(session: Session) -> None:
        if world.database.engine.dialect.name == "sqlite":
            session.connection().execute(text(f"UPDATE record_key SET decided_at = '{MOMENT}'"))
        else:  # the desk has no right to, so another does; its transaction ends first
            decide(world)

    with pytest.raises(RecordConflict) as refused, meanwhile(world, decided) as session:
        correcting(world, "2026-07-02")(session)
    assert (refused.value.code, actor.facility) == ("record.decided", HERE)
    assert older(world) == []


def test_of_two_corrections_at_once_the_second_waits_and_replaces_the_first(world: World) -> None:
    """Two real transactions, the second begun while the first holds the record."""
    world.post("desk", "/fhir/Claim", claim())
    caller, outcome = desk_of(world)[0], list[int]()

    def come_second() -> None:
        with world.database.begin(caller) as session:
            outcome.append(correcting(world, "2026-07-03")(session)[0].version)

    second = threading.Thread(target=come_second)
    with world.database.begin(caller) as session:
        correcting(world, "2026-07-02")(session)
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive() and not outcome
    second.join()
    assert outcome == [3]
    assert [reason for _, _, reason in older(world)] == ["as-of-02", "as-of-03"]


def test_a_month_is_closed_after_the_claims_that_are_being_stored(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    closed = threading.Event()

    def close() -> None:
        with world.database.begin(GATEWAY) as session:
            months.close(session, date(2026, 7, 1), facility=None, by="test", now=world.clock())
        closed.set()

    operator = threading.Thread(target=close)
    with world.database.begin(desk_of(world)[0]) as session:
        correcting(world, "2026-07-02")(session)
        operator.start()
        assert not closed.wait(timeout=0.5)
    operator.join()
    with (
        pytest.raises(RecordConflict, match="2026-07"),
        world.database.begin(desk_of(world)[0]) as session,
    ):
        correcting(world, "2026-07-03")(session)


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


def test_a_claim_that_is_stored_while_its_check_in_is_waits_and_has_its_presence(world: World) -> None:
    held = world.app.extensions["gateway"]
    receipts, (caller, actor) = Receipts(held.keys, held.settings.fhir_url), desk_of(world)

    def store(session: Session, resource: dict[str, Any]) -> None:
        entry = Entry(resource, world.app.json.dumps(resource).encode())
        storing.store(session, [entry], receipts=receipts, actor=actor)

    def file_claim() -> None:
        with world.database.begin(caller) as session:
            store(session, claim("LK-1"))

    check_in, second = encounter("LK-1", receipt=world.receipt()), threading.Thread(target=file_claim)
    with world.database.begin(caller) as session:
        store(session, check_in)
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive()
    second.join()
    with world.database.begin(caller) as session:
        assert session.scalars(select(Claim.presence_id)).one() == session.scalars(select(Presence.id)).one()
