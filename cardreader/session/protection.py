"""Secure messaging: every command and answer encrypted and counted (ICAO Doc 9303-11 §9.8)."""

import hmac

from cardreader.errors import AnswerCut, MalformedData, SecureMessagingError
from cardreader.lds.tlv import read_all, write_tlv
from cardreader.session.ciphers import MAC_LENGTH, Suite, pad, unpad
from cardreader.session.command import (
    MAX_EXTENDED_RESPONSE,
    MAX_SHORT_DATA,
    MAX_SHORT_RESPONSE,
    Command,
    Status,
)

_SECURE_CLASS = 0x0C
_ENCRYPTED, _ENCRYPTED_ODD, _STATUS, _MAC, _EXPECTED = 0x87, 0x85, 0x99, 0x8E, 0x97
_PADDED = b"\x01"
_OVERHEAD = 3 + 1 + 4 + 10  # the cryptogram's header and marker, the status word, the code


class Protection:
    """Session keys with the send sequence counter; it ends with the first answer that does not verify."""

    def __init__(self, suite: Suite, counter: bytes) -> None:
        """Start with the send sequence counter as the key agreement left it."""
        self._suite = suite
        self._counter = int.from_bytes(counter, "big")
        self._width = len(counter)
        self.largest_read = (MAX_SHORT_RESPONSE - _OVERHEAD) // suite.block * suite.block - 1

    def protect(self, command: Command, *, extended: bool = False) -> bytes:
        """Return the protected form of a command, as it goes over the wire, short or of extended length.

        Raises ValueError: it does not fit the short form, which no caller here lets happen.
        """
        counter = self._next()
        header = bytes([command.cla | _SECURE_CLASS]) + command.header()[1:]
        objects = b""
        if command.data:
            ciphertext = self._suite.encrypt(pad(command.data, self._suite.block), counter)
            odd = command.instruction & 1
            objects += (
                write_tlv(_ENCRYPTED_ODD, ciphertext) if odd else write_tlv(_ENCRYPTED, _PADDED + ciphertext)
            )
        if command.expected is not None:
            objects += write_tlv(_EXPECTED, _expected_length(command.expected))
        covered = counter + pad(header, self._suite.block) + objects
        body = objects + write_tlv(_MAC, self._suite.mac(covered))
        if extended:
            return header + b"\x00" + len(body).to_bytes(2, "big") + body + b"\x00\x00"
        if len(body) > MAX_SHORT_DATA:
            raise ValueError("the protected command does not fit the short form")
        return header + bytes([len(body)]) + body + b"\x00"

    def open(self, data: bytes, sw: int) -> tuple[bytes, int]:
        """Return the decrypted data and the status word of the answer to the last protected command.

        A refusal may come unprotected, as the standard allows; success may not.

        Raises SecureMessagingError: protection missing, altered or replayed; AnswerCut: ill-formed.
        """
        counter = self._next()
        if not data and sw != Status.OK:
            return b"", sw
        return self._verified(data, sw, counter)

    def skip(self) -> None:
        """Count an answer that could not be received whole, so that the session goes on after it."""
        self._next()

    def _next(self) -> bytes:
        self._counter = (self._counter + 1) % (1 << 8 * self._width)
        return self._counter.to_bytes(self._width, "big")

    def _verified(self, response: bytes, sw: int, counter: bytes) -> tuple[bytes, int]:
        try:
            objects = read_all(response)
        except MalformedData as error:
            raise AnswerCut("a protected answer is not well-formed") from error
        tags = [tag for tag, _ in objects]
        if tags not in ([_STATUS, _MAC], [_ENCRYPTED, _STATUS, _MAC], [_ENCRYPTED_ODD, _STATUS, _MAC]):
            raise SecureMessagingError("an answer is not protected as agreed")
        code = objects[-1][1]
        covered = counter + response[: -(2 + MAC_LENGTH)]
        if len(code) != MAC_LENGTH or not hmac.compare_digest(code, self._suite.mac(covered)):
            raise SecureMessagingError("an answer's authentication code is wrong")
        if objects[-2][1] != sw.to_bytes(2, "big"):
            raise SecureMessagingError("the status word differs from the protected one")
        return (self._decrypt(*objects[0], counter) if len(objects) == 3 else b""), sw

    def _decrypt(self, tag: int, value: bytes, counter: bytes) -> bytes:
        if tag == _ENCRYPTED:
            if value[:1] != _PADDED:
                raise SecureMessagingError("an answer has an unknown padding")
            value = value[1:]
        if not value or len(value) % self._suite.block:
            raise SecureMessagingError("an answer's cryptogram is not whole blocks")
        try:
            return unpad(self._suite.decrypt(value, counter), self._suite.block)
        except MalformedData as error:
            raise SecureMessagingError("an answer's padding is wrong") from error


def _expected_length(expected: int) -> bytes:
    """Return the content of object 97: one byte as far as it reaches, else two (ISO/IEC 7816-4 §10.4)."""
    if expected <= MAX_SHORT_RESPONSE:
        return bytes([expected % MAX_SHORT_RESPONSE])
    return (expected % MAX_EXTENDED_RESPONSE).to_bytes(2, "big")
