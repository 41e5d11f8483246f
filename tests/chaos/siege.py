"""An upload under siege: client, worker and web server are killed at random while it is under way.

Who can bring the upload forward just then, the client or the worker, is killed in every round, the
others in some. The kills are spread over the whole upload: a round waits for as much progress as the
kills so far allow, and none where the upload is ahead of them, and then for a random moment.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.house import House, Standing

LINES = 2
"""Lines of a claim: the kills are about the upload's steps, not about reading."""
BYSTANDER = 0.5
"""How often a program is killed that could not bring the upload forward just then."""
SHARE = 0.9
"""The part of the upload that the kills are spread over; the rest is left to the survivors."""
STEP_SECONDS = 0.3
"""How long a chunk takes, about: kills fall within it."""


@dataclass(frozen=True)
class Plan:
    """How many records are uploaded, in chunks of how many, and how many kills there are meanwhile."""

    records: int
    kills: int
    per_chunk: int
    seed: int = 20261128

    @property
    def chunks(self) -> int:
        return -(-self.records // self.per_chunk)


@dataclass
class Siege:
    """One upload, and what was killed while it was under way."""

    plan: Plan
    house: House
    killed: int = 0
    killed_working: int = 0
    seconds: float = 0.0
    _span: float = field(default=1.0, repr=False)

    def run(self, report: Callable[[str], None] = lambda _: None) -> None:
        """Upload and kill until there were as many kills as planned; the upload is not at its end then."""
        dice = random.Random(self.plan.seed)
        began = time.monotonic()
        while self.killed < self.plan.kills:
            self._round(dice)
            report(f"{self.killed}/{self.plan.kills} {self.house.standing()}")
        self.seconds = time.monotonic() - began
        assert self.house.standing().state != "done", "the upload ended before the kills did"

    def _round(self, dice: random.Random) -> None:
        house = self.house
        began = time.monotonic()
        for one in house.programs:
            one.start()
        standing = house.standing()
        working = standing.state in {"queued", "working", "done"}
        runner = house.worker if working else house.client
        wanted = SHARE * 2 * self.plan.chunks * (self.killed + 1) / self.plan.kills
        if standing.progress >= wanted:
            moment = began + dice.uniform(0, self._span)
            house.until(lambda: time.monotonic() > moment or self._went_on(standing), "")
        else:
            house.until(lambda: house.standing().progress >= wanted, "the upload stands still")
            self._span = time.monotonic() - began + STEP_SECONDS
            time.sleep(dice.uniform(0, STEP_SECONDS))
        others = [one for one in house.programs if one is not runner and dice.random() < BYSTANDER]
        victims = [runner, *others][: self.plan.kills - self.killed]
        dice.shuffle(victims)
        killed = sum(one.kill() for one in victims)
        self.killed += killed
        self.killed_working += killed if working else 0

    def _went_on(self, before: Standing) -> bool:
        return self.house.standing().progress > before.progress
