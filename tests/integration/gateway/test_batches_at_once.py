"""Several senders of one file at the same moment: one batch, one of each chunk, one place in the queue."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.integration.gateway.corrections import cancel
from tests.integration.gateway.parcels import (
    commit,
    create,
    lines,
    put,
    receipts,
    send,
    work_off,
    workshop,
)
from tests.integration.gateway.test_batch_door import queued
from tests.integration.gateway.world import World, claim

AT_ONCE = 6
PARCEL = lines(*(claim(f"LK-{number}") for number in range(6)))


def at_once(what: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [future.result() for future in [pool.submit(what) for _ in range(AT_ONCE)]]


def test_one_file_announced_at_once_is_one_batch(world: World) -> None:
    world.token("desk")
    answers = at_once(lambda: create(world, PARCEL))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer.json["batch"] for answer in answers}) == 1


def test_one_file_whose_receipts_hold_no_longer_announced_at_once_begins_one_round(world: World) -> None:
    first = send(world, PARCEL)
    work_off(world, first)
    assert cancel(world, key="LK-3").status_code == 200
    answers = at_once(lambda: create(world, PARCEL))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    (second,) = {answer.json["batch"] for answer in answers}
    assert second != first


def test_one_chunk_sent_at_once_is_kept_once_and_one_commit_queues_it_once(world: World) -> None:
    batch = create(world, PARCEL).json["batch"]
    for number, (data, records) in enumerate(zip(PARCEL.chunks, PARCEL.records, strict=True), start=1):
        answers = at_once(
            lambda number=number, data=data, records=records: put(world, batch, number, data, records=records)
        )
        assert Counter(answer.status_code for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    answers = at_once(lambda: commit(world, batch))
    assert {answer.status_code for answer in answers} == {202}
    assert queued(world) == [batch]


def test_a_batch_worked_off_twice_at_the_same_time_is_stored_once(world: World) -> None:
    batch = send(world, PARCEL)
    shop = workshop(world)
    statuses = at_once(lambda: work_off(world, batch, shop=shop))
    assert [status["counts"]["stored"] for status in statuses] == [6] * AT_ONCE
    assert [one["position"] for one in receipts(world, batch)] == [1, 2, 3, 4, 5, 6]
