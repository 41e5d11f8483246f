"""Command APDUs in short form and the status words that this package tells apart (ISO/IEC 7816-4 §5)."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Protocol

from cardreader.errors import CardRefused
from cardreader.transport import Transport

MAX_SHORT_DATA = 255
MAX_SHORT_RESPONSE = 256


class Status(IntEnum):
    """Status words with a meaning for the caller; any other is a refusal."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    WRONG_LENGTH = 0x6700
    FILE_NOT_FOUND = 0x6A82
    WRONG_PARAMETERS = 0x6B00


def exact_length(sw: int) -> int | None:
    """Return the length that a 6Cxx answer asks for, None for any other status word."""
    return (sw & 0xFF) or MAX_SHORT_RESPONSE if sw >> 8 == 0x6C else None


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `expected` is the most response bytes wanted, None for none."""

    instruction: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int | None = None
    cla: int = 0x00

    def header(self) -> bytes:
        """Return the four bytes CLA INS P1 P2."""
        return bytes([self.cla, self.instruction, self.p1, self.p2])

    def encode(self) -> bytes:
        """Return the command in short form.

        Raises ValueError: more than 255 bytes of data or 256 expected, which no caller here needs.
        """
        if len(self.data) > MAX_SHORT_DATA or not 0 < (self.expected or 1) <= MAX_SHORT_RESPONSE:
            raise ValueError("the command does not fit the short form")
        body = bytes([len(self.data)]) + self.data if self.data else b""
        length = bytes([self.expected & 0xFF]) if self.expected is not None else b""
        return self.header() + body + length

    def expecting(self, length: int) -> "Command":
        """Return the same command with another expected length."""
        return replace(self, expected=length)


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
