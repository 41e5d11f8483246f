"""Ways to send commands to a card, and the commands of ISO/IEC 7816-4 §7 that reading needs.

Whether a card takes commands of extended length is learned from the first READ BINARY or SELECT
by name that is needed anyway, sent in that form; a card or reader that does not like it is asked
again in short form, and from then on only so.
"""

from typing import Protocol

from cardreader.errors import CardRefused, MalformedData, OversizedData
from cardreader.session.command import (
    MAX_EXTENDED_RESPONSE,
    MAX_SHORT_RESPONSE,
    Command,
    Status,
    exact_length,
)
from cardreader.transport import Transport

EXTENDED_READ = 4_096  # asked for at once: every file but a face, and within the buffers of common readers
READ_BINARY = 0xB0
MAX_ANSWER_BYTES = 70_000  # one answer of extended length, protected

_BY_NAME = 0x04
_SUCCESSES = (Status.OK, Status.END_OF_FILE)
# Refusals of what was asked, from a card that understood how it was asked.
_UNDERSTOOD = (Status.FILE_NOT_FOUND, Status.NOT_ALLOWED, Status.CONDITIONS_NOT_MET, Status.NO_CURRENT_FILE)


class Channel(Protocol):
    """A way to send commands, in the clear or protected; `largest_read` is what one answer can hold."""

    @property
    def largest_read(self) -> int:
        """How many bytes of a file one answer can hold."""

    def send(self, command: Command) -> tuple[bytes, int]:
        """Return the response data in the clear and the status word."""


class PlainChannel:
    """Commands as they are, before access is granted.

    `extended` says whether the card takes extended length, None as long as that is not known.
    """

    def __init__(self, transport: Transport, *, extended: bool | None = False) -> None:
        self._transport = transport
        self.extended = extended

    @property
    def largest_read(self) -> int:
        """How many bytes of a file one answer can hold."""
        return MAX_SHORT_RESPONSE if self.extended is False else EXTENDED_READ

    def send(self, command: Command) -> tuple[bytes, int]:
        """Return the card's answer unchanged; in short form where it does not take the extended one."""
        unknown = self.extended is None and (command.instruction == READ_BINARY or command.p1 == _BY_NAME)
        if self.extended is False or (command.is_short and not unknown):
            return self._transport.send_and_receive(command.encode())
        data, sw = self._transport.send_and_receive(command.encode(extended=True))
        if sw in _SUCCESSES:
            self.extended = True
        elif sw not in _UNDERSTOOD or command.data:  # a name may have been misread; a short identifier is not
            return self._in_short(command, data, sw)
        return data, sw

    def _in_short(self, command: Command, data: bytes, sw: int) -> tuple[bytes, int]:
        """Ask again in short form; only where that makes a difference the card takes no other."""
        exact = exact_length(sw)
        shorter = in_short(command, exact, MAX_SHORT_RESPONSE)
        if not shorter.is_short:
            return data, sw
        if sw == Status.WRONG_LENGTH or exact is not None:
            self.extended = False
        data, again = self._transport.send_and_receive(shorter.encode())
        if again != sw:
            self.extended = False
        return data, again


class WholeAnswers:
    """A transport whose answers are whole: what a card holds back with 61xx is fetched at once.

    It stands below secure messaging, which then sees one answer (ISO/IEC 7816-4 §7.6.1).
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        """Return the card's answer, put together where it came in parts.

        Raises MalformedData: a part is empty. OversizedData: more than MAX_ANSWER_BYTES.
        """
        data, sw = self._transport.send_and_receive(command)
        while sw >> 8 == 0x61:
            part, sw = self._next_part(sw & 0xFF)
            data += part
            if len(data) > MAX_ANSWER_BYTES:
                raise OversizedData("the card's answer does not come to an end")
            if not part and sw >> 8 == 0x61:
                raise MalformedData("the card holds back an answer that it does not have")
        return data, sw

    def _next_part(self, length: int) -> tuple[bytes, int]:
        command = Command(0xC0, 0x00, 0x00, expected=length or MAX_SHORT_RESPONSE)
        part, sw = self._transport.send_and_receive(command.encode())
        exact = exact_length(sw)
        if exact is not None:
            part, sw = self._transport.send_and_receive(command.expecting(exact).encode())
        return part, sw


def in_short(command: Command, exact: int | None, largest: int) -> Command:
    """Return the command asking for no more than `exact` and `largest` bytes."""
    if command.expected is None:
        return command
    return command.expecting(min(command.expected, exact or largest, largest))


def demand(channel: Channel, command: Command) -> bytes:
    """Return the response data of a command that must succeed.

    Raises CardRefused: any status word but 9000.
    """
    data, sw = channel.send(command)
    if sw != Status.OK:
        raise CardRefused(sw)
    return data


def select_application(identifier: bytes, *, informed: bool = False) -> Command:
    """Return SELECT by application identifier, asking for file information only if `informed`."""
    if informed:
        return Command(0xA4, 0x04, 0x00, identifier, MAX_SHORT_RESPONSE)
    return Command(0xA4, 0x04, 0x0C, identifier)


def select_master_file() -> Command:
    """Return SELECT of the master file, without file information."""
    return Command(0xA4, 0x00, 0x0C, b"\x3f\x00")


def select_file(identifier: int) -> Command:
    """Return SELECT of an elementary file under the current one, without file information."""
    return Command(0xA4, 0x02, 0x0C, identifier.to_bytes(2, "big"))


def read_by_short_identifier(short_identifier: int, length: int) -> Command:
    """Return READ BINARY that selects the file and reads its first bytes at once."""
    return Command(READ_BINARY, 0x80 | short_identifier, 0x00, expected=length)


def read_binary(offset: int, length: int) -> Command:
    """Return READ BINARY of the current file; `offset` is at most 32,767."""
    return Command(READ_BINARY, offset >> 8, offset & 0xFF, expected=length)


def internal_authenticate(nonce: bytes, *, extended: bool) -> Command:
    """Return INTERNAL AUTHENTICATE: the chip signs the nonce with its own key (Doc 9303-11 §6.1)."""
    return Command(0x88, 0x00, 0x00, nonce, MAX_EXTENDED_RESPONSE if extended else MAX_SHORT_RESPONSE)
