"""The reader on the desk: wait for a card, and hold it while it is read."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from cardreader import pcsc
from cardreader.errors import NoCard
from cardreader.transport import Transport

SLICE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card, and the name of the reader on which it lies."""

    transport: Transport
    reader: str


class Reader(Protocol):
    """A place for one card; adapters are PC/SC and, for tests and training, the in-process card."""

    def look(self) -> object:
        """Look whether cards can be laid down. Raises ReaderError: there is no reader, or no service."""

    def card(
        self, timeout: float, *, wanted: Callable[[], bool] = lambda: True
    ) -> AbstractContextManager[HeldCard]:
        """Hold the card that is laid down within `timeout` seconds, as long as it is `wanted`.

        Raises NoCard: none came, or it is not wanted any more. Other CardErrors: the reader's trouble.
        """


class PcscReader:
    """A reader that PC/SC knows, chosen anew for every card so that it may be plugged in at any time."""

    def __init__(self, preferred: str | None) -> None:
        self._preferred = preferred

    def look(self) -> object:
        """Return the names of the readers that could be meant."""
        return pcsc.readers_meant(self._preferred)

    @contextmanager
    def card(self, timeout: float, *, wanted: Callable[[], bool] = lambda: True) -> Iterator[HeldCard]:
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
            yield HeldCard(transport, reader)
