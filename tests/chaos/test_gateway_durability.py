"""kill -9 of the gateway while records come one by one: what it acknowledged is there, once."""

import random
import threading
import time
from pathlib import Path

import httpx
from sqlalchemy import select

from gateway.store.database import Caller, Database
from gateway.store.tables_records import Claim
from tests.integration.gateway.served import ServedGateway
from tests.integration.gateway.world import HERE, claim

KILLS = 3


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
