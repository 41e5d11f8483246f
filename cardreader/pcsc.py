"""The PC/SC adapter: readers, waiting for a card, one exclusive connection. Only pyscard's user.

Every call opens its own context, so that a restarted service is noticed and
nothing here ever needs a restart itself.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from smartcard import scard

from cardreader.errors import (
    CardError,
    CardLifted,
    NoCard,
    NoReader,
    ReaderBusy,
    ReaderError,
    ReaderUnavailable,
)
from cardreader.reader_names import fitting, pick_reader
from cardreader.transport import Transport
from cardreader.watching import Slot

# So long a card that another program holds is asked for: some programs look at every card that comes.
BUSY_SECONDS = 2.0

_SEVERAL_POLL_SECONDS = 0.1
_POLL_MS = 500  # a wait is cut into pieces so that Ctrl-C is heard
_BUSY_POLL_SECONDS = 0.1
_NEW_READERS = "\\\\?PnP?\\Notification"  # the name under which PC/SC tells of readers that come and go
_COUNTER_SHIFT = 16  # a reader's state has in its upper half how many cards came and went
_WRONG_LENGTH = 0x6700

_ERRORS: dict[int, type[CardError]] = {
    scard.SCARD_E_NO_READERS_AVAILABLE: NoReader,
    scard.SCARD_E_UNKNOWN_READER: NoReader,
    scard.SCARD_E_READER_UNAVAILABLE: NoReader,
    scard.SCARD_E_SHARING_VIOLATION: ReaderBusy,
    scard.SCARD_E_NO_SMARTCARD: NoCard,
    scard.SCARD_W_REMOVED_CARD: CardLifted,
    scard.SCARD_W_RESET_CARD: CardLifted,
    scard.SCARD_W_UNPOWERED_CARD: CardLifted,
    scard.SCARD_W_UNRESPONSIVE_CARD: CardLifted,
    scard.SCARD_E_NOT_TRANSACTED: CardLifted,
    scard.SCARD_E_COMM_DATA_LOST: CardLifted,
}


def list_readers() -> list[str]:
    """Return the names of the attached readers, which may be none.

    Raises ReaderUnavailable: the PC/SC service does not run.
    """
    with _context() as context:
        return _list(context)


def readers_meant(name: str | None) -> list[str]:
    """Return the attached readers that `name`, all of it or a part, means; without one all of them.

    Raises NoReader: none is attached, or none fits. ReaderUnavailable.
    """
    with _context() as context:
        return fitting(_list(context), name)


def await_card(name: str | None, timeout: float) -> str:
    """Return the reader on which a card lies, of those that `name` means; `timeout` is in seconds.

    Where several could be meant, it is the one on which a card comes to lie (`reader_names.pick_reader`).

    Raises NoCard: none came. SeveralReaders: cards lie on more than one. NoReader, ReaderUnavailable.
    """
    deadline = time.monotonic() + timeout
    while True:
        left = max(0.0, deadline - time.monotonic())
        reader = _chosen(name)
        try:
            if reader is None:
                time.sleep(min(left, _SEVERAL_POLL_SECONDS))
                raise NoCard("no card was laid on any of the readers in time")
            wait_for_card(reader, min(left, _POLL_MS / 1000))
        except NoCard:
            if left == 0:
                raise
        else:
            return reader


def _chosen(name: str | None) -> str | None:
    with _context() as context:
        return pick_reader(
            _list(context), name, holds_card=lambda reader: _holds_card(_state(context, reader))
        )


def wait_for_card(reader: str, timeout: float) -> None:
    """Return as soon as a card lies on the reader; `timeout` is in seconds.

    Raises NoCard: none came. NoReader: the reader went away.
    """
    deadline = time.monotonic() + timeout
    with _context() as context:
        state = _state(context, reader)
        while not _holds_card(state):
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoCard("no card was laid on the reader in time")
            state = _state(context, reader, known=state, wait_ms=min(_POLL_MS, int(left * 1000) + 1))


@contextmanager
def connect(reader: str, *, patience: float = BUSY_SECONDS) -> Iterator[Transport]:
    """Yield the card on the reader as a transport, for this program alone; reset it at the end.

    A card that another program holds is asked for again for `patience` seconds.

    Raises NoCard, ReaderBusy, NoReader, CardLifted, ReaderUnavailable.
    """
    with _context() as context:
        handle, protocol = _connected(context, reader, patience)
        try:
            yield _PcscCard(context, reader, handle, protocol)
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_RESET_CARD)


def _connected(context: Any, reader: str, patience: float) -> tuple[Any, int]:
    deadline = time.monotonic() + patience
    while True:
        result, handle, protocol = scard.SCardConnect(
            context, reader, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        if result != scard.SCARD_E_SHARING_VIOLATION or time.monotonic() >= deadline:
            _check(result)
            return handle, protocol
        time.sleep(_BUSY_POLL_SECONDS)


class _PcscCard:
    """A connected card."""

    def __init__(self, context: Any, reader: str, handle: Any, protocol: int) -> None:
        self._context = context
        self._reader = reader
        self._handle = handle
        self._protocol = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        """Return the card's response data and status word.

        An extended command that the reader does not pass on, while the card lies still, is
        answered with 6700 as a card would that does not know them.

        Raises CardLifted: also for an answer without status word, which is how some
        readers pass on that the card went away under a command.
        """
        result, response = scard.SCardTransmit(self._handle, self._protocol, list(command))
        if _is_reader_refusal(result) and is_extended(command) and _card_lies(self._context, self._reader):
            return b"", _WRONG_LENGTH
        _check(result)
        if len(response) < 2:
            raise CardLifted("the card stopped answering")
        answer = bytes(response)
        return answer[:-2], int.from_bytes(answer[-2:], "big")


def is_extended(command: bytes) -> bool:
    """Return whether the command has lengths of the extended form (ISO/IEC 7816-4 §5.2)."""
    return len(command) >= 7 and command[4] == 0


class PcscReaders:
    """All readers of this machine, as `cardreader.watching.ReaderPort`.

    One context is kept while the service runs, and a new one made when it is back.
    """

    def __init__(self) -> None:
        self._context: Any = None
        self._news = int(scard.SCARD_STATE_UNAWARE)  # Windows keeps the number of readers in it
        self._states: dict[str, int] = {}

    def look(self, seconds: float) -> dict[str, Slot]:
        """Return every reader as it is, at once when one came, went or changed, else after `seconds`.

        Raises ReaderUnavailable: the service does not run.
        """
        try:
            if self._context is None:
                self._context = _established()
            names = _list(self._context)
            self._states = {name: self._states.get(name, scard.SCARD_STATE_UNAWARE) for name in names}
            self._wait(seconds)
        except ReaderUnavailable:
            self.close()
            raise
        return {
            name: Slot(_holds_card(state), state >> _COUNTER_SHIFT) for name, state in self._states.items()
        }

    def close(self) -> None:
        """Let go of the service."""
        if self._context is not None:
            scard.SCardReleaseContext(self._context)
        self._context, self._states = None, {}

    def _wait(self, seconds: float) -> None:
        asked = [(_NEW_READERS, self._news), *self._states.items()]
        result, found = scard.SCardGetStatusChange(self._context, int(seconds * 1000), asked)
        if result == scard.SCARD_E_TIMEOUT:
            return
        if result == scard.SCARD_E_UNKNOWN_READER:  # one went after it was listed; the next look lists anew
            time.sleep(_BUSY_POLL_SECONDS)
            return
        _check(result)
        (_, news, _), *readers = found
        self._news = news & ~int(scard.SCARD_STATE_CHANGED)
        gone = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE
        self._states = {
            name: state & ~int(scard.SCARD_STATE_CHANGED) for name, state, _ in readers if not state & gone
        }


@contextmanager
def _context() -> Iterator[Any]:
    context = _established()
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _established() -> Any:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _check(result)
    return context


def _list(context: Any) -> list[str]:
    result, readers = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE:
        return []
    _check(result)
    return list(readers)


def _state(context: Any, reader: str, *, known: int = scard.SCARD_STATE_UNAWARE, wait_ms: int = 0) -> int:
    """Return the reader's event state once it differs from `known`, or `known` when `wait_ms` have passed."""
    result, states = scard.SCardGetStatusChange(context, wait_ms, [(reader, known)])
    if result == scard.SCARD_E_TIMEOUT:
        return known
    _check(result)
    state = int(states[0][1])
    if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
        raise NoReader("the reader went away")
    return state & ~int(scard.SCARD_STATE_CHANGED)


def _holds_card(state: int) -> bool:
    return bool(state & scard.SCARD_STATE_PRESENT)


def _card_lies(context: Any, reader: str) -> bool:
    try:
        return _holds_card(_state(context, reader))
    except ReaderError:
        return False


def _is_reader_refusal(result: int) -> bool:
    """Return whether a command failed in a way that says nothing of the card; the codes differ by driver."""
    return result == scard.SCARD_E_NOT_TRANSACTED or result not in (scard.SCARD_S_SUCCESS, *_ERRORS)


def _check(result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        kind = _ERRORS.get(result, ReaderUnavailable)
        raise kind(f"PC/SC answered {result & 0xFFFFFFFF:08X}")
