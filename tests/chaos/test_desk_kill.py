"""kill -9 of the desk in the middle of its check-ins, with a gateway that is busy at times."""

import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bhyt.parsing import parse
from bhyt.r4.checkin import from_fhir
from clinics.outbox import Outbox
from tests.chaos.desk import PERSONS, Desk, paired, told
from tests.integration.clinics.fake_gateway import FakeGateway, Reply

SEED = 20260914
KILLS = 10
BUSY = 0.15
EMPTY_WITHIN_SECONDS = 120
DONE = ("stored", "already-stored")
KEPT = (*DONE, "waiting", "kept")


def _at_times(dice: random.Random, path: str) -> Reply | None:
    """Refuse one request in a few: the gateway is busy."""
    if path.startswith(("/fhir/E", "/fhir/C", "/presence")) and dice.random() < BUSY:
        return FakeGateway.outcome(503, "gateway.busy")
    return None


def _killed(desk: Desk, persons: list[str], dice: random.Random) -> tuple[list[dict[str, Any]], bool]:
    """Tap the cards, kill the desk at a random moment; return what it said and whether it was at work."""
    with desk.start(persons) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(dice.uniform(0, 0.6))
        at_work = process.poll() is None
        process.kill()
        return told([first, *process.stdout.readlines()]), at_work


def _to_the_end(desk: Desk, persons: list[str]) -> list[dict[str, Any]]:
    with desk.start(persons) as process:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return told(said.splitlines(keepends=True))


def _empty(desk: Desk) -> None:
    """Send what waits: what the gateway was too busy for is due after a delay that doubles."""
    deadline = time.monotonic() + EMPTY_WITHIN_SECONDS
    while True:
        _to_the_end(desk, [])
        with Outbox.open(desk.directory) as outbox:
            if not outbox.counts()["pending"]:
                return
        assert time.monotonic() < deadline, "something waits for ever"
        time.sleep(1)


def _stored(fake: FakeGateway) -> Counter[str | None]:
    """Return how often each person's check-in was taken; the fake gateway knows a request by its key."""
    return Counter(from_fhir(parse(body)).patient.national_id for body in fake.stored.values())


def test_kills_lose_no_check_in_that_the_clerk_was_told_of_and_double_none(tmp_path: Path) -> None:
    dice, busy = random.Random(SEED), random.Random(SEED)
    answers: list[dict[str, Any]] = []
    at_work = 0
    with paired(tmp_path) as desk:
        desk.fake.broken = lambda path: _at_times(busy, path)
        for round_ in range(KILLS):
            said, alive = _killed(desk, PERSONS[round_ * 4 :] + PERSONS[: round_ * 4], dice)
            answers, at_work = answers + said, at_work + alive
        desk.fake.broken = lambda _path: None
        _empty(desk)
        kept = {one["person"] for one in answers if one["stored"] in KEPT}
        assert set(_stored(desk.fake)) >= kept, "what the clerk was told of is stored"
        last = {one["person"]: one["receipt"] for one in _to_the_end(desk, PERSONS)}
        _empty(desk)
        assert _stored(desk.fake) == Counter(PERSONS), "no check-in was sent under two keys"
    assert {one["receipt"] == last[one["person"]] for one in answers if one["stored"] in DONE} == {True}
    with Outbox.open(desk.directory) as outbox:
        assert outbox.counts() == {"pending": 0, "sent": len(PERSONS), "refused": 0}
    assert at_work == KILLS
    assert {one["stored"] for one in answers} >= {"stored", "kept", "waiting"}
