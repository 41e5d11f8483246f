"""Secure messaging as the chip does it: opens commands, protects answers; ICAO Doc 9303-11 §9.8."""

from hmac import compare_digest

from cardreader.emulator.commands import Command, Refused, Status
from cardreader.emulator.der import tlv
from cardreader.emulator.suites import Suite, pad, unpad
from cardreader.emulator.tags import data_objects

PROTECTED_CLASS = 0x0C
_CRYPTOGRAM, _EXPECTED, _STATUS, _MAC = 0x87, 0x97, 0x99, 0x8E
_STATUS_AND_MAC = 4 + 10  # DO'99' and DO'8E' of every answer


class SecureChannel:
    """One session: its keys and its send sequence counter."""

    def __init__(self, suite: Suite, counter: bytes) -> None:
        self._suite = suite
        self._counter = int.from_bytes(counter, "big")

    def open(self, command: Command) -> Command:
        """Return the plain command inside.

        Raises Refused: an object is missing (PROTECTION_MISSING) or wrong, the
        MAC above all (PROTECTION_WRONG). The session is then over.
        """
        counter = self._step()
        objects = data_objects(command.data, refusal=Status.PROTECTION_WRONG)
        if _MAC not in objects:
            raise Refused(Status.PROTECTION_MISSING)
        if not set(objects) <= {_CRYPTOGRAM, _EXPECTED, _MAC} or [*objects][-1] != _MAC:
            raise Refused(Status.PROTECTION_WRONG)
        mac = objects[_MAC]
        covered = command.data[: -len(tlv(_MAC, mac))]
        authentic = self._suite.mac(counter + pad(command.header, self._suite.block) + covered)
        if not compare_digest(authentic, mac):
            raise Refused(Status.PROTECTION_WRONG)
        return Command(
            cla=command.cla & ~PROTECTED_CLASS,
            ins=command.ins,
            p1=command.p1,
            p2=command.p2,
            data=self._decrypted(counter, objects.get(_CRYPTOGRAM)),
            expected=_expected(objects.get(_EXPECTED)),
            extended=command.extended,
        )

    def protect(self, data: bytes, status: int) -> bytes:
        """Return the answer: DO'87' if there are data, DO'99', DO'8E', then the same status word outside."""
        counter = self._step()
        body = b""
        if data:
            encrypted = self._suite.encrypt(counter, pad(data, self._suite.block))
            body = tlv(_CRYPTOGRAM, b"\x01" + encrypted)
        word = status.to_bytes(2, "big")
        body += tlv(_STATUS, word)
        return body + tlv(_MAC, self._suite.mac(counter + body)) + word

    def capacity(self, longest: int) -> int:
        """Return how many plain bytes fit in an answer of at most `longest` bytes, the status word aside."""
        room = longest - _STATUS_AND_MAC
        encrypted = room - len(tlv(_CRYPTOGRAM, bytes(room))) + room - 1
        return encrypted // self._suite.block * self._suite.block - 1

    def _step(self) -> bytes:
        self._counter = (self._counter + 1) % (1 << 8 * self._suite.block)
        return self._counter.to_bytes(self._suite.block, "big")

    def _decrypted(self, counter: bytes, cryptogram: bytes | None) -> bytes:
        if cryptogram is None:
            return b""
        indicator, encrypted = cryptogram[:1], cryptogram[1:]
        if indicator != b"\x01" or not encrypted or len(encrypted) % self._suite.block:
            raise Refused(Status.PROTECTION_WRONG)
        try:
            return unpad(self._suite.decrypt(counter, encrypted))
        except ValueError:
            raise Refused(Status.PROTECTION_WRONG) from None


def _expected(field: bytes | None) -> int | None:
    if field is None:
        return None
    if len(field) not in (1, 2):
        raise Refused(Status.PROTECTION_WRONG)
    return int.from_bytes(field, "big") or 1 << 8 * len(field)
