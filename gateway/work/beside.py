"""The worker beside the web processes: started with them, started again when it dies, stopped with them."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gateway.work.worker import STOP_SECONDS

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
_log = structlog.get_logger("gateway")


@contextmanager
def worker_beside() -> Iterator[None]:
    """Keep one worker process running; it ends with this process, even if that is killed."""
    keeper = _Keeper()
    thread = threading.Thread(target=keeper.keep, name="worker-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.stop()
        thread.join(STOP_SECONDS + LONGEST_PAUSE_SECONDS)


class _Keeper:
    """Starts the worker again whenever it has ended, after a pause that doubles while it dies at once."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._worker: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            command = [sys.executable, "-m", "gateway", "work", "--parent", str(os.getpid())]
            self._worker = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - this program
            if self._stopping.is_set():
                self._worker.terminate()
            status = self._worker.wait()
            if self._stopping.is_set():
                return
            _log.warning("worker ended", status=status, again_in_seconds=pause)
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        self._stopping.set()
        if self._worker is not None:
            self._worker.terminate()
