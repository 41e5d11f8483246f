"""Another facility's batch is not there: for plain SQL that forgets every filter (PostgreSQL)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.store.database import GATEWAY, Caller
from gateway.store.metadata import new_id
from gateway.store.tables_batches import BatchReceipt
from tests.integration.gateway.parcels import Parcel, send
from tests.integration.gateway.world import HERE, NOW, THERE, World

DESK, ELSEWHERE = Caller("facility", "desk", HERE), Caller("facility", "other", THERE)
INSURER = Caller("insurer", "vss")
# SQLite has no row-level security: its one wall is the queries' own conditions.
pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
TABLES = ("batch", "batch_chunk", "batch_receipt")


@pytest.fixture
def walled(world: World) -> World:
    batch = send(world, Parcel([b"one\n"]))
    with world.database.begin(DESK) as session:
        session.add(
            BatchReceipt(
                batch_id=batch,
                position=1,
                number=1,
                facility=HERE,
                outcome="refused",
                result="refused",
                code="record.conflict",
            )
        )
    return world


def seen(world: World, caller: Caller) -> list[int | None]:
    with world.database.begin(caller) as session:
        return [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TABLES]


def test_a_batch_is_there_for_its_facility_and_the_insurer_alone(walled: World) -> None:
    assert seen(walled, DESK) == seen(walled, INSURER) == [1, 1, 1]
    assert seen(walled, ELSEWHERE) == seen(walled, GATEWAY) == [0, 0, 0]


@pytest.mark.parametrize(
    "change",
    ["UPDATE batch SET state = 'done'", "UPDATE batch_chunk SET done_at = now()", "DELETE FROM batch_chunk"],
)
def test_a_batch_is_changed_by_its_facility_alone(walled: World, change: str) -> None:
    for caller in (ELSEWHERE, INSURER):
        with walled.database.begin(caller) as session:
            session.execute(text(change))
    with walled.database.begin(DESK) as session:
        left = session.execute(text("SELECT state, done_at FROM batch JOIN batch_chunk ON batch_id = id"))
        assert left.all() == [("queued", None)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE batch SET facility = '01999'",
        "UPDATE batch SET sha256 = ''",
        "UPDATE batch_chunk SET body = ''",
        "UPDATE batch_receipt SET result = 'stored'",
        "DELETE FROM batch_receipt",
        "DELETE FROM batch",
    ],
)
def test_what_was_received_and_what_was_answered_is_not_changed_by_anybody(
    walled: World, change: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), walled.database.begin(DESK) as session:
        session.execute(text(change))


def test_nobody_gives_a_receipt_in_another_facilitys_name(walled: World) -> None:
    row = BatchReceipt(
        batch_id=new_id(NOW), position=1, number=1, facility=HERE, outcome="refused", result="refused"
    )
    with pytest.raises(DBAPIError, match="row-level security"), walled.database.begin(ELSEWHERE) as session:
        session.add(row)
