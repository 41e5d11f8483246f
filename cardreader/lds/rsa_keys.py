"""The numbers of an RSA public key (RFC 8017 A.1.1, RFC 3279 §2.3.1)."""

from cardreader.errors import MalformedData
from cardreader.lds.tlv import read_all, read_one

_INTEGER, _BIT_STRING, _SEQUENCE = 0x02, 0x03, 0x30


def rsa_numbers(public_key: bytes) -> tuple[int, int]:
    """Return modulus and exponent of a SubjectPublicKeyInfo in DER.

    They stand inside a BIT STRING, where `check_structure` does not look: so they are not for
    asn1crypto to read, which has no limits.

    Raises MalformedData: anything else than two positive numbers.
    """
    parts = read_all(read_one(public_key, _SEQUENCE))
    if [tag for tag, _ in parts] != [_SEQUENCE, _BIT_STRING] or parts[1][1][:1] != b"\x00":
        raise MalformedData("a key is not an algorithm and whole bytes")
    numbers = read_all(read_one(parts[1][1][1:], _SEQUENCE))
    if [tag for tag, _ in numbers] != [_INTEGER, _INTEGER]:
        raise MalformedData("an RSA key is not two numbers")
    modulus, exponent = (int.from_bytes(value, "big", signed=True) for _, value in numbers)
    if modulus <= 0 or exponent <= 0:
        raise MalformedData("an RSA key has a number that is not positive")
    return modulus, exponent
