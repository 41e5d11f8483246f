"""The reaper: what a worker without a lease had begun waits again, and nothing else does."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gateway.services.serving import instant
from gateway.services.workers import LEASE, standing
from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.work_queue import BATCHES, enqueuer
from gateway.work import leases
from tests.integration.gateway.world import HERE, NOW

Row = tuple[str, str | None, str | None, str | None]


def work(session: Session) -> str:
    return "dbos.workflow_status" if session.get_bind().dialect.name == "postgresql" else "workflow_status"


@pytest.fixture
def begun(database: Database) -> Database:
    """Two batches: one that `alive` has begun and one that `dead` has; another program's workflow too."""
    enqueue = enqueuer(database.engine)
    with database.begin(Caller("facility", "desk", HERE)) as session:
        for name in ("alive", "dead", "another"):
            enqueue(session, name, {}, 1)
            session.execute(
                text(
                    f"UPDATE {work(session)} SET status = 'PENDING', executor_id = :name, owner_xid = 'x',"
                    " application_version = '1' WHERE workflow_uuid = :name"
                ),
                {"name": name},
            )
        session.execute(text(f"UPDATE {work(session)} SET name = 'other' WHERE workflow_uuid = 'another'"))
    return database


def rows(database: Database) -> dict[str, Row]:
    with database.begin(GATEWAY) as session:
        query = (
            f"SELECT workflow_uuid, status, application_version, owner_xid, queue_name FROM {work(session)}"
        )
        return {row[0]: tuple(row[1:]) for row in session.execute(text(query))}


def test_only_the_work_of_the_dead_waits_again(begun: Database) -> None:
    with begun.begin(GATEWAY) as session:
        leases.renew(session, "alive", "1", now=NOW)
        assert leases.reap(session, "1", now=NOW) == 1
    assert rows(begun) == {
        "alive": ("PENDING", "1", "x", BATCHES),
        "dead": ("ENQUEUED", "1", None, BATCHES),
        "another": ("PENDING", "1", "x", BATCHES),
    }
    with begun.begin(GATEWAY) as session:
        assert leases.reap(session, "1", now=NOW) == 0


def test_work_for_a_version_that_nobody_bears_is_taken_and_that_of_the_living_is_left(
    begun: Database,
) -> None:
    with begun.begin(GATEWAY) as session:
        leases.renew(session, "new", "2", now=NOW)
        leases.renew(session, "alive", "1", now=NOW)
        leases.reap(session, "2", now=NOW)
    assert rows(begun)["dead"][:2] == ("ENQUEUED", "1")
    with begun.begin(GATEWAY) as session:
        leases.end(session, "alive")
        leases.reap(session, "2", now=NOW)
    found = rows(begun)
    assert (found["dead"][:2], found["alive"][:2]) == (("ENQUEUED", "2"), ("ENQUEUED", "2"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lease_that_is_not_renewed_ends(begun: Database) -> None:
    """On SQLite, whose clock is the caller's; PostgreSQL's own clock cannot be moved by a test."""
    with begun.begin(GATEWAY) as session:
        leases.renew(session, "alive", "1", now=NOW)
        assert leases.reap(session, "1", now=NOW + LEASE) == 1  # the dead one
        later = NOW + LEASE + timedelta(seconds=1)
        assert leases.reap(session, "1", now=later) == 1
        leases.reap(session, "1", now=NOW + leases.FORGOTTEN + timedelta(seconds=1))
        assert session.scalar(text("SELECT count(*) FROM work_lease")) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_asks_learns_whether_a_worker_lives(database: Database) -> None:
    """On SQLite alone: PostgreSQL judges by its own clock, which no test moves."""
    late = NOW + LEASE + timedelta(seconds=1)
    with database.begin(GATEWAY) as session:
        assert standing(session, now=NOW) == "none"
        leases.renew(session, "one", "1", now=NOW)
        assert standing(session, now=NOW + LEASE) == "alive"
        assert standing(session, now=late) == f"none since {instant(NOW)}"
        leases.end(session, "one")
        assert standing(session, now=late) == "none"


def test_a_worker_that_has_just_renewed_its_lease_is_said_to_live(database: Database) -> None:
    with database.begin(GATEWAY) as session:
        leases.renew(session, "one", "1", now=NOW)
        assert standing(session, now=NOW) == "alive"
