"""Command APDUs and the status words that this package tells apart (ISO/IEC 7816-4 §5)."""

from dataclasses import dataclass, replace
from enum import IntEnum

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
