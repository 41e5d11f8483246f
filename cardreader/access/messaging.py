"""The protected channel to a chip: commands go through secure messaging (ICAO Doc 9303-11 §9.8)."""

from cardreader.access.apdu import EXTENDED_READ, READ_BINARY, in_short
from cardreader.errors import AnswerCut, MalformedData, SecureMessagingError
from cardreader.session.ciphers import Suite
from cardreader.session.command import MAX_SHORT_RESPONSE, Command, Status, exact_length
from cardreader.session.protection import Protection
from cardreader.transport import Transport

_LARGEST_SHORT_DATA = 200  # what is sure to fit a short command with its protection


class SecureChannel:
    """A channel under session keys; it ends with the first answer that does not verify.

    `extended` says that the card takes extended length. `unsure` says that a failure may be due
    to the length of a command: the last answer found fault with it, or one of extended length was
    not answered under protection, and no answer since then was. A protected refusal of something
    else is the card's own word, and protection that does not hold is somebody's work.
    """

    def __init__(self, transport: Transport, suite: Suite, counter: bytes, *, extended: bool = False) -> None:
        """Start with the send sequence counter as the access protocol left it."""
        self._transport = transport
        self._protection = Protection(suite, counter)
        self.extended = extended
        self.unsure = False

    @property
    def largest_read(self) -> int:
        """How many bytes of a file one answer can hold."""
        return EXTENDED_READ if self.extended else self._protection.largest_read

    def send(self, command: Command) -> tuple[bytes, int]:
        """Return the decrypted data and the status word of one protected exchange.

        A refusal may come unprotected, as the standard allows; success may not. What does not
        fit a short command goes in extended length, and once more in short where the card says
        that the length is wrong.

        Raises SecureMessagingError: protection missing, altered, replayed or ill-formed.
        """
        if not self.extended or self._is_short(command):
            return self._exchange(command, extended=False)
        data, sw = self._exchange(command, extended=True)
        exact = exact_length(sw)
        if sw == Status.WRONG_LENGTH or exact is not None:
            self.extended = False
            if len(command.data) > _LARGEST_SHORT_DATA:
                return data, sw
            largest = self.largest_read if command.instruction == READ_BINARY else MAX_SHORT_RESPONSE
            return self._exchange(in_short(command, exact, largest), extended=False)
        return data, sw

    def fits(self, command: Command) -> bool:
        """Say whether the card takes a command with so many data."""
        return self.extended or len(command.data) <= _LARGEST_SHORT_DATA

    def relay(self, command: bytes) -> bytes:
        """Return the answer, with its status word, to a command that somebody else protected."""
        data, sw = self._transport.send_and_receive(command)
        return data + sw.to_bytes(2, "big")

    def _is_short(self, command: Command) -> bool:
        return (
            len(command.data) <= _LARGEST_SHORT_DATA
            and (command.expected or 0) <= self._protection.largest_read
        )

    def _exchange(self, command: Command, *, extended: bool) -> tuple[bytes, int]:
        protected = self._protection.protect(command, extended=extended)
        try:
            answer, sw = self._transport.send_and_receive(protected)
        except MalformedData:
            self._protection.skip()
            raise
        wrong_length = sw == Status.WRONG_LENGTH or exact_length(sw) is not None
        self.unsure = self.unsure or extended or wrong_length
        try:
            opened = self._protection.open(answer, sw)
        except AnswerCut:
            raise
        except SecureMessagingError:
            self.unsure = False  # a whole answer that does not verify is never a matter of length
            raise
        if answer:
            self.unsure = wrong_length
        return opened
