"""The cipher suites of secure messaging, card side; ICAO Doc 9303-11 §9.7.1, §9.8 and ISO/IEC 9797-1.

Triple DES with the retail MAC, AES with CMAC. Encryption here takes data already padded.
"""

from enum import IntEnum
from hashlib import sha1, sha256
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

ENCRYPTION, AUTHENTICATION, PASSWORD = 1, 2, 3


class CipherKind(IntEnum):
    """The ciphers by the last arc of a protocol's object identifier."""

    TRIPLE_DES = 1
    AES_128 = 2
    AES_192 = 3
    AES_256 = 4

    @property
    def key_length(self) -> int:
        """The length of each key in bytes."""
        return {CipherKind.AES_192: 24, CipherKind.AES_256: 32}.get(self, 16)

    @property
    def block(self) -> int:
        """The length of one block in bytes."""
        return 8 if self is CipherKind.TRIPLE_DES else 16


def derive(secret: bytes, purpose: int, length: int = 16) -> bytes:
    """Return the key of 16, 24 or 32 bytes for the purpose; §9.7.1. DES ignores parity, so it is not set."""
    material = secret + purpose.to_bytes(4, "big")
    if length == 16:
        return sha1(material, usedforsecurity=False).digest()[:16]
    return sha256(material).digest()[:length]


def pad(data: bytes, block: int) -> bytes:
    """Return the data with padding method 2 of ISO/IEC 9797-1: 80, then zeros to the block's end."""
    return data + b"\x80" + bytes(-(len(data) + 1) % block)


def unpad(data: bytes) -> bytes:
    """Return the data without padding method 2.

    Raises ValueError: there is no such padding.
    """
    body, marker, zeros = data.rpartition(b"\x80")
    if not marker or any(zeros):
        raise ValueError("no padding of method 2")
    return body


def encrypted(kind: CipherKind, key: bytes, blocks: bytes) -> bytes:
    """Return whole blocks encrypted in CBC with a zero IV, as PACE does with its nonces."""
    algorithm = _two_key(key) if kind is CipherKind.TRIPLE_DES else AES(key)
    return Cipher(algorithm, modes.CBC(bytes(kind.block))).encryptor().update(blocks)


class Suite(Protocol):
    """What secure messaging needs of a pair of keys. The send sequence counter is one `block` long."""

    block: int

    def encrypt(self, counter: bytes, padded: bytes) -> bytes: ...

    def decrypt(self, counter: bytes, encrypted: bytes) -> bytes: ...

    def mac(self, data: bytes) -> bytes: ...

    def token(self, data: bytes) -> bytes: ...


def derived_suite(kind: CipherKind, secret: bytes) -> Suite:
    """Return the suite of this kind whose two keys are derived from the shared secret."""
    if kind is CipherKind.TRIPLE_DES:
        return TripleDesSuite.derived(secret)
    return AesSuite.derived(secret, kind.key_length)


class TripleDesSuite:
    """Two-key triple DES in CBC with a zero IV; retail MAC (algorithm 3) of 8 bytes."""

    block = 8

    def __init__(self, encryption_key: bytes, mac_key: bytes) -> None:
        self._cipher = Cipher(_two_key(encryption_key), modes.CBC(bytes(8)))
        left = mac_key[:8]
        self._chaining = TripleDES(left * 3)  # three equal keys are single DES
        self._final = Cipher(_two_key(mac_key), modes.ECB())  # noqa: S305 -- one block, as the MAC says

    @classmethod
    def derived(cls, seed: bytes) -> "TripleDesSuite":
        """Return the suite whose two keys are derived from the seed."""
        return cls(derive(seed, ENCRYPTION), derive(seed, AUTHENTICATION))

    def encrypt(self, counter: bytes, padded: bytes) -> bytes:  # noqa: ARG002 -- the IV is zero whatever the counter
        """Return the padded data encrypted."""
        return self._cipher.encryptor().update(padded)

    def decrypt(self, counter: bytes, encrypted: bytes) -> bytes:  # noqa: ARG002 -- as above
        """Return the padded data."""
        return self._cipher.decryptor().update(encrypted)

    def mac(self, data: bytes) -> bytes:
        """Return the 8-byte MAC over the data, which are padded here."""
        padded = pad(data, 8)
        # Chain single DES up to the last block, whose encryption is the whole triple DES.
        chained = Cipher(self._chaining, modes.CBC(bytes(8))).encryptor().update(padded[:-8])[-8:]
        last = bytes(a ^ b for a, b in zip(chained or bytes(8), padded[-8:], strict=True))
        return self._final.encryptor().update(last)

    def token(self, data: bytes) -> bytes:
        """Return PACE's token over the data: the same MAC."""
        return self.mac(data)


class AesSuite:
    """AES in CBC whose IV is the encrypted counter; CMAC cut to 8 bytes."""

    block = 16

    def __init__(self, encryption_key: bytes, mac_key: bytes) -> None:
        self._key = AES(encryption_key)
        self._mac_key = AES(mac_key)

    @classmethod
    def derived(cls, secret: bytes, length: int = 16) -> "AesSuite":
        """Return the suite whose two keys of `length` bytes are derived from the shared secret."""
        return cls(derive(secret, ENCRYPTION, length), derive(secret, AUTHENTICATION, length))

    def encrypt(self, counter: bytes, padded: bytes) -> bytes:
        """Return the padded data encrypted under this counter."""
        return self._cbc(counter).encryptor().update(padded)

    def decrypt(self, counter: bytes, encrypted: bytes) -> bytes:
        """Return the padded data that were encrypted under this counter."""
        return self._cbc(counter).decryptor().update(encrypted)

    def mac(self, data: bytes) -> bytes:
        """Return the 8-byte MAC over the data, padded here although CMAC could do without (§9.8.6.2)."""
        return self.token(pad(data, 16))

    def token(self, data: bytes) -> bytes:
        """Return CMAC over the data as they are, cut to 8 bytes, as PACE's tokens use it."""
        cmac = CMAC(self._mac_key)
        cmac.update(data)
        return cmac.finalize()[:8]

    def _cbc(self, counter: bytes) -> Cipher[modes.CBC]:
        vector = Cipher(self._key, modes.ECB()).encryptor().update(counter)  # noqa: S305 -- one block, as the IV is defined
        return Cipher(self._key, modes.CBC(vector))


def _two_key(key: bytes) -> TripleDES:
    return TripleDES(key + key[:8])
