"""kill -9 of the agent in the middle of an upload: nothing lost, nothing doubled."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from clinics.outbox import Outbox
from clinics.pairing import load_key, make_key
from clinics.settings import save_settings
from tests.integration.clinics.fake_gateway import FakeGateway, running

ROOT = Path(__file__).parents[2]
KILLS = 50
RECORDS = 400
SEED = 20260914


def _agent(directory: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.chaos.agent", str(directory), str(RECORDS)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def _kill_at_random(directory: Path, fake: FakeGateway, dice: random.Random) -> bool:
    """Start the agent, kill it a random moment after its first sign of life; return whether it still ran."""
    before = len(fake.requests)
    agent = _agent(directory)
    asked = time.monotonic()
    if dice.random() < 0.8:
        while len(fake.requests) == before and agent.poll() is None and time.monotonic() < asked + 20:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.15))
    else:
        time.sleep(dice.uniform(0.1, 0.8))
    killed = agent.poll() is None
    agent.kill()
    agent.wait()
    return killed


def test_fifty_kills_in_the_middle_of_an_upload_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    make_key(tmp_path)
    with running(FakeGateway()) as fake:
        fake.public_key = load_key(tmp_path)
        fake.delay = 0.01
        save_settings(tmp_path, gateway_url=fake.url, facility="33999", client_id=fake.client_id)
        killed = sum(_kill_at_random(tmp_path, fake, dice) for _ in range(KILLS))
        stored_before_the_last_run = len(fake.stored)
        fake.delay = 0
        assert _agent(tmp_path).wait(timeout=60) == 0
        counted = Counter(json.loads(body)["record"] for body in fake.stored.values())
    assert counted == Counter(range(RECORDS))
    with Outbox.open(tmp_path) as outbox:
        assert outbox.counts() == {"pending": 0, "sent": RECORDS, "refused": 0}
    # The moments were in the middle: the agent was alive, and the work was neither undone nor done.
    assert killed > KILLS * 0.9
    assert 0 < stored_before_the_last_run < RECORDS
