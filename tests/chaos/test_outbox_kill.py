"""kill -9 of the agent in the middle of an upload, 50 times at random: nothing lost, nothing doubled."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from clinics.outbox import Outbox
from tests.chaos.agent import Agent, agent_with_files
from tests.integration.clinics.insurer import gateway_with_desk

SEED = 20260914
KILLS = 50
FILES, ROWS = 6, 3
VISITS = {f"HIS-{file}-{row}" for file in range(FILES) for row in range(ROWS)}


def _kill(agent: Agent, round_: int, dice: random.Random, signed_in: Callable[[], int]) -> bool:
    """Start an upload and kill it; return whether it was still at work.

    Most kills fall within the sending, which a new sign-in shows has begun; the others anywhere
    from the start of the process on. Later rounds have new files to upload beside the old ones.
    """
    before = signed_in()
    process = agent.start(files=1 + round_ * FILES // KILLS)
    deadline = time.monotonic() + 20
    if dice.random() < 0.7:
        while signed_in() == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(dice.uniform(0, 0.1))
    else:
        time.sleep(dice.uniform(0.2, 1.1))
    at_work = process.poll() is None
    process.kill()
    process.wait()
    return at_work


def test_fifty_kills_during_an_upload_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    agent = agent_with_files(tmp_path, desk, files=FILES, rows=ROWS)
    (tmp_path / "insurer").mkdir()
    dice = random.Random(SEED)
    with gateway_with_desk(tmp_path / "insurer", desk):
        database = sqlite3.connect(tmp_path / "insurer" / "gateway" / "tiepdon.sqlite", timeout=30)

        def count(table: str) -> int:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

        at_work = sum(_kill(agent, n, dice, lambda: count("used_assertion")) for n in range(KILLS))
        assert agent.start().wait(timeout=60) == 0
        stored = Counter(visit for (visit,) in database.execute("SELECT visit_id FROM encounter"))
        keys_used = count("idempotency")
        database.close()
    assert stored == Counter(VISITS)
    # The agent itself never sent a record under a second key; the gateway did not have to notice.
    assert keys_used == len(VISITS)
    with Outbox.open(desk) as outbox:
        assert outbox.counts() == {"pending": 0, "sent": len(VISITS), "refused": 0}
    assert at_work > KILLS * 0.8
