"""Secrets that rest in the database: sealed with the gateway's own, bound to their place.

AES-256-GCM (NIST SP 800-38D) under a key for each purpose, derived by HKDF (RFC 5869); whoever copies
a sealed value to another place, or has the database without the gateway's secret, has nothing.
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Unsealable(Exception):
    """The sealed value is not ours, was altered, or belongs to another place."""


def seal(
    secret: bytes, content: bytes, *, purpose: bytes, place: bytes, random_bytes: Callable[[int], bytes]
) -> bytes:
    """Return `content` encrypted, to be opened with the same secret, purpose and place alone."""
    nonce = random_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(secret, purpose)).encrypt(nonce, content, place)


def unseal(secret: bytes, sealed: bytes, *, purpose: bytes, place: bytes) -> bytes:
    """Return what was sealed.

    Raises Unsealable: another secret, purpose or place, or altered bytes.
    """
    try:
        return AESGCM(_key(secret, purpose)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
        raise Unsealable("the value cannot be opened here") from error


def _key(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret)
