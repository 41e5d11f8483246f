"""Ways to send commands to a card, and the commands of ISO/IEC 7816-4 §7 that reading needs."""

from typing import Protocol

from cardreader.errors import CardRefused
from cardreader.session.command import MAX_SHORT_RESPONSE, Command, Status
from cardreader.transport import Transport


class Channel(Protocol):
    """A way to send commands, in the clear or protected; `largest_read` is what one answer can hold."""

    largest_read: int

    def send(self, command: Command) -> tuple[bytes, int]:
        """Return the response data in the clear and the status word."""


class PlainChannel:
    """Commands as they are, before access is granted."""

    largest_read = MAX_SHORT_RESPONSE

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, command: Command) -> tuple[bytes, int]:
        """Return the card's answer unchanged."""
        return self._transport.send_and_receive(command.encode())


def demand(channel: Channel, command: Command) -> bytes:
    """Return the response data of a command that must succeed.

    Raises CardRefused: any status word but 9000.
    """
    data, sw = channel.send(command)
    if sw != Status.OK:
        raise CardRefused(sw)
    return data


def select_application(identifier: bytes) -> Command:
    """Return SELECT by application identifier, without asking for file information."""
    return Command(0xA4, 0x04, 0x0C, identifier)


def select_master_file() -> Command:
    """Return SELECT of the master file, without file information."""
    return Command(0xA4, 0x00, 0x0C, b"\x3f\x00")


def select_file(identifier: int) -> Command:
    """Return SELECT of an elementary file under the current one, without file information."""
    return Command(0xA4, 0x02, 0x0C, identifier.to_bytes(2, "big"))


def read_by_short_identifier(short_identifier: int, length: int) -> Command:
    """Return READ BINARY that selects the file and reads its first bytes at once."""
    return Command(0xB0, 0x80 | short_identifier, 0x00, expected=length)


def read_binary(offset: int, length: int) -> Command:
    """Return READ BINARY of the current file; `offset` is at most 32,767."""
    return Command(0xB0, offset >> 8, offset & 0xFF, expected=length)
