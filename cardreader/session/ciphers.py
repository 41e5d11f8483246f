"""The two cipher suites of protected access: 3DES and AES (ICAO Doc 9303-11 §9.7, §9.8).

Both offer the same operations, so that secure messaging is written once.
"""

import hashlib
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from cardreader.errors import MalformedData

MAC_LENGTH = 8
ENCRYPTION, AUTHENTICATION, PASSWORD = 1, 2, 3


class Suite(Protocol):
    """Session keys with their algorithm; `block` is the cipher's block size in bytes."""

    block: int

    def encrypt(self, padded: bytes, counter: bytes) -> bytes:
        """Return the CBC ciphertext under the initialization vector that belongs to `counter`."""

    def decrypt(self, ciphertext: bytes, counter: bytes) -> bytes:
        """Return the padded plaintext."""

    def mac(self, data: bytes) -> bytes:
        """Return the eight-byte code over a message of the session, which is padded first."""

    def token(self, data: bytes) -> bytes:
        """Return the eight-byte code over PACE's public key, which only 3DES pads."""


def pad(data: bytes, block: int) -> bytes:
    """Return `data` filled up to a whole block (ISO/IEC 9797-1 method 2: 80 00 ...)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(padded: bytes, block: int) -> bytes:
    """Return what `pad` was given.

    Raises MalformedData: the padding is none, or longer than a block.
    """
    data = padded.rstrip(b"\x00")
    if not data.endswith(b"\x80") or len(padded) - len(data) >= block:
        raise MalformedData("the card's data are not padded as agreed")
    return data[:-1]


def derive_key(secret: bytes, purpose: int, length: int) -> bytes:
    """Return the key of `length` bytes (16, 24 or 32) for a purpose (Doc 9303-11 §9.7.1).

    The same bytes serve 3DES: its parity bits are ignored by every implementation.
    """
    digest = hashlib.sha1 if length == 16 else hashlib.sha256  # fixed by the standard
    return digest(secret + purpose.to_bytes(4, "big")).digest()[:length]


def decrypt_nonce(key: bytes, encrypted: bytes, *, triple_des: bool) -> bytes:
    """Return PACE's nonce, which is whole blocks in CBC with a zero vector (Doc 9303-11 §4.4.3.3)."""
    decryptor = _from_zero(key, triple_des=triple_des).decryptor()
    return decryptor.update(encrypted) + decryptor.finalize()


def encrypt_blocks(key: bytes, blocks: bytes, *, triple_des: bool) -> bytes:
    """Return whole blocks in CBC with a zero vector, as PACE's integrated mapping uses the cipher."""
    encryptor = _from_zero(key, triple_des=triple_des).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def session_suite(secret: bytes, *, triple_des: bool, key_length: int) -> Suite:
    """Return the suite under the two session keys, of `key_length` bytes each, that a secret gives."""
    keys = (derive_key(secret, ENCRYPTION, key_length), derive_key(secret, AUTHENTICATION, key_length))
    return TripleDesSuite(*keys) if triple_des else AesSuite(*keys)


def _from_zero(key: bytes, *, triple_des: bool) -> Cipher[modes.CBC]:
    algorithm = TripleDES(key + key[:8]) if triple_des else algorithms.AES(key)
    return Cipher(algorithm, modes.CBC(bytes(8 if triple_des else 16)))


class TripleDesSuite:
    """Two-key 3DES in CBC with a zero vector, and the retail MAC (Doc 9303-11 §9.8.6)."""

    block = 8

    def __init__(self, encryption_key: bytes, authentication_key: bytes) -> None:
        self._cipher = Cipher(TripleDES(encryption_key + encryption_key[:8]), modes.CBC(bytes(8)))
        first, second = authentication_key[:8], authentication_key[8:16]
        self._chain = Cipher(TripleDES(first * 3), modes.CBC(bytes(8)))
        self._last = TripleDES(first + second + first)

    def encrypt(self, padded: bytes, counter: bytes = b"") -> bytes:  # noqa: ARG002 - 3DES has no vector
        """Return the CBC ciphertext; the counter plays no part."""
        encryptor = self._cipher.encryptor()
        return encryptor.update(padded) + encryptor.finalize()

    def decrypt(self, ciphertext: bytes, counter: bytes = b"") -> bytes:  # noqa: ARG002 - as above
        """Return the padded plaintext; the counter plays no part."""
        decryptor = self._cipher.decryptor()
        return decryptor.update(ciphertext) + decryptor.finalize()

    def mac(self, data: bytes) -> bytes:
        """Return ISO/IEC 9797-1 MAC algorithm 3: single DES over all blocks but the last, 3DES over that."""
        padded = pad(data, self.block)
        encryptor = self._chain.encryptor()
        chained = (bytes(self.block) + encryptor.update(padded[: -self.block]))[-self.block :]
        last = Cipher(self._last, modes.CBC(chained)).encryptor()
        return last.update(padded[-self.block :]) + last.finalize()

    def token(self, data: bytes) -> bytes:
        """Return the same code: the algorithm always pads."""
        return self.mac(data)


class AesSuite:
    """AES in CBC under the encrypted counter, and CMAC cut to eight bytes (Doc 9303-11 §9.8.7)."""

    block = 16

    def __init__(self, encryption_key: bytes, authentication_key: bytes) -> None:
        self._algorithm = algorithms.AES(encryption_key)
        self._vectors = Cipher(self._algorithm, modes.ECB())  # noqa: S305 - one block, the vector
        self._authentication = algorithms.AES(authentication_key)

    def encrypt(self, padded: bytes, counter: bytes) -> bytes:
        """Return the CBC ciphertext."""
        encryptor = Cipher(self._algorithm, modes.CBC(self._vector(counter))).encryptor()
        return encryptor.update(padded) + encryptor.finalize()

    def decrypt(self, ciphertext: bytes, counter: bytes) -> bytes:
        """Return the padded plaintext."""
        decryptor = Cipher(self._algorithm, modes.CBC(self._vector(counter))).decryptor()
        return decryptor.update(ciphertext) + decryptor.finalize()

    def mac(self, data: bytes) -> bytes:
        """Return the code over the padded message, although CMAC itself would not need the padding."""
        return self.token(pad(data, self.block))

    def token(self, data: bytes) -> bytes:
        """Return the CMAC's first eight bytes."""
        code = CMAC(self._authentication)
        code.update(data)
        return code.finalize()[:MAC_LENGTH]

    def _vector(self, counter: bytes) -> bytes:
        encryptor = self._vectors.encryptor()
        return encryptor.update(counter) + encryptor.finalize()
