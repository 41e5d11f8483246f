"""What goes over a transport, counted, timed, and stopped where it never comes to an end."""

from collections.abc import Callable

from cardreader.errors import CardEndless
from cardreader.transport import Transport

MAX_COMMANDS = 1_000


class CountedTransport:
    """A transport that knows its commands, bytes each way (status words included) and seconds under way."""

    def __init__(self, transport: Transport, *, clock: Callable[[], float]) -> None:
        self._transport = transport
        self._clock = clock
        self.commands = 0
        self.bytes_sent = 0
        self.bytes_received = 0
        self.seconds = 0.0

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        """Pass one command on.

        Raises CardEndless: one reading took more than MAX_COMMANDS.
        """
        if self.commands >= MAX_COMMANDS:
            raise CardEndless(f"the card needs more than {MAX_COMMANDS} commands")
        self.commands += 1
        self.bytes_sent += len(command)
        started = self._clock()
        try:
            data, sw = self._transport.send_and_receive(command)
        finally:
            self.seconds += self._clock() - started
        self.bytes_received += len(data) + 2
        return data, sw


class Stopwatch:
    """Milliseconds of named parts, one after the other; `laps` holds those that are over."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = self._last = clock()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """End the part that runs since the last one ended."""
        now = self._clock()
        self.laps[name] = round((now - self._last) * 1000, 1)
        self._last = now

    def total(self) -> float:
        """Return the milliseconds since the start."""
        return round((self._clock() - self._started) * 1000, 1)
