"""What the gateway acknowledged is on the disk: strace for the power cut, kill -9 for the crash."""

import random
import re
import shutil
import threading
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from gateway.store.database import Caller, Database
from gateway.store.tables_records import Claim
from tests.integration.gateway.parcels import lines
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.world import HERE, claim

RECORDS = 5
KILLS = 3
CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(?P<name>\w+)\((?P<fd>\d+)<(?P<target>[^>]*)>(?P<rest>.*)")
TRACED = "trace=write,writev,pwrite64,fdatasync,fsync,sendto,sendmsg"
STRACE = ("strace", "-f", "-y", "-s", "64", "-e", TRACED, "-o")
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="Debian's strace is not installed")


@needs_strace
def test_the_gateway_syncs_before_every_acknowledgement(tmp_path: Path) -> None:
    log = tmp_path / "strace.log"
    with ServedGateway(tmp_path, under=(*STRACE, str(log))) as gateway:
        token = gateway.token()
        for number in range(RECORDS):
            assert gateway.post("/fhir/Claim", claim(f"LK-{number}"), token).status_code == 201
    syncs, acknowledged = _synced_before("201", log)
    assert acknowledged == RECORDS
    assert syncs >= RECORDS


@needs_strace
def test_the_gateway_syncs_before_it_acknowledges_a_chunk_and_a_commit(tmp_path: Path) -> None:
    log = tmp_path / "strace.log"
    parcel = lines(*(claim(f"LK-{number}") for number in range(RECORDS)), per_chunk=1)
    with ServedGateway(tmp_path, under=(*STRACE, str(log))) as gateway:
        gateway.send(parcel, gateway.token())
    syncs, acknowledged = _synced_before("201", log)
    assert acknowledged == 1 + RECORDS  # the announcement, and each chunk
    assert _synced_before("202", log)[1] == 1
    assert syncs >= 2 + RECORDS


def _synced_before(status: str, log: Path) -> tuple[int, int]:
    """Check that each answer with this status followed the sync of all that was written; count both."""
    dirty: set[str] = set()
    syncs = acknowledged = 0
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = CALL.match(line)
        if call is None:
            continue
        name, target = call["name"], call["target"]
        if name in {"fdatasync", "fsync"}:
            dirty.discard(target)
            syncs += 1
        elif target.endswith("-wal"):
            dirty.add(target)
        elif f"HTTP/1.1 {status}" in call["rest"]:
            assert not dirty, "something was acknowledged before it was on the disk"
            acknowledged += 1
    return syncs, acknowledged


def test_a_kill_loses_no_acknowledged_claim_and_doubles_none(tmp_path: Path) -> None:
    gateway = ServedGateway(tmp_path)
    wanted = [f"LK-{number}" for number in range(60)]
    acknowledged: dict[str, str] = {}
    draw = random.Random(20260715)
    for _ in range(KILLS):
        gateway.start()
        killer = threading.Timer(draw.uniform(0.05, 0.4), gateway.kill)
        token = gateway.token()
        killer.start()
        _send(gateway, wanted, token, acknowledged)
        killer.join()
    with gateway:
        _send(gateway, wanted, gateway.token(), acknowledged)
    assert acknowledged.keys() == set(wanted)
    database = Database(gateway.settings.database)
    with database.begin(Caller("facility", "test", HERE)) as session:
        stored = dict(session.execute(select(Claim.visit_id, Claim.id)).all())
        assert len(session.scalars(select(Claim.id)).all()) == len(wanted)
    database.dispose()
    assert {visit: str(key) for visit, key in stored.items()} == acknowledged


def _send(gateway: ServedGateway, wanted: list[str], token: str, acknowledged: dict[str, str]) -> None:
    """Send what is not acknowledged, and all of it again: a receipt must never change."""
    for visit in wanted:
        try:
            answer = gateway.post("/fhir/Claim", claim(visit), token)
        except httpx.TransportError:
            time.sleep(0.01)
            return
        assert answer.status_code in {200, 201}
        key = answer.json()["id"]
        assert acknowledged.setdefault(visit, key) == key
