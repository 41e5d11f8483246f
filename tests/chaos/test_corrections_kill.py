"""A gateway that is killed over and over while records are corrected and cancelled has every version once."""

import random
import threading
import time
from typing import Any

import httpx
from sqlalchemy import select

from bhyt.parsing import parse
from gateway.store.bodies import unpack
from gateway.store.database import Caller, Database
from gateway.store.tables_records import Claim, RecordKey
from gateway.store.tables_versions import RecordVersion
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.world import HERE, claim

KILLS = 4
STEPS = 120


def test_a_kill_leaves_no_version_half_lost_or_doubled(tmp_path: Any) -> None:
    gateway = ServedGateway(tmp_path)
    done, draw = 0, random.Random(20260716)
    for _ in range(KILLS):
        gateway.start()
        token = gateway.token()
        killer = threading.Timer(draw.uniform(0.05, 0.4), gateway.kill)
        killer.start()
        done = _go_on(gateway, token, done)
        killer.join()
    with gateway:
        assert _go_on(gateway, gateway.token(), done) == STEPS
    database = Database(gateway.settings.database)
    with database.begin(Caller("facility", "test", HERE)) as session:
        newest, key = session.scalars(select(Claim)).one(), session.scalars(select(RecordKey)).one()
        rows = session.scalars(select(RecordVersion).order_by(RecordVersion.version)).all()
        told = [_told(row.version, row.body) for row in (*rows, newest)]
    database.dispose()
    assert key.version == newest.version == STEPS
    assert told == [(number + 1, *_step(number)) for number in range(STEPS)]


def _step(number: int) -> tuple[str, str]:
    """Return what the claim says after this step: every fifth withdraws what the one before said."""
    withdraws = number % 5 == 4
    said = number - 1 if withdraws else number
    return "cancelled" if withdraws else "active", f"2026-07-15T{said // 60:02d}:{said % 60:02d}:00+07:00"


def _told(version: int, body: bytes) -> tuple[int, str, str]:
    resource = parse(unpack(body))
    return version, resource["status"], resource["created"]


def _go_on(gateway: ServedGateway, token: str, done: int) -> int:
    """Take the steps from `done` on; return how many are acknowledged.

    The first one may have been stored before the kill: it is then taken once more, and changes nothing.
    """
    for number in range(done, STEPS):
        status, created = _step(number)
        try:
            if status == "cancelled":
                asked = {"kind": "claim", "key": "LK-1", "reason": "resubmitted"}
                answer = gateway.post("/cancellations", asked, token, Content_Type="application/json")
            else:
                body = claim() | {"created": created}
                answer = gateway.post("/fhir/Claim", body, token, Tiepdon_Correction="resubmitted")
        except httpx.TransportError:
            time.sleep(0.01)
            return done
        assert answer.status_code in {200, 201}, answer.text
        done = number + 1
    return done
