"""A sender that is killed again and again sends nothing twice, and forgets nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Response

from gateway.services import sendings
from gateway.services.runtime import utcnow
from gateway.store.database import GATEWAY
from tests.integration.gateway.parcels import claims_file, cut, send, work_off
from tests.integration.gateway.portals import queue, set_account
from tests.integration.gateway.served import ROOT
from tests.integration.gateway.world import World
from tests.integration.upstream.double_served import Double

CLAIMS = 20
KILLS = 6
SENDERS = 2


def environment(world: World) -> dict[str, str]:
    settings = world.app.extensions["gateway"].settings
    return os.environ | {
        "TIEPDON_GATEWAY_DATA_DIR": str(settings.data_dir),
        "TIEPDON_GATEWAY_DATABASE_URL": settings.database,
        "TIEPDON_GATEWAY_TRUST_DIR": str(settings.trust),
    }


def start(world: World, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=ROOT,
        env=environment(world),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until(true: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def slow(forwarding: World, double: Double) -> World:
    """Twenty claims wait; the portal takes each at once and answers late, so that kills fall between."""
    set_account(forwarding, double.url, per_minute=60_000)
    work_off(forwarding, send(forwarding, cut(claims_file(*(f"LK-{n}" for n in range(CLAIMS))), CLAIMS)))
    forwarding.clock.now = utcnow()  # the processes go by the real time, the double by this
    return forwarding


def delay(seconds: float) -> Callable[[str], Response | None]:
    def late(path: str) -> Response | None:
        if path.endswith("QD3176"):
            time.sleep(seconds)
        return None

    return late


def test_no_file_is_sent_twice_however_often_its_sender_is_killed(slow: World, double: Double) -> None:
    double.broken = delay(0.1)
    chance = random.Random(4)
    for _ in range(KILLS):
        before = len(double.files)
        process = start(slow, "portal", "send")
        reached = min(before + chance.randint(1, 3), CLAIMS)
        wait_until(lambda reached=reached: len(double.files) >= reached)  # type: ignore[misc]
        time.sleep(chance.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if len(double.files) >= CLAIMS - SENDERS:
            break
    double.broken = lambda _: None
    assert start(slow, "portal", "send", "--once").wait(timeout=120) == 0
    with slow.database.begin(GATEWAY) as session:
        sendings.give_up(session, now=utcnow() + 2 * sendings.IN_DOUBT_AFTER)
    sent = Counter(double.files)
    assert max(sent.values()) == 1
    rows = queue(slow)
    ended = Counter(row.state for row in rows)
    assert ended.keys() <= {"taken", "unknown"}
    assert ended["taken"] + ended["unknown"] == CLAIMS
    assert ended["unknown"] >= 1
    at_the_portal = {one["sha256"] for one in double.world.received}
    assert {row.sha256 for row in rows if row.state == "taken"} <= at_the_portal
    assert len(at_the_portal) >= ended["taken"]


def test_two_senders_at_once_send_everything_once(slow: World, double: Double) -> None:
    double.broken = delay(0.02)
    processes = [start(slow, "portal", "send", "--once") for _ in range(SENDERS)]
    assert [process.wait(timeout=120) for process in processes] == [0] * SENDERS
    assert Counter(row.state for row in queue(slow)) == {"taken": CLAIMS}
    assert len(double.files) == len(set(double.files)) == CLAIMS


def test_a_sender_that_is_told_to_stop_ends_what_is_under_way(slow: World, double: Double) -> None:
    double.broken = delay(0.5)
    process = start(slow, "portal", "send")
    wait_until(lambda: bool(double.files))
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert {row.state for row in queue(slow)} == {"waiting", "taken"}
    assert len(double.files) == sum(row.state == "taken" for row in queue(slow))


def test_the_worker_that_works_off_batches_sends_too(slow: World, double: Double) -> None:
    process = start(slow, "work", "--training")
    try:
        wait_until(lambda: Counter(row.state for row in queue(slow)) == {"taken": CLAIMS})
    finally:
        process.terminate()
        process.wait(timeout=60)
    assert len(double.files) == CLAIMS
