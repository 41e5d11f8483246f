"""The PC/SC adapter: readers, waiting for a card, one exclusive connection. Only pyscard's user.

Every call opens its own context, so that a restarted service is noticed and
nothing here ever needs a restart itself.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from smartcard import scard

from cardreader.errors import (
    CardError,
    CardLifted,
    NoCard,
    NoReader,
    ReaderBusy,
    ReaderUnavailable,
    SeveralReaders,
)
from cardreader.transport import Transport

_POLL_MS = 500  # a wait is cut into pieces so that Ctrl-C is heard

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
    scard.SCARD_F_COMM_ERROR: CardLifted,
}


def list_readers() -> list[str]:
    """Return the names of the attached readers, which may be none.

    Raises ReaderUnavailable: the PC/SC service does not run.
    """
    with _context() as context:
        return _list(context)


def choose_reader(name: str | None) -> str:
    """Return the reader meant by `name` (all of it or a part), or without one the only reader.

    Of several readers without a name it is the only one that holds a card.

    Raises NoReader: none is attached, or none fits. SeveralReaders: more than one could be meant.
    """
    with _context() as context:
        return pick_reader(
            _list(context), name, holds_card=lambda reader: _holds_card(_state(context, reader))
        )


def pick_reader(readers: list[str], name: str | None, *, holds_card: Callable[[str], bool]) -> str:
    """Return the reader that `choose_reader` promises, of these.

    Raises NoReader, SeveralReaders.
    """
    if name in readers:
        return name
    fitting = [reader for reader in readers if name is None or name.casefold() in reader.casefold()]
    if not fitting:
        raise NoReader("no reader is attached" if name is None else "no reader has this name")
    if len(fitting) > 1:
        holding = [reader for reader in fitting if holds_card(reader)]
        if len(holding) != 1:
            raise SeveralReaders(fitting)
        return holding[0]
    return fitting[0]


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
def connect(reader: str) -> Iterator[Transport]:
    """Yield the card on the reader as a transport, for this program alone; reset it at the end.

    Raises NoCard, ReaderBusy, NoReader, CardLifted, ReaderUnavailable.
    """
    with _context() as context:
        result, handle, protocol = scard.SCardConnect(
            context, reader, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        _check(result)
        try:
            yield _PcscCard(handle, protocol)
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_RESET_CARD)


class _PcscCard:
    """A connected card."""

    def __init__(self, handle: Any, protocol: int) -> None:
        self._handle = handle
        self._protocol = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        """Return the card's response data and status word.

        Raises CardLifted: also for an answer without status word, which is how some
        readers pass on that the card went away under a command.
        """
        result, response = scard.SCardTransmit(self._handle, self._protocol, list(command))
        _check(result)
        if len(response) < 2:
            raise CardLifted("the card stopped answering")
        answer = bytes(response)
        return answer[:-2], int.from_bytes(answer[-2:], "big")


@contextmanager
def _context() -> Iterator[Any]:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _check(result)
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


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


def _check(result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        kind = _ERRORS.get(result, ReaderUnavailable)
        raise kind(f"PC/SC answered {result & 0xFFFFFFFF:08X}")
