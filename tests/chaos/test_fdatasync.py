"""A power cut, unlike a kill, loses the page cache: strace shows that what is acknowledged was synced.

On SQLite our own processes sync the log. On PostgreSQL its server does; it is traced as well.
"""

import os
import shutil
import signal
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from demo.processes import program
from tests import postgres
from tests.chaos.desk import PERSONS, paired
from tests.chaos.trace import Call, calls, tracing
from tests.integration.gateway.parcels import Parcel, lines
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.world import claim

RECORDS = 5
pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="Debian's strace is not installed")


def _parcel() -> Parcel:
    return lines(*(claim(f"LK-{number}") for number in range(RECORDS)), per_chunk=1)


def _synced_before(answer: str, seen: Iterable[Call], *, log: str) -> int:
    """Count these answers; before each the log was synced since the one before, and is not dirty."""
    dirty, synced, counted = False, False, 0
    for call in seen:
        if call.target.endswith(log):
            dirty, synced = not call.syncs, synced or call.syncs
        elif answer in call.rest:
            assert not dirty, "something was acknowledged before it was on the disk"
            assert synced, "nothing was synced for an acknowledgement"
            synced, counted = False, counted + 1
    return counted


def test_the_desk_syncs_before_it_sends_and_before_the_clerk_sees_the_answer(tmp_path: Path) -> None:
    log = tmp_path / "trace"
    with paired(tmp_path) as desk, desk.start(PERSONS[:RECORDS], *tracing(log)) as process:
        process.communicate(timeout=60)
    for said in ("POST /fhir/Encounter ", '{\\"person\\": '):
        assert _synced_before(said, calls(log), log="desk-outbox.sqlite-wal") == RECORDS


def test_the_gateway_syncs_before_it_acknowledges_a_record_a_chunk_and_a_commit(tmp_path: Path) -> None:
    log = tmp_path / "trace"
    with ServedGateway(tmp_path, under=tracing(log)) as gateway:
        token = gateway.token()
        for number in range(RECORDS):
            assert gateway.post("/fhir/Claim", claim(f"ONE-{number}"), token).status_code == 201
        gateway.send(_parcel(), token)
    # each record; the announcement and each chunk
    assert _synced_before("HTTP/1.1 201", calls(log), log="tiepdon.sqlite-wal") == RECORDS + 1 + RECORDS
    assert _synced_before("HTTP/1.1 202", calls(log), log="tiepdon.sqlite-wal") == 1


def test_the_worker_syncs_what_it_writes_before_anybody_can_read_a_receipt(tmp_path: Path) -> None:
    """In WAL mode a commit is seen when it is complete: here, after the sync that ends its writing."""
    log = tmp_path / "trace"
    with ServedGateway(tmp_path) as gateway:
        token = gateway.token()
        batch = gateway.send(_parcel(), token)
        env = os.environ | {"TIEPDON_GATEWAY_DATA_DIR": str(gateway.settings.data_dir)}
        command = [*tracing(log), program("tiepdon-gateway"), "work", "--training"]
        with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, start_new_session=True) as worker:
            try:
                assert gateway.finished(batch, token)["state"] == "done"
            finally:
                os.killpg(worker.pid, signal.SIGTERM)
    threads: dict[str, list[Call]] = defaultdict(list)
    for call in calls(log):
        threads[call.thread].append(call)
    commits = 0
    for seen in threads.values():
        written = [call for call in seen if call.target.endswith("tiepdon.sqlite-wal")]
        assert not written or written[-1].syncs
        for call, following in pairwise(seen):
            if call in written and not call.syncs:
                assert following in written, "a commit was left before it was synced"
                commits += following.syncs
    assert commits >= RECORDS + 2  # a step for each chunk, one before and one after


@pytest.mark.postgres
def test_postgresql_syncs_its_log_before_the_gateway_acknowledges(tmp_path: Path) -> None:
    log = tmp_path / "trace"
    with postgres.cluster(traced=tracing) as cluster:
        url = cluster.url(cluster.create())
        with ServedGateway(tmp_path, under=tracing(log), database_url=url) as gateway:
            gateway.send(_parcel(), gateway.token())
        server = list(calls(cluster.trace))
    told = [call.at for call in calls(log) if "HTTP/1.1 20" in call.rest]
    acknowledged = [
        call.at for call in calls(log) if "HTTP/1.1 201" in call.rest or "HTTP/1.1 202" in call.rest
    ]
    assert len(acknowledged) == RECORDS + 2
    for answer in acknowledged:
        before = max((at for at in told if at < answer), default=0.0)
        assert any(before < at < answer for at in _durable_commits(server)), "acknowledged before the sync"


def _durable_commits(server: Iterable[Call]) -> list[float]:
    """Return when a backend said that it had committed, having synced the log for it."""
    synced: set[str] = set()
    said = []
    for call in server:
        if call.syncs and "/pg_wal/" in call.target:
            synced.add(call.thread)
        elif call.name == "sendto" and "COMMIT" in call.rest and call.thread in synced:
            synced.discard(call.thread)
            said.append(call.at)
    return said
