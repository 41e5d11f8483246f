"""Workers that are killed, joined, upgraded and replaced: every record is stored once, with one receipt."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from gateway.store.database import GATEWAY, Caller
from gateway.store.tables_access import Access
from gateway.store.tables_batches import BatchChunk, BatchReceipt
from gateway.store.tables_records import Claim
from gateway.work import slots
from tests.integration.gateway.parcels import lines, send
from tests.integration.gateway.world import World, claim

ROOT = Path(__file__).parents[3]
INSURER = Caller("insurer", "test")
LEASE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
SEED = 20260715
KILLS = 4


@dataclass
class Workers:
    """Processes that work on one world's database; each `host` has a data folder of its own."""

    world: World
    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *, host: str = "one", version: str = "1") -> subprocess.Popen[bytes]:
        settings = self.world.app.extensions["gateway"].settings
        data = self.folder / host
        if not data.exists():
            ignored = shutil.ignore_patterns("workers")
            shutil.copytree(settings.data_dir, data, ignore=ignored)
            data.chmod(0o700)
        environment = os.environ | {
            "TIEPDON_GATEWAY_DATA_DIR": str(data),
            "TIEPDON_GATEWAY_DATABASE_URL": settings.database_url,
            "TIEPDON_GATEWAY_TRUST_DIR": str(settings.trust),
            "TIEPDON_GATEWAY_TRAINING": "true",
            "PYTHONPATH": "fhir",
        }
        module = "tests.integration.gateway.worker_process"
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, version, str(LEASE_SECONDS)],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def workers(world: World, tmp_path: Path) -> Iterator[Workers]:
    folder = tmp_path / "workers"
    folder.mkdir()
    made = Workers(world, folder)
    yield made
    made.end()


def batch_of(world: World, name: str, claims: int = 300, per_chunk: int = 2) -> str:
    resources = [claim(f"{name}-{number:03d}") for number in range(claims)]
    return send(world, lines(*resources, per_chunk=per_chunk))


def chunks_done(world: World) -> int:
    url = world.database.engine.url
    if url.drivername == "sqlite":  # a look that waits for no writer, or a busy worker would be done first
        with closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)) as looking:
            (done,) = looking.execute("SELECT count(*) FROM batch_chunk WHERE done_at IS NOT NULL").fetchone()
            return int(done)
    with world.database.begin(INSURER) as session:
        query = select(func.count()).where(BatchChunk.done_at.is_not(None))
        return session.execute(query).scalar_one()


def until(what: Callable[[], bool], workers: Workers) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, workers.log()
        time.sleep(0.02)


def is_done(world: World, *batches: str) -> Callable[[], bool]:
    def done() -> bool:
        return all(world.get("insurer", f"/batches/{batch}").json["state"] == "done" for batch in batches)

    return done


def assert_each_stored_once(world: World, claims: int) -> None:
    """Every claim has its row, its one receipt, and one line of the access log that says that it was new."""
    with world.database.begin(INSURER) as session:
        stored = session.scalars(select(Claim.visit_id)).all()
        told = session.execute(select(BatchReceipt.batch_id, BatchReceipt.key, BatchReceipt.result)).all()
        created = Access.resource.like("Claim/%"), Access.action == "create", Access.outcome == "new"
        logged = session.scalars(select(Access.resource).where(*created)).all()
        counted = session.scalars(
            select(func.max(BatchReceipt.position)).group_by(BatchReceipt.batch_id)
        ).all()
    assert len(stored) == len(set(stored)) == claims
    assert sorted(row.key for row in told) == sorted(stored)
    assert {row.result for row in told} == {"stored"}
    assert len(logged) == len(set(logged)) == claims
    assert sum(counted) == claims


def executors(world: World) -> set[str]:
    return of_workflows(world, "executor_id")


def statuses(world: World) -> set[str]:
    return of_workflows(world, "status")


def of_workflows(world: World, column: str) -> set[str]:
    prefix = "dbos." if world.database.engine.dialect.name == "postgresql" else ""
    with world.database.begin(GATEWAY) as session:
        return set(session.scalars(text(f"SELECT {column} FROM {prefix}workflow_status")))


def test_a_worker_that_is_killed_at_random_moments_loses_and_doubles_nothing(
    world: World, workers: Workers
) -> None:
    dice = random.Random(SEED)
    batch = batch_of(world, "LK", claims=400)
    killed_at_work = 0
    while not is_done(world, batch)() and killed_at_work < KILLS:
        process = workers.start()
        before = chunks_done(world)
        until(lambda before=before: chunks_done(world) > before, workers)
        time.sleep(dice.uniform(0, 0.1))
        process.kill()
        process.wait()
        killed_at_work += not is_done(world, batch)()
    assert killed_at_work == KILLS
    workers.start()
    until(is_done(world, batch), workers)
    assert_each_stored_once(world, 400)


def test_a_second_worker_joins_and_takes_batches_of_its_own(world: World, workers: Workers) -> None:
    batches = [batch_of(world, f"A{number}", claims=20) for number in range(10)]
    workers.start(host="one")
    workers.start(host="two")
    until(is_done(world, *batches), workers)
    assert_each_stored_once(world, 200)
    assert len(executors(world)) == 2


