"""A chip's own side of active and chip authentication, written with `cryptography` alone.

It shares no code with the verifier but the TLV writer; what it does was taken from
ICAO Doc 9303-11 §6 and §9.8.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cardreader.lds.tlv import write_tlv

EAC = bytes.fromhex("04007F00070202")
ECDH_KEY, DH_KEY = EAC + b"\x01\x02", EAC + b"\x01\x01"
ECDH, DH = EAC + b"\x03\x02", EAC + b"\x03\x01"
TRIPLE_DES, AES_128, AES_192, AES_256 = b"\x01", b"\x02", b"\x03", b"\x04"


def der_number(number: int) -> bytes:
    return write_tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def public_der(key: Any) -> bytes:
    """Return the SubjectPublicKeyInfo of a private key of `cryptography`."""
    encoded: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def group_key(prime: int, generator: int, order: int, value: int) -> bytes:
    """Return an X9.42 key with these numbers, whether they make a key or not (RFC 3279 §2.3.3)."""
    domain = write_tlv(0x30, der_number(prime) + der_number(generator) + der_number(order))
    algorithm = write_tlv(0x30, bytes.fromhex("06072A8648CE3E0201") + domain)
    return write_tlv(0x30, algorithm + write_tlv(0x03, b"\x00" + der_number(value)))


def spoiled(public_key: bytes, point: bytes) -> bytes:
    """Return the key with other bytes in the place of its point."""
    algorithm = public_key[2 : 4 + public_key[3]]
    return write_tlv(0x30, algorithm + write_tlv(0x03, b"\x00" + point))


def key_info(kind: bytes, public_key: bytes, key_id: int | None = None) -> bytes:
    """Return a ChipAuthenticationPublicKeyInfo."""
    named = b"" if key_id is None else der_number(key_id)
    return write_tlv(0x30, write_tlv(0x06, kind) + public_key + named)


def protocol_info(protocol: bytes, key_id: int | None = None, *, version: int = 1) -> bytes:
    """Return a ChipAuthenticationInfo."""
    named = b"" if key_id is None else der_number(key_id)
    return write_tlv(0x30, write_tlv(0x06, protocol) + der_number(version) + named)


def active_info(algorithm: str) -> bytes:
    """Return an ActiveAuthenticationInfo with the algorithm's identifier in hexadecimal."""
    body = write_tlv(0x06, bytes.fromhex("678108010105")) + der_number(1)
    return write_tlv(0x30, body + write_tlv(0x06, bytes.fromhex(algorithm)))


def dg14(*infos: bytes) -> bytes:
    return write_tlv(0x6E, write_tlv(0x31, b"".join(infos)))


def dg15(public_key: bytes) -> bytes:
    return write_tlv(0x6F, public_key)


def plain(signature: bytes, size: int) -> bytes:
    """Return a DER signature as r || s."""
    r, s = decode_dss_signature(signature)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


@dataclass(frozen=True)
class AnsweringChip:
    """Answers one protected READ BINARY of DG1 with the keys of a shared secret (Doc 9303-11 §9.8)."""

    shared: bytes
    cipher: bytes
    dg1: bytes

    def answer(
        self, command: bytes, *, sw: int = 0x9000, data: bytes | None = None, trusting: bool = False
    ) -> bytes:
        """Return the protected answer; the command's own code must be right, unless the chip is trusting."""
        head, body = command[:4], command[5 : 5 + command[4]]
        objects, code = body[:-10], body[-8:]
        assert command[4] == len(body) and body[-10:-8] == b"\x8e\x08" and objects[:2] == b"\x97\x01"
        assert trusting or self._mac(1, self._pad(head) + objects) == code
        plain_data = self.dg1[: objects[2]] if data is None else data
        found = b""
        if plain_data:
            found = b"\x87" + self._length(b"\x01" + self._encrypt(2, self._pad(plain_data)))
        found += b"\x99\x02" + sw.to_bytes(2, "big")
        return found + b"\x8e\x08" + self._mac(2, found) + sw.to_bytes(2, "big")

    def _length(self, value: bytes) -> bytes:
        return bytes([len(value)]) + value if len(value) < 128 else bytes([0x81, len(value)]) + value

    def _key(self, purpose: int) -> bytes:
        size = {TRIPLE_DES: 16, AES_128: 16, AES_192: 24, AES_256: 32}[self.cipher]
        hashing = hashlib.sha1 if size == 16 else hashlib.sha256
        return hashing(self.shared + bytes([0, 0, 0, purpose])).digest()[:size]

    @property
    def _block(self) -> int:
        return 8 if self.cipher == TRIPLE_DES else 16

    def _pad(self, data: bytes) -> bytes:
        data += b"\x80"
        return data + bytes(-len(data) % self._block)

    def _encrypt(self, counter: int, padded: bytes) -> bytes:
        key = self._key(1)
        if self.cipher == TRIPLE_DES:
            return self._run(TripleDES(key + key[:8]), modes.CBC(bytes(8)), padded)
        vector = self._run(algorithms.AES(key), modes.ECB(), counter.to_bytes(16, "big"))
        return self._run(algorithms.AES(key), modes.CBC(vector), padded)

    def _mac(self, counter: int, data: bytes) -> bytes:
        key, message = self._key(2), self._pad(counter.to_bytes(self._block, "big") + data)
        if self.cipher != TRIPLE_DES:
            code = CMAC(algorithms.AES(key))
            code.update(message)
            return code.finalize()[:8]
        state = bytes(8)
        for start in range(0, len(message), 8):
            mixed = bytes(a ^ b for a, b in zip(state, message[start : start + 8], strict=True))
            state = self._run(TripleDES(key[:8] * 3), modes.ECB(), mixed)
        single = Cipher(TripleDES(key[8:] * 3), modes.ECB()).decryptor()
        return self._run(TripleDES(key[:8] * 3), modes.ECB(), single.update(state))

    def _run(self, algorithm: Any, mode: Any, data: bytes) -> bytes:
        encryptor = Cipher(algorithm, mode).encryptor()
        return encryptor.update(data) + encryptor.finalize()
