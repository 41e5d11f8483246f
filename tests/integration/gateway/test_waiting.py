"""Who waits for whom: readers for nobody, a desk for no more than a part of a chunk."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gateway.services import months
from gateway.services.batch_storing import RECORDS_AT_ONCE
from gateway.services.batches import Job
from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.tables_access import Access
from gateway.store.tables_records import Claim
from tests.integration.gateway.parcels import claims_file, cut, lines, receipts, send, work_off, workshop
from tests.integration.gateway.world import HERE, NOW, World, claim, encounter

INSURER = Caller("insurer", "test")
MONTH = date(2026, 7, 1)


def test_a_read_inside_an_open_write_transaction_answers(world: World) -> None:
    batch = send(world, lines(claim("LK-1")))
    world.token("insurer")
    with world.database.begin(GATEWAY) as session:
        months.close(session, MONTH, facility=None, by="test", now=NOW)
        for path in (f"/batches/{batch}", "/batches"):
            assert world.get("insurer", path).status_code == 200
        assert world.app.test_client().get("/readyz").status_code == 200
        with world.database.read(GATEWAY) as reader:
            assert months.every(reader) == []


def test_who_only_reads_can_write_nothing_and_leaves_no_trace_on_the_connection(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"), database.read(GATEWAY) as session:
        months.close(session, MONTH, facility=None, by="test", now=NOW)
    with database.begin(GATEWAY) as session:
        assert months.close(session, MONTH, facility=None, by="test", now=NOW)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_desk_checks_in_between_two_parts_of_a_chunk(world: World) -> None:
    """The log is written in the order of the transactions, and SQLite numbers its rows in that order."""
    count = 3 * RECORDS_AT_ONCE
    job = job_of(world, send(world, lines(*(claim(f"LK-{n}") for n in range(count)), per_chunk=count)))
    shop = workshop(world)
    storing = threading.Thread(target=lambda: shop.store_chunk(job, 1))
    storing.start()
    arrived = 0
    while storing.is_alive():
        assert world.post("desk", "/fhir/Encounter", encounter(f"ARRIVED-{arrived}")).status_code == 201
        arrived += 1
    with world.database.read(INSURER) as session:
        log = session.scalars(
            select(Access.resource).where(Access.action == "create").order_by(text("rowid"))
        )
        kinds = "".join(what[0] for what in log if what.startswith(("Claim/", "Encounter/")))
    assert "E" in kinds.strip("E")


def test_a_chunk_that_was_stored_in_part_is_stored_to_its_end(world: World) -> None:
    count = RECORDS_AT_ONCE + 10
    visits = [f"LK-{number}" for number in range(1, count + 1)]
    batch = send(world, cut(claims_file(*visits, births=True), per_chunk=count))
    whole = workshop(world)
    job = job_of(world, batch)
    assert whole.check_whole(job) == 1
    with pytest.raises(InterruptedError):
        replace(whole, now=interrupted(whole.now, after=1)).store_chunk(job, 1)
    told = receipts(world, batch)
    assert [one["number"] for one in told if one["kind"] == "claim"] == list(range(1, RECORDS_AT_ONCE + 1))
    assert len(told) == 2 * RECORDS_AT_ONCE
    status = work_off(world, batch, shop=whole)
    assert (status["state"], status["counts"]["stored"]) == ("done", 2 * count)
    assert [one["position"] for one in receipts(world, batch)] == list(range(1, 2 * count + 1))
    with world.database.read(INSURER) as session:
        assert sorted(session.scalars(select(Claim.visit_id))) == sorted(visits)


def job_of(world: World, batch: str) -> Job:
    return Job(UUID(batch), HERE, world.keys["desk"][0])


def interrupted(clock: Callable[[], datetime], *, after: int) -> Callable[[], datetime]:
    """A clock that is asked once for each part of a chunk, and ends the work behind the first ones."""
    asked = 0

    def now() -> datetime:
        nonlocal asked
        asked += 1
        if asked > after:
            raise InterruptedError
        return clock()

    return now
