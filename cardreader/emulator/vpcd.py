"""Speaks the wire protocol of `vsmartcard-vpcd`: lays a chip on the virtual reader and takes it away.

The reader driver listens on one TCP port per slot, on every interface of the
machine. Each frame is a two-byte big-endian length and that many bytes; a
frame of one byte is a control: 0 power off, 1 power on, 2 reset, 4 asks for the
answer to reset. Anything longer is a command.
"""

import socket
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread

from cardreader.emulator.chip import ANSWER_TO_RESET, Chip

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
_RECEIVED_AT_ONCE = 65537


class FrameDecoder:
    """Cuts a byte stream into payloads; holds at most one unfinished frame, 65,537 bytes."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Yield every payload completed by these bytes, in order; take them all before more is fed."""
        stream, start = self._pending + received, 0
        while len(stream) >= start + 2:
            end = start + 2 + int.from_bytes(stream[start : start + 2], "big")
            if len(stream) < end:
                break
            yield stream[start + 2 : end]
            start = end
        self._pending = stream[start:]


def frame(payload: bytes) -> bytes:
    """Return the payload with its length in front; 65,535 bytes at most."""
    return len(payload).to_bytes(2, "big") + payload


def serve(chip: Chip, connection: socket.socket, *, powered: Callable[[], None]) -> None:
    """Answer the driver until either side closes or the chip lifts itself.

    `powered` is called when the driver, after power-on, has its answer to reset:
    from then on PC/SC shows the card.

    Acknowledgements go out at once in both directions: Nagle's algorithm and
    delayed acknowledgement together cost 45 ms for each command otherwise.
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    frames = FrameDecoder()
    power = False
    while received := _receive(connection):
        for payload in frames.feed(received):
            if len(payload) > 1:
                if chip.lifted:
                    return
                connection.sendall(frame(chip.process(payload)))
            elif payload == bytes((GET_ATR,)):
                connection.sendall(frame(ANSWER_TO_RESET))
                if power:
                    powered()
            elif payload in (bytes((POWER_ON,)), bytes((RESET,))):
                chip.reset()
                power = True


class VirtualSlot:
    """One slot of the virtual reader, as a hand that lays cards on it and takes them off.

    pcscd looks every `poll_seconds` whether a card is there. A card that comes
    before it saw the last one gone is never powered, so `remove` waits for that.
    """

    def __init__(self, port: int, *, host: str = "127.0.0.1", poll_seconds: float = 0.4) -> None:
        self._address = (host, port)
        self._poll_seconds = poll_seconds
        self._connection: socket.socket | None = None
        self._thread: Thread | None = None

    def insert(self, chip: Chip, *, timeout: float = 5.0) -> bool:
        """Lay the chip on the slot in place of any other; return whether it was powered in `timeout` seconds.

        Raises OSError: nothing listens on the slot's port.
        """
        self.remove()
        connection = socket.create_connection(self._address, timeout=timeout)
        connection.settimeout(None)
        powered = Event()
        self._connection = connection
        self._thread = Thread(target=_serve_until_closed, args=(chip, connection, powered.set), daemon=True)
        self._thread.start()
        return powered.wait(timeout)

    def remove(self) -> None:
        """Take the card off and wait until PC/SC has seen it; nothing happens when there is none."""
        if self._connection is None or self._thread is None:
            return
        # From now on an answer fails, and that ends the thread at the driver's next question.
        _shut(self._connection, socket.SHUT_WR)
        self._thread.join(4 * self._poll_seconds)
        _shut(self._connection, socket.SHUT_RDWR)
        self._thread.join()
        self._connection = self._thread = None
        time.sleep(1.2 * self._poll_seconds)

    @property
    def holds_card(self) -> bool:
        """Whether a card lies here that the driver still talks to."""
        return self._thread is not None and self._thread.is_alive()


def _serve_until_closed(chip: Chip, connection: socket.socket, powered: Callable[[], None]) -> None:
    with connection:
        try:
            serve(chip, connection, powered=powered)
        except OSError:
            return  # the driver went away in the middle of an answer: the card is off the reader


def _receive(connection: socket.socket) -> bytes:
    received = connection.recv(_RECEIVED_AT_ONCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return received


def _shut(connection: socket.socket, how: int) -> None:
    try:
        connection.shutdown(how)
    except OSError:
        return  # closed already, by the driver or by a chip that lifted itself
