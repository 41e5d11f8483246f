"""Command APDUs and the status words that this package tells apart (ISO/IEC 7816-4 §5)."""

from dataclasses import dataclass, replace
from enum import IntEnum

MAX_SHORT_DATA = 255
MAX_SHORT_RESPONSE = 256
MAX_EXTENDED_DATA = 65_535
MAX_EXTENDED_RESPONSE = 65_536


class Status(IntEnum):
    """Status words with a meaning for the caller; any other is a refusal."""

    OK = 0x9000
    END_OF_FILE = 0x6282
    WRONG_LENGTH = 0x6700
    NOT_ALLOWED = 0x6982
    CONDITIONS_NOT_MET = 0x6985
    NO_CURRENT_FILE = 0x6986
    WRONG_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    WRONG_REFERENCE = 0x6A86
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

    @property
    def is_short(self) -> bool:
        """Say whether the short form can carry it: 255 bytes of data, 256 expected."""
        return len(self.data) <= MAX_SHORT_DATA and (self.expected or 1) <= MAX_SHORT_RESPONSE

    def header(self) -> bytes:
        """Return the four bytes CLA INS P1 P2."""
        return bytes([self.cla, self.instruction, self.p1, self.p2])

    def encode(self, *, extended: bool = False) -> bytes:
        """Return the command as it goes over the wire.

        A command without data and expected length has one form only.

        Raises ValueError: it does not fit the form, which no caller here lets happen.
        """
        most, response, width = (
            (MAX_EXTENDED_DATA, MAX_EXTENDED_RESPONSE, 2)
            if extended
            else (MAX_SHORT_DATA, MAX_SHORT_RESPONSE, 1)
        )
        if len(self.data) > most or not 0 < (self.expected or 1) <= response:
            raise ValueError(f"the command does not fit the {'extended' if extended else 'short'} form")
        body = len(self.data).to_bytes(width, "big") + self.data if self.data else b""
        if self.expected is not None:
            body += (self.expected % response).to_bytes(width, "big")
        marker = b"\x00" if extended and body else b""
        return self.header() + marker + body

    def expecting(self, length: int) -> "Command":
        """Return the same command with another expected length."""
        return replace(self, expected=length)