def test_two_workers_of_one_machine_have_two_names(world: World, workers: Workers) -> None:
    batches = [batch_of(world, f"A{number}", claims=20) for number in range(10)]
    workers.start()
    workers.start()
    until(is_done(world, *batches), workers)
    assert len(executors(world)) == 2


@pytest.mark.parametrize("host", ["one", "two"], ids=["the same machine", "another machine"])
def test_what_a_killed_worker_had_begun_is_ended_by_an_upgraded_one(
    world: World, workers: Workers, host: str
) -> None:
    batch = batch_of(world, "LK")
    process = workers.start(version="1")
    until(lambda: chunks_done(world) > 0, workers)
    process.kill()
    process.wait()
    assert not is_done(world, batch)()
    workers.start(host=host, version="2")
    until(is_done(world, batch), workers)
    assert_each_stored_once(world, 300)


def test_what_waits_for_a_version_that_nobody_has_is_taken_by_the_one_that_lives(
    world: World, workers: Workers
) -> None:
    batch = batch_of(world, "LK", claims=3)
    workers.start(version="0")
    until(is_done(world, batch), workers)


def test_what_a_killed_worker_had_begun_is_ended_by_another_machine(world: World, workers: Workers) -> None:
    batch = batch_of(world, "LK")
    first = workers.start(host="one")
    until(lambda: chunks_done(world) > 0, workers)
    workers.start(host="two")
    first.kill()
    first.wait()
    assert not is_done(world, batch)()
    until(is_done(world, batch), workers)
    assert_each_stored_once(world, 300)


def test_a_worker_that_is_told_to_stop_ends_its_chunk_and_hands_over_at_once(
    world: World, workers: Workers
) -> None:
    batch = batch_of(world, "LK")
    first = workers.start(host="one")
    until(lambda: chunks_done(world) > 0, workers)
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=30) == 0
    assert not is_done(world, batch)()
    stopped = time.monotonic()
    workers.start(host="two")
    until(is_done(world, batch), workers)
    assert time.monotonic() - stopped < PATIENCE_SECONDS
    assert_each_stored_once(world, 300)
    assert '"in_time": true' in workers.log()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_failed_by_a_fault_of_ours_is_tried_again_by_the_next_worker_that_starts(
    world: World, workers: Workers
) -> None:
    """A chunk that cannot be unpacked stands for the fault; on PostgreSQL nobody may spoil one."""
    batch = batch_of(world, "LK", claims=4)
    with world.database.begin(INSURER) as session:
        body = session.scalar(select(BatchChunk.body).where(BatchChunk.number == 2))
        session.execute(update(BatchChunk).where(BatchChunk.number == 2).values(body=b"spoiled"))
    first = workers.start()
    until(lambda: statuses(world) == {"ERROR"}, workers)
    first.kill()
    first.wait()
    assert '"event": "work failed"' in workers.log()
    with world.database.begin(INSURER) as session:
        session.execute(update(BatchChunk).where(BatchChunk.number == 2).values(body=body))
    workers.start()
    until(is_done(world, batch), workers)
    assert_each_stored_once(world, 4)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_that_can_no_longer_say_that_it_lives_ends(world: World, workers: Workers) -> None:
    process = workers.start()
    until(lambda: '"event": "working"' in workers.log(), workers)
    with world.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE work_lease RENAME TO elsewhere"))
    until(lambda: process.poll() is not None, workers)
    assert process.returncode == 1
    assert '"kind": "ProgrammingError", "event": "thread ended"' in workers.log()


def test_the_queue_forgets_what_was_worked_off_long_ago_and_nothing_else(
    world: World, workers: Workers
) -> None:
    old, new = batch_of(world, "OLD", claims=2), batch_of(world, "NEW", claims=2)
    workers.start()
    until(is_done(world, old, new), workers)
    until(lambda: statuses(world) == {"SUCCESS"}, workers)
    prefix = "dbos." if world.database.engine.dialect.name == "postgresql" else ""
    long = int(timedelta(days=15).total_seconds() * 1000)
    with world.database.begin(GATEWAY) as session:
        aged = f"UPDATE {prefix}workflow_status SET completed_at = completed_at - :long"
        session.execute(text(f"{aged} WHERE workflow_uuid = :old"), {"long": long, "old": old})
    until(lambda: of_workflows(world, "workflow_uuid") == {new}, workers)
    with world.database.begin(GATEWAY) as session:
        steps = session.scalars(text(f"SELECT workflow_uuid FROM {prefix}operation_outputs"))
        assert set(steps) == {new}
    assert is_done(world, old)()
    assert batch_of(world, "OLD", claims=2) == old
    assert of_workflows(world, "workflow_uuid") == {new}


def test_workers_log_nothing_of_what_they_store(world: World, workers: Workers) -> None:
    batch = batch_of(world, "RIENG-TU", claims=6)
    workers.start()
    until(is_done(world, batch), workers)
    assert "RIENG-TU" not in workers.log()
    assert all(line.startswith("{") for line in workers.log().splitlines())


def test_a_name_is_free_again_when_its_bearer_has_ended(tmp_path: Path) -> None:
    with slots.hold_name(tmp_path) as first, slots.hold_name(tmp_path) as second:
        assert second != first
    with slots.hold_name(tmp_path) as again:
        assert again == first
