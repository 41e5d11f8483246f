"""The real PC/SC service with the virtual reader: shared where it runs already, else started and stopped.

The first program that finds no `pcscd` starts one; the last one that used it
stops it, unless it was there before all of them. That holds however the others
ended: who still uses it is a lock, which the kernel drops.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cardreader.emulator.errors import PcscdUnavailable
from cardreader.emulator.locks import locked, open_lock_file, share, take

_DOOR = "/run/pcscd/pcscd.comm"
_PID_FILE = Path("/run/pcscd/pcscd.pid")
_GATE, _USERS = "pcscd-gate", "pcscd-users"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_LISTENING = "0A"  # the state's code in /proc/net/tcp


@contextmanager
def running_service(port: int) -> Iterator[None]:
    """Have a `pcscd` whose virtual reader listens on `port` for as long as the block runs.

    Raises PcscdUnavailable: not installed, no right to start it, or without the virtual reader.
    """
    users = open_lock_file(_USERS)
    try:
        with locked(_GATE):
            share(users)
            door = _knock()
            if door is None:
                door = _start(users)
        # The open door counts as a client: a pcscd that quits when idle stays.
        with door:
            if not _within(_START_SECONDS, lambda: _listens(port)):
                raise PcscdUnavailable(f"pcscd runs, but no virtual reader listens on port {port}")
            yield
    finally:
        with locked(_GATE):
            if take(users):
                _stop_if_started_here(users)
            os.close(users)


def _knock() -> socket.socket | None:
    """Return a connection to the running service, or None where none runs."""
    door = socket.socket(socket.AF_UNIX)
    try:
        door.connect(_DOOR)
    except OSError:
        door.close()
        return None
    return door


def _start(users: int) -> socket.socket:
    """Start the service apart from this process's terminal and children, and note its process in `users`."""
    program = shutil.which("pcscd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        raise PcscdUnavailable("pcscd is not installed")
    detached = '"$@" >/dev/null 2>&1 </dev/null &'
    command = ["/bin/sh", "-c", detached, "sh", *_as_root(), program, "--foreground"]
    subprocess.run(command, check=True, start_new_session=True)  # noqa: S603 -- fixed words and a found program
    deadline = time.monotonic() + _START_SECONDS
    while (door := _knock()) is None:
        if time.monotonic() > deadline:
            raise PcscdUnavailable("pcscd did not start")
        time.sleep(0.02)
    os.pwrite(users, _running_pid().ljust(20).encode(), 0)
    return door


def _stop_if_started_here(users: int) -> None:
    """Stop the service if the process that runs now is the one noted in `users`."""
    noted, running = os.pread(users, 20, 0).decode().strip(), _running_pid()
    if not running or noted != running:
        return
    if os.geteuid() == 0:
        os.kill(int(running), signal.SIGTERM)
    else:
        # The shell's own kill: a small Debian has no program of that name.
        command = [*_as_root(), "/bin/sh", "-c", 'kill "$1"', "sh", running]
        subprocess.run(command, check=False)  # noqa: S603 -- a number from root's own file
    _within(_STOP_SECONDS, lambda: not _is_open())


def _running_pid() -> str:
    """Return the number of the service's process as the service itself wrote it, or nothing."""
    try:
        return _PID_FILE.read_text(encoding="ascii").strip("\0\n ")
    except OSError:
        return ""


def _is_open() -> bool:
    door = _knock()
    if door is not None:
        door.close()
    return door is not None


def _as_root() -> list[str]:
    """Return the words that run a command as root; none for root.

    Raises PcscdUnavailable: no `sudo`, or one that would ask for a password.
    """
    if os.geteuid() == 0:
        return []
    words = ["sudo", "--non-interactive"]
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)  # noqa: S603 -- fixed words
    except (OSError, subprocess.CalledProcessError) as error:
        raise PcscdUnavailable("starting pcscd needs root, or sudo without a question") from error
    return words


def _listens(port: int) -> bool:
    """Return whether something listens on the TCP port, without touching it: the driver would see a card."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    return any(
        state == _LISTENING and int(local.rpartition(":")[2], 16) == port
        for _, local, _, state, *_ in map(str.split, lines)
    )


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
