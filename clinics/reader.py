"""The reader on the desk: wait for a card, and hold it while it is read."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from cardreader import pcsc
from cardreader.errors import NoCard
from cardreader.transport import Transport

SLICE_SECONDS = 0.5


class Reader(Protocol):
    """A place for one card; adapters are PC/SC and, for tests and training, the in-process card."""

    def name(self) -> str:
        """Return the reader's name. Raises ReaderError: there is none, several, or no service."""

    def card(
        self, timeout: float, *, wanted: Callable[[], bool] = lambda: True
    ) -> AbstractContextManager[Transport]:
        """Hold the card that is laid down within `timeout` seconds, as long as it is `wanted`.

        Raises NoCard: none came, or it is not wanted any more. Other CardErrors: the reader's trouble.
        """


class PcscReader:
    """A reader that PC/SC knows, chosen anew for every card so that it may be plugged in at any time."""

    def __init__(self, preferred: str | None) -> None:
        self._preferred = preferred

    def name(self) -> str:
        """Return the preferred reader's name, or the only one's."""
        return pcsc.choose_reader(self._preferred)

    @contextmanager
    def card(self, timeout: float, *, wanted: Callable[[], bool] = lambda: True) -> Iterator[Transport]:
        """Hold the card, waiting in slices so that the wait can be given up."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                reader = pcsc.await_card(self._preferred, max(0.05, min(SLICE_SECONDS, left)))
                break
            except NoCard:
                if left <= 0 or not wanted():
                    raise
        with pcsc.connect(reader) as transport:
            yield transport
