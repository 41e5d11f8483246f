"""A Diffie-Hellman public key taken apart: PKCS #3 and X9.42 (RFC 3279 §2.3.3).

Nothing is checked but the encoding: whether a key may be used is for `cardreader.proof` to say.
"""

from dataclasses import dataclass

from cardreader.errors import MalformedData
from cardreader.lds.tlv import read_all, read_one

_PKCS3 = bytes.fromhex("2A864886F70D010301")
_X942 = bytes.fromhex("2A8648CE3E0201")
_INTEGER, _BIT_STRING, _OID, _SEQUENCE = 0x02, 0x03, 0x06, 0x30


@dataclass(frozen=True, slots=True)
class FieldKey:
    """An element of a prime field; PKCS #3 does not state the generator's order."""

    prime: int
    generator: int
    order: int | None
    value: int


def parse_field_key(public_key: bytes) -> FieldKey:
    """Return the key of a SubjectPublicKeyInfo in DER.

    Raises MalformedData: another structure, or no Diffie-Hellman key.
    """
    algorithm, key = _typed(read_one(public_key, _SEQUENCE), _SEQUENCE, _BIT_STRING)
    identifier, domain = _typed(algorithm, _OID, _SEQUENCE)
    if identifier not in (_PKCS3, _X942) or key[:1] != b"\x00":
        raise MalformedData("a key is not one of Diffie-Hellman")
    numbers = _typed(domain, *(_INTEGER,) * (3 if identifier == _X942 else 2))
    prime, generator, *order = map(_positive, numbers)
    value = _positive(read_one(key[1:], _INTEGER))
    return FieldKey(prime, generator, order[0] if order else None, value)


def _typed(value: bytes, *tags: int) -> list[bytes]:
    """Return the values of the first parts of a sequence, which must have these tags; more may follow."""
    parts = read_all(value)[: len(tags)]
    if [tag for tag, _ in parts] != list(tags):
        raise MalformedData("the parts of a Diffie-Hellman key are not the expected ones")
    return [part for _, part in parts]


def _positive(value: bytes) -> int:
    if not value or value[0] & 0x80:
        raise MalformedData("a Diffie-Hellman key has something else where a positive number belongs")
    return int.from_bytes(value, "big")
