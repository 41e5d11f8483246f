"""A SubjectPublicKeyInfo taken apart (RFC 5280 §4.1.2.7): RSA, elliptic curves, Diffie-Hellman.

Nothing is checked but the encoding: whether a key may be used is for `cardreader.proof` to say.
"""

from dataclasses import dataclass

from cardreader.errors import MalformedData
from cardreader.lds.tlv import read_all, read_one

_RSA = bytes.fromhex("2A864886F70D010101")
_CURVE = bytes.fromhex("2A8648CE3D0201")
_DH_PKCS3 = bytes.fromhex("2A864886F70D010301")
_DH_X942 = bytes.fromhex("2A8648CE3E0201")
_PRIME_FIELD = bytes.fromhex("2A8648CE3D0101")
_INTEGER, _BIT_STRING, _OCTET_STRING, _OID, _SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA key."""

    modulus: int
    exponent: int


@dataclass(frozen=True, slots=True)
class CurveParameters:
    """A curve over a prime field, written out (SEC 1 §C.2); `generator` is an encoded point."""

    prime: int
    a: int
    b: int
    generator: bytes
    order: int


@dataclass(frozen=True, slots=True)
class CurveKey:
    """A point on the curve with this object identifier (its value bytes), or with these parameters."""

    curve: bytes | CurveParameters
    point: bytes


@dataclass(frozen=True, slots=True)
class FieldKey:
    """A Diffie-Hellman key in a prime field; PKCS #3 does not state the order of the generator."""

    prime: int
    generator: int
    order: int | None
    value: int


def parse_public_key(der: bytes) -> RsaKey | CurveKey | FieldKey:
    """Return the key.

    Raises MalformedData: another structure, or an algorithm that is none of the three.
    """
    algorithm, key = _typed(read_one(der, _SEQUENCE), _SEQUENCE, _BIT_STRING)
    if key[:1] != b"\x00":
        raise MalformedData("a public key is not whole bytes")
    (named, identifier), *parameters = read_all(algorithm) or [(0, b"")]
    if named != _OID:
        raise MalformedData("a public key has no algorithm")
    if identifier == _RSA:
        modulus, exponent = _typed(read_one(key[1:], _SEQUENCE), _INTEGER, _INTEGER)
        return RsaKey(_positive(modulus), _positive(exponent))
    if len(parameters) != 1:
        raise MalformedData("a public key has no parameters")
    if identifier == _CURVE:
        return CurveKey(_curve(*parameters[0]), key[1:])
    if identifier in (_DH_PKCS3, _DH_X942):
        return _field_key(*parameters[0], _positive(read_one(key[1:], _INTEGER)), identifier == _DH_X942)
    raise MalformedData("a public key has an unknown algorithm")


def _curve(tag: int, value: bytes) -> bytes | CurveParameters:
    if tag == _OID:
        return value
    if tag != _SEQUENCE:
        raise MalformedData("a public key's curve is implied")
    kinds = (_INTEGER, _SEQUENCE, _SEQUENCE, _OCTET_STRING, _INTEGER)
    _, field, coefficients, generator, order = _typed(value, *kinds)
    named, prime = _typed(field, _OID, _INTEGER)
    if named != _PRIME_FIELD:
        raise MalformedData("a public key's curve is not over a prime field")
    a, b = _typed(coefficients, _OCTET_STRING, _OCTET_STRING)
    return CurveParameters(
        _positive(prime), int.from_bytes(a, "big"), int.from_bytes(b, "big"), generator, _positive(order)
    )


def _field_key(tag: int, value: bytes, public: int, states_order: bool) -> FieldKey:
    """Return a key of PKCS #3 `{p, g, ...}` or of X9.42 `{p, g, q, ...}` (RFC 3279 §2.3.3)."""
    if tag != _SEQUENCE:
        raise MalformedData("a Diffie-Hellman key has no domain")
    prime, generator, *order = _typed(value, *(_INTEGER,) * (3 if states_order else 2))
    return FieldKey(_positive(prime), _positive(generator), _positive(order[0]) if order else None, public)


def _typed(value: bytes, *tags: int) -> list[bytes]:
    """Return the values of the first parts of a sequence, which must have these tags; more may follow."""
    parts = read_all(value)[: len(tags)]
    if [tag for tag, _ in parts] != list(tags):
        raise MalformedData("a public key's parts are not the expected ones")
    return [part for _, part in parts]


def _positive(value: bytes) -> int:
    if not value or value[0] & 0x80:
        raise MalformedData("a public key has something else where a positive number belongs")
    return int.from_bytes(value, "big")
