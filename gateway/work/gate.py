"""Between the steps of the work: where a worker that is to stop lets nothing more begin."""

import threading
from types import TracebackType


class Gate:
    """`with gate:` is around every step. Once it is closed, whoever comes waits for the process's end."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._inside = 0
        self._closed = False

    def __enter__(self) -> None:
        with self._change:
            while self._closed:
                self._change.wait()
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        with self._change:
            self._inside -= 1
            self._change.notify_all()

    def close(self, *, wait_seconds: float) -> bool:
        """Let no step begin any more; return whether all that had begun have ended in time."""
        with self._change:
            self._closed = True
            return self._change.wait_for(lambda: self._inside == 0, timeout=wait_seconds)
