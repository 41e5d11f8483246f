"""RSA signatures with message recovery as a chip makes them, written apart from the verifier.

After ISO/IEC 9796-2 scheme 1 as ICAO Doc 9303-11 §6.1.2.2 uses it. Every part can be chosen, so
that what is wrong with a signature is named in the test.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import gmpy2
from cryptography.hazmat.primitives.asymmetric import rsa

TRAILERS = {"sha1": "33CC", "sha224": "38CC", "sha256": "34CC", "sha384": "36CC", "sha512": "35CC"}


@dataclass(frozen=True)
class RecoveringSigner:
    """A modulus, and whoever has the private key and raises a block to its exponent."""

    modulus: int
    raw: Callable[[bytes], bytes]

    @classmethod
    def of(cls, key: rsa.RSAPrivateKey) -> "RecoveringSigner":
        """Return a signer that raises a block to its exponent, and nothing more."""
        exponent, modulus = key.private_numbers().d, key.public_key().public_numbers().n
        size = key.key_size // 8
        return cls(
            modulus, lambda block: int(gmpy2.powmod(int.from_bytes(block), exponent, modulus)).to_bytes(size)
        )

    @property
    def size(self) -> int:
        return self.modulus.bit_length() // 8

    def other_root(self, signature: bytes) -> bytes:
        """Return n - s, the form for signers that always give the smaller of the two."""
        return (self.modulus - int.from_bytes(signature, "big")).to_bytes(self.size, "big")

    def partial(
        self, nonce: bytes, *, digest: str = "sha1", trailer: str = "BC", header: int = 0x6A
    ) -> bytes:
        """Return a signature that gives back as much random as fits, before the hash of it and the nonce."""
        ending = bytes.fromhex(trailer)
        room = self.size - 1 - hashlib.new(digest).digest_size - len(ending)
        drawn = bytes(range(256)) * 2
        recovered = drawn[:room]
        code = hashlib.new(digest, recovered + nonce).digest()
        return self.raw(bytes([header]) + recovered + code + ending)

    def total(
        self, message: bytes, *, digest: str = "sha1", trailer: str = "BC", padding: bytes | None = None
    ) -> bytes:
        """Return a signature that holds a short message whole, filled up in front of it."""
        ending = bytes.fromhex(trailer)
        code = hashlib.new(digest, message).digest()
        room = self.size - len(message) - len(code) - len(ending)
        filled = b"\x4b" + b"\xbb" * (room - 2) + b"\xba" if padding is None else padding
        assert len(filled) == room
        return self.raw(filled + message + code + ending)
