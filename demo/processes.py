"""The programs that the demo starts: each announced ready by an answer, each ended with the demo."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class DemoFailed(Exception):
    """A step did not do what the story says; the message says which and shows the program's words."""


def program(name: str) -> str:
    """Return the path of one of our console scripts, beside the Python that runs the demo."""
    return str(Path(sys.executable).with_name(name))


def free_port(wanted: int) -> int:
    """Return `wanted` if nothing listens there on localhost, else a port that the system picks."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise DemoFailed("no free port on localhost")


class Processes:
    """Programs running in the background; leaving the `with` block ends them, the last started first."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, process in reversed(self._running):
            _stop(process)

    def start(self, name: str, command: list[str], *, env: Mapping[str, str], ready: str) -> None:
        """Start `command` and return when GET `ready` answers 200.

        The program gets a signal when the demo dies, however it dies (setpriv, util-linux).

        Raises DemoFailed: it ended, or did not answer within 30 s.
        """
        guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        log = self._log_folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                [*guard, *command],
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append((name, process))
        _wait_until_ready(name, process, ready, log)


def call(command: list[str], *, env: Mapping[str, str]) -> str:
    """Run one of our commands to its end and return what it wrote to standard output.

    Raises DemoFailed: its exit status is not 0.
    """
    done = subprocess.run(  # noqa: S603 - our own programs, no shell
        command,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        words = (done.stdout + done.stderr).strip()[-2000:]
        raise DemoFailed(f"{Path(command[0]).name} {command[1]} ended with {done.returncode}:\n{words}")
    return done.stdout


def _wait_until_ready(name: str, process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(ready, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    words = log.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
    raise DemoFailed(f"the {name} did not come up:\n{words}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program and whatever it started (it leads its own session)."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
