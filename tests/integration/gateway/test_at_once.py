"""What may happen once happens once, however many ask at the same moment."""

import threading
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import func, select

from gateway.store.database import Caller
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Claim, Encounter
from tests.integration.gateway.world import HERE, World, claim, codes, encounter

MANY = 12
T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> list[T]:
    """Run the calls in threads that start together, and return their answers."""
    answers: list[T] = []
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> None:
        together.wait()
        answers.append(call())

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def count(world: World, table: type[Claim | Encounter | Presence]) -> int | None:
    with world.database.begin(Caller("facility", "any", HERE)) as session:
        return session.scalar(select(func.count()).select_from(table))


def test_one_claim_is_stored_of_many_sendings(world: World) -> None:
    world.token("desk")
    answers = at_once(*[lambda: world.post("desk", "/fhir/Claim", claim())] * MANY)
    assert sorted(answer.status_code for answer in answers) == [200] * (MANY - 1) + [201]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert count(world, Claim) == 1


def test_one_answer_is_given_to_an_idempotency_key(world: World) -> None:
    world.token("desk")
    answers = at_once(*[lambda: world.post("desk", "/fhir/Claim", claim(), Idempotency_Key="k")] * MANY)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert count(world, Claim) == 1


def test_one_check_in_consumes_a_receipt(world: World) -> None:
    receipt = world.receipt()
    bodies = [encounter(f"LK-{number}", receipt=receipt) for number in range(MANY)]
    answers = at_once(*[lambda body=body: world.post("desk", "/fhir/Encounter", body) for body in bodies])
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (MANY - 1)
    refused = [codes(answer) for answer in answers if answer.status_code == 422]
    assert refused == [["presence.used"]] * (MANY - 1)
    assert count(world, Encounter) == 1


def test_one_token_is_given_for_an_assertion(world: World) -> None:
    assertion = world.assertion("desk")
    answers = at_once(*[lambda: world.ask_token(assertion)] * MANY)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * (MANY - 1)


def test_one_presence_is_made_of_a_statement(world: World) -> None:
    signed = world.sign("desk", world.stated(world.card()))
    world.token("desk")
    answers = at_once(*[lambda: world.state("desk", signed)] * MANY)
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (MANY - 1)
    refused = [answer.json["code"] for answer in answers if answer.status_code == 422]
    assert refused == ["presence.statement-used"] * (MANY - 1)
    assert count(world, Presence) == 1
