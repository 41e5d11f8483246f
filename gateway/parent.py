"""A web process ends with the one that started it, even if that is killed and tells nobody.

Granian's main process is the one that stops the others. Without it they would keep the port, and the
next `serve` would find it taken.
"""

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.process import BaseProcess

import structlog

LAST_REQUESTS_SECONDS = 10.0
"""How long requests that are under way may take to end."""
_log = structlog.get_logger("gateway")


def end_with_parent() -> None:
    """End this process, if another one of ours started it, soon after that one's end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent,), name="parent-watch", daemon=True).start()


def _outlive(parent: BaseProcess) -> None:
    """Wait for the parent's end, then ask this process to end as the parent would have, then see to it."""
    parent.join()
    _log.error("parent process gone", parent=parent.pid)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_REQUESTS_SECONDS)
    os._exit(1)
