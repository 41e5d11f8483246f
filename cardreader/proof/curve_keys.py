"""Which standardized curve a chip's key lies on, and ECDSA under such a key (BSI TR-03111 §4.2.1, §5.2).

A key that writes its curve out must write a standardized one: its parameters choose the
curve and are never computed with.
"""

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from ecdsa.der import encode_oid
from ecdsa.ecdsa import Public_key, Signature

from cardreader.errors import MalformedData
from cardreader.lds.public_keys import CurveKey, CurveParameters
from cardreader.session.curves import CURVES, Domain

_BY_IDENTIFIER = {encode_oid(*curve.oid)[2:]: number for number, curve in CURVES.items() if number}
_BY_ORDER = {int(curve.order): number for number, curve in CURVES.items() if number}

# `cryptography` is several times quicker where it has the curve.
_QUICK: dict[int | None, type[ec.EllipticCurve]] = {
    8: ec.SECP192R1,
    10: ec.SECP224R1,
    12: ec.SECP256R1,
    13: ec.BrainpoolP256R1,
    15: ec.SECP384R1,
    16: ec.BrainpoolP384R1,
    17: ec.BrainpoolP512R1,
    18: ec.SECP521R1,
}
_SIZES: dict[int, type[hashes.HashAlgorithm]] = {
    20: hashes.SHA1,
    28: hashes.SHA224,
    32: hashes.SHA256,
    48: hashes.SHA384,
    64: hashes.SHA512,
}


def curve_number(key: CurveKey) -> int:
    """Return the number in `session.curves.CURVES` of the key's curve.

    Raises MalformedData: no standardized curve, or its parameters with one of them changed.
    """
    if isinstance(key.curve, CurveParameters):
        number = _BY_ORDER.get(key.curve.order)
        if number is None or not _same(key.curve, CURVES[number]):
            raise MalformedData("a key writes out a curve that is not standardized")
        return number
    if key.curve not in _BY_IDENTIFIER:
        raise MalformedData("a key names an unknown curve")
    return _BY_IDENTIFIER[key.curve]


def order_bytes(number: int) -> int:
    """Return the length of the curve's order, which is the length of half a plain signature."""
    return (int(CURVES[number].order).bit_length() + 7) // 8


def ecdsa_holds(key: CurveKey, digest: bytes, signature: tuple[int, int]) -> bool:
    """Say whether `(r, s)` signs this digest, which is cut to the order's length where it is longer.

    Raises MalformedData: the key is not a point on a standardized curve.
    """
    number = curve_number(key)
    point = Domain(number).decode(key.point)
    if number in _QUICK:
        return _holds_quickly(number, key.point, digest, signature)
    order = int(CURVES[number].order)
    cut = max(0, 8 * len(digest) - order.bit_length())
    verifier = Public_key(CURVES[number].generator, point, verify=False)  # decode() has checked the point
    return bool(verifier.verifies(int.from_bytes(digest, "big") >> cut, Signature(*signature)))


def _holds_quickly(number: int, point: bytes, digest: bytes, signature: tuple[int, int]) -> bool:
    key = ec.EllipticCurvePublicKey.from_encoded_point(_QUICK[number](), point)
    hashing = Prehashed(_SIZES[len(digest)]())
    try:
        key.verify(encode_dss_signature(*signature), digest, ec.ECDSA(hashing))
    except InvalidSignature:
        return False
    return True


def _same(stated: CurveParameters, standard: Any) -> bool:
    """Say whether all that is stated is the standard's: field, both coefficients, generator, order."""
    curve, generator = standard.curve, standard.generator
    encodings = {generator.to_bytes(encoding) for encoding in ("uncompressed", "compressed", "hybrid")}
    return (
        stated.prime == int(curve.p())
        and stated.a == int(curve.a()) % stated.prime
        and stated.b == int(curve.b()) % stated.prime
        and stated.generator in encodings
        and stated.order == int(standard.order)
    )
