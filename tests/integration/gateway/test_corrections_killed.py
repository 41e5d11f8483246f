"""A process that is killed in the middle of a correction leaves the older version or the new, never half."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from gateway.services import cancelling, storing
from gateway.services.entries import Entry
from gateway.services.presence import Receipts
from gateway.services.versions import Correction
from gateway.store.bodies import unpack
from gateway.store.database import Database
from gateway.store.tables_records import Claim, Visit
from gateway.store.tables_versions import RecordVersion
from tests.integration.gateway.corrections import DESK, key_of
from tests.integration.gateway.test_interleaved import desk_of
from tests.integration.gateway.world import EXPIRED, World, claim, encounter

MOST = 60
"""More statements than a correction has."""


def correcting(world: World) -> Callable[[Session], object]:
    held, body = world.app.extensions["gateway"], claim(national_id=EXPIRED)
    receipts, actor = Receipts(held.keys, held.settings.fhir_url), desk_of(world)[1]
    entry = Entry(body, world.app.json.dumps(body).encode())
    correction = Correction("resubmitted")
    return lambda session: storing.store(
        session, [entry], receipts=receipts, actor=actor, correction=correction
    )


def cancelling_(world: World) -> Callable[[Session], object]:
    asked = cancelling.Cancellation("claim", "LK-1", Correction("resubmitted"))
    return lambda session: cancelling.cancel(session, asked, actor=desk_of(world)[1])


def dies_at(step: int, world: World, work: Callable[[Session], object]) -> bool:
    """Do the work in a process that kills itself before its `step`-th statement; say whether it died."""
    child = os.fork()
    if child == 0:
        own = Database(world.database.engine.url.render_as_string(hide_password=False))
        seen = 0

        def count(*_: Any) -> None:
            nonlocal seen
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

        for moment in ("before_cursor_execute", "commit"):
            event.listen(own.engine, moment, count)
        try:
            with own.begin(desk_of(world)[0]) as session:
                work(session)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def standing(world: World) -> tuple[Any, ...]:
    """Return all that a correction changes."""
    key = key_of(world)
    with world.database.begin(DESK) as session:
        row = session.scalars(select(Claim)).one()
        kept = session.execute(select(RecordVersion.version, RecordVersion.reason)).all()
        people = session.scalars(select(Visit.national_id)).all()
        return key, row.version, row.status, row.national_id, unpack(row.body), kept, people


@pytest.mark.parametrize("make", [correcting, cancelling_], ids=["correction", "cancellation"])
def test_each_statement_survives_a_kill_before_it(
    world: World, make: Callable[[World], Callable[[Session], object]]
) -> None:
    world.post("desk", "/fhir/Encounter", encounter())
    world.post("desk", "/fhir/Claim", claim())
    before, work = standing(world), make(world)
    world.database.dispose()  # no connection is shared with the children
    for step in range(1, MOST):
        if not dies_at(step, world, work):
            break
        assert standing(world) == before
        world.database.dispose()
    assert 10 < step < MOST
    after = standing(world)
    assert after[0][0] == after[1] == 2
    assert after[5] == [(1, "resubmitted")]
