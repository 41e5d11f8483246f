"""What waits for the portal is there for its facility and the insurer alone: for plain SQL (PostgreSQL)."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.store.database import GATEWAY, Caller
from tests.integration.gateway.parcels import claims_file, cut, send, work_off
from tests.integration.gateway.portals import queue
from tests.integration.gateway.world import HERE, THERE, World

DESK, ELSEWHERE = Caller("facility", "desk", HERE), Caller("facility", "other", THERE)
INSURER = Caller("insurer", "vss")
# SQLite has no row-level security: its one wall is the queries' own conditions.
pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


@pytest.fixture
def waiting(forwarding: World) -> World:
    work_off(forwarding, send(forwarding, cut(claims_file("LK-1"))))
    return forwarding


def test_a_sending_is_seen_by_its_facility_the_insurer_and_the_sender(waiting: World) -> None:
    seen = []
    for caller in (DESK, INSURER, GATEWAY, ELSEWHERE):
        with waiting.database.begin(caller) as session:
            seen.append(session.scalar(text("SELECT count(*) FROM portal_sending")))
    assert seen == [1, 1, 1, 0]


def test_a_sending_is_changed_by_its_facility_and_the_sender_alone(waiting: World) -> None:
    for caller in (ELSEWHERE, INSURER):
        with waiting.database.begin(caller) as session:
            session.execute(text("UPDATE portal_sending SET state = 'taken'"))
    assert [row.state for row in queue(waiting)] == ["waiting"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE portal_sending SET facility = '01999'",
        "UPDATE portal_sending SET batch_id = gen_random_uuid()",
        "UPDATE portal_sending SET business_key = 'LK-2'",
        "DELETE FROM portal_sending",
    ],
)
def test_what_is_to_be_sent_cannot_be_exchanged_or_deleted(waiting: World, change: str) -> None:
    for caller in (DESK, GATEWAY):
        with waiting.database.begin(caller) as session, pytest.raises(DBAPIError):
            session.execute(text(change))


def test_a_facility_does_not_make_itself_forward(waiting: World) -> None:
    with waiting.database.begin(ELSEWHERE) as session:
        session.execute(text("UPDATE facility SET forwards = true"))
    with waiting.database.begin(GATEWAY) as session:
        forwarding = session.execute(text("SELECT code FROM facility WHERE forwards")).scalars().all()
    assert forwarding == [HERE]
