"""The workflow of a batch, as DBOS runs it: whole, chunk by chunk, closed.

A step waits for a database that does not answer, never for one that refuses. Any other fault ends the
workflow with an error that names its kind and place, never a value; the next worker that starts tries
again (worker.py).
"""

import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

import structlog
from dbos import DBOS

from gateway.services.batch_work import Workshop
from gateway.services.batches import Job
from gateway.store.away import FAULTS, is_away
from gateway.store.work_queue import BATCHES
from gateway.work.gate import Gate

WAIT_SECONDS = 5.0
Result = TypeVar("Result")
_log = structlog.get_logger("gateway")


class WorkFailed(Exception):
    """A step met a fault of ours; `str` is its kind and place."""


def register(shop: Workshop, gate: Gate) -> None:
    """Make the workflow known to DBOS, which finds it by its name. To be called once, before the launch."""

    @DBOS.step(name="check_whole")
    def check_whole(job: dict[str, Any]) -> int:
        return worked(gate, lambda: shop.check_whole(Job.from_json(job)))

    @DBOS.step(name="store_chunk")
    def store_chunk(job: dict[str, Any], number: int) -> None:
        worked(gate, lambda: shop.store_chunk(Job.from_json(job), number))

    @DBOS.step(name="close")
    def close(job: dict[str, Any]) -> None:
        worked(gate, lambda: shop.close(Job.from_json(job)))

    @DBOS.workflow(name=BATCHES, max_recovery_attempts=None)  # however often a worker dies
    def batch(job: dict[str, Any]) -> None:
        chunks = check_whole(job)
        for number in range(1, chunks + 1):
            store_chunk(job, number)
        close(job)


def worked(gate: Gate, work: Callable[[], Result]) -> Result:
    """Do one step's work, again and again while the database does not answer."""
    while True:
        try:
            with gate, _WithoutValues():
                return work()
        except FAULTS as error:  # of which no other comes through
            _log.warning("database unavailable", cause=type(error).__name__)
            threading.Event().wait(WAIT_SECONDS)


class _WithoutValues:
    """Lets a fault of ours go on as its kind and place: its words may be somebody's data."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None, /
    ) -> None:
        """Raise WorkFailed in the place of a fault."""
        if not isinstance(error, Exception) or is_away(error):
            return
        last = traceback.extract_tb(where)[-1]
        fault = f"{type(error).__name__} at {last.filename}:{last.lineno}"
        _log.error("work failed", fault=fault)
        raise WorkFailed(fault) from None
