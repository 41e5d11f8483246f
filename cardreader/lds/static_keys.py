"""Two forms of SubjectPublicKeyInfo that only chips use: Diffie-Hellman, and a group named by its number.

PKCS #3 and X9.42 (RFC 3279 §2.3.3); standardizedDomainParameters (BSI TR-03110-3 A.2.1.1). Nothing is
checked but the encoding: whether a key may be used is for `cardreader.proof` to say.
"""

from dataclasses import dataclass

from cardreader.errors import MalformedData
from cardreader.lds.tlv import read_all, read_one

_PKCS3 = bytes.fromhex("2A864886F70D010301")
_X942 = bytes.fromhex("2A8648CE3E0201")
_STANDARDIZED = bytes.fromhex("04007F00070102")  # 0.4.0.127.0.7.1.2
_INTEGER, _BIT_STRING, _OID, _SEQUENCE = 0x02, 0x03, 0x06, 0x30


@dataclass(frozen=True, slots=True)
class FieldKey:
    """An element of a prime field; PKCS #3 does not state the generator's order."""

    prime: int
    generator: int
    order: int | None
    value: int


@dataclass(frozen=True, slots=True)
class NumberedKey:
    """A key in the group with this number of TR-03110: an encoded point, or an INTEGER in DER."""

    parameter_id: int
    key: bytes

    def number(self) -> int:
        """Return the element of a prime field that the key is.

        Raises MalformedData: it is not a positive number.
        """
        return _positive(read_one(self.key, _INTEGER))


def parse_field_key(public_key: bytes) -> FieldKey:
    """Return the Diffie-Hellman key of a SubjectPublicKeyInfo in DER.

    Raises MalformedData: another structure, or no Diffie-Hellman key.
    """
    (_, identifier), parameters, key = _split(public_key)
    if identifier not in (_PKCS3, _X942) or len(parameters) != 1 or parameters[0][0] != _SEQUENCE:
        raise MalformedData("a key is not one of Diffie-Hellman")
    states_order = identifier == _X942
    numbers = read_all(parameters[0][1])[: 3 if states_order else 2]
    if [tag for tag, _ in numbers] != [_INTEGER] * (3 if states_order else 2):
        raise MalformedData("a Diffie-Hellman key has no domain")
    prime, generator, *order = (_positive(value) for _, value in numbers)
    return FieldKey(prime, generator, order[0] if order else None, _positive(read_one(key, _INTEGER)))


def parse_numbered_key(public_key: bytes) -> NumberedKey | None:
    """Return the key if its group is named by a number, None for another form.

    Raises MalformedData: it is no SubjectPublicKeyInfo, or the number is none.
    """
    (_, identifier), parameters, key = _split(public_key)
    if identifier != _STANDARDIZED:
        return None
    if len(parameters) != 1 or parameters[0][0] != _INTEGER:
        raise MalformedData("a key does not say which group it is in")
    return NumberedKey(_positive(parameters[0][1]), key)


def _split(public_key: bytes) -> tuple[tuple[int, bytes], list[tuple[int, bytes]], bytes]:
    """Return the algorithm's identifier, its parameters, and the key's bytes."""
    parts = read_all(read_one(public_key, _SEQUENCE))
    if [tag for tag, _ in parts] != [_SEQUENCE, _BIT_STRING] or parts[1][1][:1] != b"\x00":
        raise MalformedData("a key is not an algorithm and whole bytes")
    identifier, *parameters = read_all(parts[0][1]) or [(0, b"")]
    if identifier[0] != _OID:
        raise MalformedData("a key has no algorithm")
    return identifier, parameters, parts[1][1][1:]


def _positive(value: bytes) -> int:
    if not value or value[0] & 0x80:
        raise MalformedData("a key has something else where a positive number belongs")
    return int.from_bytes(value, "big")
