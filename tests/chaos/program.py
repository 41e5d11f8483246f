"""One of our programs, to be killed and started again."""

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Program:
    """A command with its environment; whatever it starts itself dies with it."""

    name: str
    command: list[str]
    env: Mapping[str, str]
    log: Path
    kills: int = 0
    folder: Path = ROOT
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def environment(self) -> dict[str, str]:
        """All of its environment."""
        return {**os.environ, "PYTHONPATH": "fhir", **self.env}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> bool:
        """Kill it as the kernel does that is out of memory; return whether it was still at work."""
        if not self.running:
            return False
        self.end()
        self.kills += 1
        return True

    def end(self) -> None:
        """End it, if it runs, without counting."""
        if self._process is not None and self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def words(self) -> str:
        """Return the last that it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
