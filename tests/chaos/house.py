"""A gateway, its worker and a hospital's upload as programs of their own, on SQLite or PostgreSQL."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import psycopg

from demo.hospital import write_export
from demo.processes import program
from tests.chaos.program import Program
from tests.integration.clinics.insurer import found
from tests.postgres import Cluster

PATIENCE_SECONDS = 120.0


class Reader(Protocol):
    """A database connection that only looks, and holds nobody up."""

    def execute(self, query: str, /) -> Any: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Standing:
    """How far the upload is: its state, and how many chunks have come and are worked off."""

    state: str | None
    received: int
    done: int

    @property
    def progress(self) -> int:
        return self.received + self.done


@dataclass(frozen=True)
class House:
    """The programs of one upload; `client` uploads the export once."""

    export: Path
    database_url: str
    server: Program
    worker: Program
    client: Program
    ready: str
    reader: Reader

    @property
    def programs(self) -> tuple[Program, Program, Program]:
        return self.server, self.worker, self.client

    def open(self) -> None:
        """Start the gateway and its worker where they do not run, and wait until it answers."""
        self.server.start()
        self.worker.start()
        self.until(self._answers, "the gateway does not answer")

    def upload(self) -> dict[str, Any]:
        """Run the client to its end and return its report."""
        command, env = self.client.command, self.client.environment
        done = subprocess.run(
            command, cwd=self.client.folder, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.returncode}: {done.stderr[-3000:]} {self.server.words()}"
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def close(self) -> None:
        """Leave nothing running."""
        for one in self.programs:
            one.end()
        self.reader.close()

    def standing(self) -> Standing:
        """Return how far the upload is."""
        batch = self.reader.execute("SELECT state FROM batch").fetchall()
        assert len(batch) <= 1, "the file has two batches"
        counted = "SELECT count(*), count(done_at) FROM batch_chunk"
        received, done = self.reader.execute(counted).fetchone()
        return Standing(batch[0][0] if batch else None, received, done)

    def until(self, what: Callable[[], bool], fault: str) -> None:
        """Wait for something; fail with what the programs wrote when it takes too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what():
            words = (one.words() for one in self.programs)
            assert time.monotonic() < deadline, f"{fault}: {self.standing()}\n" + "\n".join(words)
            time.sleep(0.005)

    def _answers(self) -> bool:
        try:
            return httpx.get(self.ready, timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def lay(folder: Path, *, records: int, lines: int, per_chunk: int, cluster: Cluster | None = None) -> House:
    """Set up a gateway, on the cluster or on SQLite, a desk and its export in `folder`; nothing runs yet."""
    desk = folder / "desk"
    name = cluster.create() if cluster else ""
    url = cluster.url(name) if cluster else None
    insurer = found(folder, desk, database_url=url)
    export = write_export(folder / "export.xml", visits=records, lines=lines)
    upload = ["batch", "upload", "--json", str(export)]
    module = [sys.executable, "-m", "tests.chaos.clinic_process", str(per_chunk)]

    def made(name: str, command: list[str], **env: str) -> Program:
        return Program(name, command, {**insurer.env, **env}, folder / f"{name}.log")

    return House(
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
