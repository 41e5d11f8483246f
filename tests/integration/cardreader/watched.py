"""`tiepdon-card watch --json` as another program runs it: its events one by one, lines piped in, Ctrl-C."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES, Citizen

ONE, TWO = "Desk 00 00", "Desk 00 01"
MAU_THU, MAU_CU = SAMPLES["mau-thu"], SAMPLES["mau-cu"]

PATIENCE_SECONDS = 15.0
PROGRAM = "from cardreader.cli import main; main()"


Watching = Callable[..., "Watch"]


class Watch:
    """One running command."""

    def __init__(self, environment: dict[str, str], *options: str, program: str = PROGRAM) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, "watch", "--json", *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            self.lines.append(line)
            self._events.put(json.loads(line))

    def next(self) -> dict[str, Any]:
        """Return the next event."""
        try:
            return self._events.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            raise AssertionError("no event came") from None

    def told(self, *expected: str) -> None:
        """Assert that these are the next events: `card-inserted Desk 00 00`."""
        came = [self.next() for _ in expected]
        assert [f"{event['event']} {event['reader']}" for event in came] == [*expected]

    def says(self, line: str) -> None:
        """Pipe a line in."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hang_up(self) -> None:
        """Close stdin."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Send the signal; return the exit status and what was on stderr."""
        self._process.send_signal(number)
        assert self._process.stderr is not None
        said = self._process.stderr.read()
        self._tidy_up()
        return self._process.returncode, said

    def close(self, number: int) -> None:
        """End the command, if it runs still, by this signal."""
        if self._process.returncode is None:
            self._process.send_signal(number)
            self._tidy_up()

    def _tidy_up(self) -> None:
        self._process.wait(PATIENCE_SECONDS)
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def chip(authority: TrainingAuthority, citizen: Citizen = MAU_THU, **habits: object) -> Chip:
    return Chip(authority.issue(citizen, habits=replace(Habits(), **habits)))


class Interrupted(Chip):
    """A chip under whose n-th command something happens."""

    def __init__(self, chip: Chip, after: int, happens: Callable[[], None]) -> None:
        self._chip, self._after, self._happens = chip, after, happens
        self.commands = 0

    @property
    def lifted(self) -> bool:
        return self._chip.lifted

    def reset(self) -> None:
        self._chip.reset()

    def process(self, command: bytes) -> bytes:
        self.commands += 1
        if self.commands == self._after:
            self._happens()
        return self._chip.process(command)
