"""Command APDUs as the chip receives them, and the status words that it answers; ISO/IEC 7816-4 §5."""

from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """The status words that the chip uses."""

    DONE = 0x9000
    END_OF_FILE = 0x6282
    AUTHENTICATION_FAILED = 0x6300
    WRONG_LENGTH = 0x6700
    SECURITY_NOT_SATISFIED = 0x6982
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_FILE = 0x6986
    PROTECTION_MISSING = 0x6987
    PROTECTION_WRONG = 0x6988
    WRONG_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    WRONG_PARAMETERS = 0x6A86
    REFERENCE_NOT_FOUND = 0x6A88
    OFFSET_OUTSIDE = 0x6B00
    EXACT_LENGTH = 0x6C00
    INSTRUCTION_UNKNOWN = 0x6D00
    CLASS_UNKNOWN = 0x6E00


class Instruction(IntEnum):
    """The instructions that the chip knows."""

    SET_SECURITY_ENVIRONMENT = 0x22
    MUTUAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    GENERAL_AUTHENTICATE = 0x86
    INTERNAL_AUTHENTICATE = 0x88
    SELECT = 0xA4
    READ_BINARY = 0xB0


class Refused(Exception):
    """The chip answers this status word and nothing else."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


def exact_length(available: int) -> Refused:
    """Return the refusal 6Cxx that tells how many bytes can be had; 00 stands for 256 and more."""
    return Refused(Status.EXACT_LENGTH | (available if available < 256 else 0))


@dataclass(frozen=True, slots=True)
class Command:
    """A command APDU; `expected` is None where no answer data are asked for, else 1 to 65,536."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    expected: int | None
    extended: bool

    @property
    def header(self) -> bytes:
        """The four bytes that every command begins with."""
        return bytes((self.cla, self.ins, self.p1, self.p2))


def parse_command(raw: bytes) -> Command:
    """Return the command in its short or extended form, ISO/IEC 7816-3 §12.1.3.

    Raises Refused: the lengths inside do not add up (WRONG_LENGTH).
    """
    if len(raw) < 4:
        raise Refused(Status.WRONG_LENGTH)
    body = raw[4:]
    extended = len(body) > 2 and body[0] == 0
    if extended:
        data, expected = _split(body[1:], width=2)
    else:
        data, expected = _split(body, width=1)
    return Command(raw[0], raw[1], raw[2], raw[3], data, expected, extended)


def _split(body: bytes, *, width: int) -> tuple[bytes, int | None]:
    """Return data and expected length from a body whose length fields have `width` bytes."""
    if not body:
        return b"", None
    if len(body) == width:
        return b"", _expected(body)
    size = int.from_bytes(body[:width], "big")
    data, rest = body[width : width + size], body[width + size :]
    if size == 0 or len(data) != size or len(rest) not in (0, width):
        raise Refused(Status.WRONG_LENGTH)
    return data, _expected(rest) if rest else None


def _expected(field: bytes) -> int:
    return int.from_bytes(field, "big") or 1 << 8 * len(field)
