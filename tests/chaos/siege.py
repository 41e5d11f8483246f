"""An upload under siege: client, worker and web server are killed at random while it is under way.

Who can bring the upload forward just then, the client or the worker, is killed in every round, the
others in some. The kills are spread over the whole upload: a round waits for as much progress as the
kills so far allow, and none where the upload is ahead of them, and then for a random moment.
"""

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import psycopg

from demo.hospital import write_export
from demo.processes import program
from tests.chaos.program import ROOT, Program
from tests.integration.clinics.insurer import found
from tests.postgres import Cluster

LINES = 2
"""Lines of a claim: the kills are about the upload's steps, not about reading."""
BYSTANDER = 0.5
"""How often a program is killed that could not bring the upload forward just then."""
SHARE = 0.9
"""The part of the upload that the kills are spread over; the rest is left to the survivors."""
STEP_SECONDS = 0.3
"""How long a chunk takes, about: kills fall within it."""
PATIENCE_SECONDS = 120.0


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


@dataclass(frozen=True)
class Standing:
    """How far the upload is: its state, and how many chunks have come and are worked off."""

    state: str | None
    received: int
    done: int

    @property
    def progress(self) -> int:
        return self.received + self.done


class Reader(Protocol):
    """A database connection that only looks, and holds nobody up."""

    def execute(self, query: str, /) -> Any: ...


@dataclass
class Siege:
    """One upload with its programs; `database_url` is of PostgreSQL, None for SQLite."""

    plan: Plan
    export: Path
    database_url: str
    server: Program
    worker: Program
    client: Program
    ready: str
    reader: Reader
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
            report(f"{self.killed}/{self.plan.kills} {self.standing()}")
        self.seconds = time.monotonic() - began

    def finish(self) -> dict[str, Any]:
        """Run the same command to its end with nobody killed, and return its report."""
        for one in (self.server, self.worker):
            one.start()
        self._until(self._answers, "the gateway does not answer")
        done = subprocess.run(
            self.client.command,
            cwd=ROOT,
            env={**self.client.env, "PYTHONPATH": "fhir"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.returncode}: {done.stderr[-3000:]} {self.server.words()}"
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def end(self) -> None:
        """Leave nothing running."""
        for one in (self.client, self.worker, self.server):
            one.end()

    def standing(self) -> Standing:
        """Return how far the upload is."""
        batch = self.reader.execute("SELECT state FROM batch").fetchall()
        assert len(batch) <= 1, "the file has two batches"
        counted = "SELECT count(*), count(done_at) FROM batch_chunk"
        received, done = self.reader.execute(counted).fetchone()
        return Standing(batch[0][0] if batch else None, received, done)

    def _round(self, dice: random.Random) -> None:
        programs = [self.server, self.worker, self.client]
        began = time.monotonic()
        for one in programs:
            one.start()
        standing = self.standing()
        assert standing.state != "done", "the upload ended before the kills did"
        working = standing.state in {"queued", "working"}
        runner = self.worker if working else self.client
        wanted = SHARE * 2 * self.plan.chunks * (self.killed + 1) / self.plan.kills
        if standing.progress >= wanted:
            moment = began + dice.uniform(0, self._span)
            self._until(lambda: time.monotonic() > moment or self._went_on(standing), "")
        else:
            self._until(lambda: self.standing().progress >= wanted, "the upload stands still")
            self._span = time.monotonic() - began + STEP_SECONDS
            time.sleep(dice.uniform(0, STEP_SECONDS))
        others = [one for one in programs if one is not runner and dice.random() < BYSTANDER]
        victims = [runner, *others][: self.plan.kills - self.killed]
        dice.shuffle(victims)
        killed = sum(one.kill() for one in victims)
        self.killed += killed
        self.killed_working += killed if working else 0

    def _went_on(self, before: Standing) -> bool:
        return self.standing().progress > before.progress

    def _answers(self) -> bool:
        try:
            return httpx.get(self.ready, timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _until(self, what: Callable[[], bool], fault: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what():
            logs = (one.words() for one in (self.server, self.worker, self.client))
            assert time.monotonic() < deadline, f"{fault}: {self.standing()}\n" + "\n".join(logs)
            time.sleep(0.005)


def lay(folder: Path, plan: Plan, *, cluster: Cluster | None = None) -> Siege:
    """Set up a gateway, on the cluster or on SQLite, a desk and its export in `folder`; nothing runs yet."""
    desk = folder / "desk"
    name = cluster.create() if cluster else ""
    url = cluster.url(name) if cluster else None
    insurer = found(folder, desk, database_url=url)
    export = write_export(folder / "export.xml", visits=plan.records, lines=LINES)
    upload = ["batch", "upload", "--json", str(export)]
    module = [sys.executable, "-m", "tests.chaos.clinic_process", str(plan.per_chunk)]

    def made(name: str, command: list[str], **env: str) -> Program:
        return Program(name, command, {**insurer.env, **env}, folder / f"{name}.log")

    return Siege(
        plan=plan,
        export=export,
        database_url=url or f"sqlite:///{folder / 'gateway' / 'tiepdon.sqlite'}",
        server=made("server", [*insurer.serving, "--no-worker"]),
        worker=made("worker", [program("tiepdon-gateway"), "work"]),
        client=made("client", [*module, *upload], TIEPDON_CLINIC_DATA_DIR=str(desk)),
        ready=f"{insurer.url}/readyz",
        reader=_reader(folder, cluster, name),
    )


def _reader(folder: Path, cluster: Cluster | None, name: str) -> Reader:
    if cluster:
        return psycopg.connect(host=str(cluster.folder), user="postgres", dbname=name, autocommit=True)
    file = folder / "gateway" / "tiepdon.sqlite"
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30, isolation_level=None)
