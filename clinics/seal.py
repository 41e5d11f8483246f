"""Encryption of what rests on the desk's disk: AES-256-GCM with a key file that only this user may read.

What is closed is compressed first: an arrival holds what is sent of the chip in base64.
"""

import hmac
import secrets
import zlib
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from clinics.errors import OutboxDamaged, OutboxKeyLost
from clinics.private_files import open_to_others, write_once

KEY_FILE = "desk-outbox.key"
KEY_BYTES = 32
NONCE_BYTES = 12


class Seal:
    """Closes and opens byte strings, each bound to the name it was closed for."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(key, b"encryption", "sha256"))
        self._digest_key = hmac.digest(key, b"digest", "sha256")

    @classmethod
    def open(cls, directory: Path, *, in_use: bool) -> Self:
        """Return the seal of `directory`, with a new key when nothing is closed with an old one.

        Raises OutboxKeyLost: the key is missing, cut short or open to others while it is `in_use`.
        """
        path = directory / KEY_FILE
        if not in_use:
            write_once(path, secrets.token_bytes(KEY_BYTES))
        try:
            key = path.read_bytes()
        except OSError as fault:
            raise OutboxKeyLost(f"{KEY_FILE} cannot be read") from fault
        if len(key) != KEY_BYTES or open_to_others(path):
            raise OutboxKeyLost(f"{KEY_FILE} is cut short or open to other users")
        return cls(key)

    def close(self, content: bytes, name: str) -> bytes:
        """Return nonce and ciphertext of `content`, to be opened under the same `name` only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, zlib.compress(content), name.encode())

    def open_sealed(self, sealed: bytes, name: str) -> bytes:
        """Return what was closed under `name`.

        Raises OutboxDamaged: changed, cut, closed under another name or with another key.
        """
        try:
            packed = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name.encode())
            return zlib.decompress(packed)  # nobody without the key can make it grow without bound
        except (InvalidTag, ValueError, zlib.error) as fault:
            raise OutboxDamaged("an item does not open with the key") from fault

    @property
    def proof(self) -> bytes:
        """A keyed hash that tells this key from every other, and nothing of it."""
        return self.digest(b"which key")

    def made(self, proof: bytes) -> bool:
        """Say whether `proof` is this key's."""
        return hmac.compare_digest(self.proof, proof)

    def digest(self, *parts: bytes) -> bytes:
        """Return a keyed hash of `parts` in their order; without the key it says nothing of them."""
        mac = hmac.new(self._digest_key, digestmod="sha256")
        for part in parts:
            mac.update(len(part).to_bytes(8, "big") + part)
        return mac.digest()
