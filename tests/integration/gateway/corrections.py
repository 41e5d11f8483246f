"""What tests of corrections share: a record sent as one, an insurer who decides, and what then stands."""

from typing import Any

from sqlalchemy import create_engine, select, text
from werkzeug.test import TestResponse

from gateway.store.bodies import unpack
from gateway.store.database import Caller
from gateway.store.tables_records import RecordKey
from gateway.store.tables_versions import RecordVersion
from tests.integration.gateway.world import HERE, World

DESK = Caller("facility", "any", HERE)


def correct(world: World, body: dict[str, Any] | bytes, reason: str = "resubmitted") -> TestResponse:
    """Send a record of the desk's as a correction."""
    kind = world.app.json.loads(body)["resourceType"] if isinstance(body, bytes) else body["resourceType"]
    return world.post("desk", f"/fhir/{kind}", body, Tiepdon_Correction=reason)


def cancel(
    world: World, kind: str = "claim", key: str = "LK-1", reason: str = "nhập nhầm", name: str = "desk"
) -> TestResponse:
    asked = {"kind": kind, "key": key, "reason": reason}
    return world.post(name, "/cancellations", asked, Content_Type="application/json")


def decide(world: World, key: str = "LK-1") -> None:
    """Set what the insurer's review will set, as the one whom no wall holds back."""
    url = world.database.engine.url
    walls = url.get_backend_name() == "postgresql"
    engine = create_engine(url.set(username="postgres") if walls else url)
    decided = "UPDATE record_key SET decided_at = '2026-07-15 03:00:00+00:00' WHERE business_key = :key"
    with engine.begin() as connection:
        assert connection.execute(text(decided), {"key": key}).rowcount == 1
    engine.dispose()


def key_of(world: World, key: str = "LK-1", kind: str = "claim") -> tuple[int, bool]:
    """Return a key's newest version and whether it is cancelled."""
    with world.database.begin(DESK) as session:
        row = session.scalars(select(RecordKey).filter_by(facility=HERE, business_key=key, kind=kind)).one()
        return row.version, row.cancelled_at is not None


def older(world: World) -> list[tuple[int, bytes, str]]:
    """Return the versions that were replaced: number, bytes as received, why."""
    with world.database.begin(DESK) as session:
        rows = session.scalars(select(RecordVersion).order_by(RecordVersion.version))
        return [(row.version, unpack(row.body), row.reason) for row in rows]


def address(answer: TestResponse) -> str:
    """Return the path of a resource that was stored, without its version."""
    path: str = answer.headers["Location"].removeprefix("https://gateway.example")
    return path.partition("/_history")[0]
