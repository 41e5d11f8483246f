"""How PACE turns its nonce into a generator of its own (ICAO Doc 9303-11 §4.4.3.3).

Generic and chip-authentication mapping agree on an element with the chip and add the nonce;
integrated mapping computes the generator out of the chip's nonce and one of ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, Self

from cardreader.session.ciphers import encrypt_blocks


class Mapping(IntEnum):
    """The last but one byte of a PACE protocol's identifier: group and mapping together."""

    DH_GENERIC = 1
    ECDH_GENERIC = 2
    DH_INTEGRATED = 3
    ECDH_INTEGRATED = 4
    ECDH_CHIP_AUTHENTICATION = 6

    @property
    def integrated(self) -> bool:
        """Say whether the generator is computed and not agreed on."""
        return self in (Mapping.DH_INTEGRATED, Mapping.ECDH_INTEGRATED)

    @property
    def on_curve(self) -> bool:
        """Say whether the group is an elliptic curve."""
        return self not in (Mapping.DH_GENERIC, Mapping.DH_INTEGRATED)


class Group(Protocol):
    """A group to agree on a secret in: a curve, or a subgroup of a finite field."""

    @property
    def prime(self) -> int:
        """The prime of its field."""

    @property
    def key_tag(self) -> int:
        """The object of a public key that holds its value."""

    @property
    def key_bytes(self) -> int:
        """How many bytes a public key takes."""

    def private_key(self, random_bytes: Callable[[int], bytes]) -> int:
        """Return a private key."""

    def public_key(self, private: int) -> bytes:
        """Return its public key."""

    def agree(self, private: int, theirs: bytes) -> bytes:
        """Return the secret of two keys; raises MalformedData."""

    def mapped(self, nonce: bytes, private: int, theirs: bytes) -> Self:
        """Return the group with the generic mapping's generator; raises MalformedData."""

    def mapped_onto(self, number: int) -> Self:
        """Return the group with the integrated mapping's generator; raises MalformedData."""


@dataclass(frozen=True, slots=True)
class Cipher:
    """The last byte of a PACE protocol's identifier: 3DES, or AES with its key length in bytes."""

    triple_des: bool
    key_length: int


CIPHERS = {1: Cipher(True, 16), 2: Cipher(False, 16), 3: Cipher(False, 24), 4: Cipher(False, 32)}

# The two constants of the pseudo-random function for nonces of 128 and 256 bits (§4.4.3.3.2.1).
_CONSTANTS = {
    16: (
        bytes.fromhex("A668892A7C41E3CA739F40B057D85904"),
        bytes.fromhex("A4E136AC725F738B01C1F60217C188AD"),
    ),
    32: (
        bytes.fromhex("D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676"),
        bytes.fromhex("54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517"),
    ),
}
_EXTRA_BITS = 64


def nonce_length(cipher: Cipher) -> int:
    """Return how many bytes the chip's nonce has: whole blocks, and no fewer than the key."""
    return 16 if cipher.key_length == 16 else 32


def pseudo_random(nonce: bytes, ours: bytes, *, cipher: Cipher, prime: int) -> int:
    """Return the number below `prime` that the chip's nonce and ours (as long as a key) give (§4.4.3.3.2.1).

    The nonce has the length that `nonce_length` names.
    """
    next_key, output = _CONSTANTS[len(nonce)]
    state = encrypt_blocks(ours, nonce, triple_des=cipher.triple_des)
    drawn = b""
    while len(drawn) * 8 < prime.bit_length() + _EXTRA_BITS:
        key = state[: cipher.key_length]
        drawn += encrypt_blocks(key, output, triple_des=cipher.triple_des)
        state = encrypt_blocks(key, next_key, triple_des=cipher.triple_des)
    return int.from_bytes(drawn, "big") % prime
