"""Verify one signature under a key of a certificate: RSA PKCS#1 v1.5, RSA-PSS, ECDSA (Doc 9303-12 §4.4).

Keys and salts outside the named sizes are refused, and SHA-1 unless it was asked for. A key
with explicit curve parameters counts only if all of them are a standard curve's (`proof.curves`).
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import ecdsa
from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from ecdsa.errors import MalformedPointError
from ecdsa.keys import BadSignatureError

from cardreader.errors import MalformedData
from cardreader.lds.algorithms import plain_algorithm
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.rsa_keys import rsa_numbers
from cardreader.lds.tlv import read_all, read_one
from cardreader.proof.curves import CURVES, curve_of
from cardreader.proof.reasons import NotProven, Reason

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
MAX_SALT_BYTES = MAX_RSA_BITS // 8  # a salt is a part of a block of the key's size (RFC 8017 §9.1.1)

_METHODS = ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa")
HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_FAST_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "secp192r1": ec.SECP192R1,
    "secp224r1": ec.SECP224R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolp256r1": ec.BrainpoolP256R1,
    "brainpoolp384r1": ec.BrainpoolP384R1,
    "brainpoolp512r1": ec.BrainpoolP512R1,
}
_INTEGER, _SEQUENCE = 0x02, 0x30


def accepted_hashes(*, sha1: bool = False) -> Mapping[str, type[hashes.HashAlgorithm]]:
    """Return the hashes that count, by name; SHA-1 is among them only when a person asked for it."""
    return {**HASHES, "sha1": hashes.SHA1} if sha1 else HASHES


def verify_signature(
    public_key: bytes,
    message: bytes,
    signature: bytes,
    *,
    algorithm: bytes,
    digest: str | None = None,
    sha1: bool = False,
) -> None:
    """Accept a signature over `message`; `digest` is the hash for an algorithm that does not name one.

    SHA-1 is refused unless `sha1` is set.

    Raises NotProven: the signature is wrong (SIGNATURE_INVALID), or its algorithm, size or
    curve is not accepted (ALGORITHM_REFUSED). MalformedData: key or algorithm is not ASN.1.
    """
    with malformed_asn1("a key or algorithm"):
        scheme = algos.SignedDigestAlgorithm.load(algorithm, strict=True)
        info = keys.PublicKeyInfo.load(public_key, strict=True)
        method = scheme.signature_algo
        if method not in _METHODS:
            raise NotProven(Reason.ALGORITHM_REFUSED)
        if method != "rsassa_pss":
            plain_algorithm(algorithm)
        hashing = _hash(_digest_name(scheme, digest), sha1=sha1)
        if method == "ecdsa":
            curve, point = curve_of(info), info["public_key"].native
        else:
            key = _rsa_key(info, public_key)
            filling = _pss_padding(scheme, sha1=sha1) if method == "rsassa_pss" else padding.PKCS1v15()
    try:
        if method != "ecdsa":
            key.verify(signature, message, filling, hashing)
        elif curve in _FAST_CURVES:
            fast = ec.EllipticCurvePublicKey.from_encoded_point(_FAST_CURVES[curve](), point)
            fast.verify(signature, message, ec.ECDSA(hashing))
        else:
            _verify_slowly(curve, point, message, signature, hashing)
    except InvalidSignature as error:
        raise NotProven(Reason.SIGNATURE_INVALID) from error
    except (UnsupportedAlgorithm, ValueError) as error:
        raise NotProven(Reason.ALGORITHM_REFUSED) from error


def _verify_slowly(
    curve: str, point: bytes, message: bytes, signature: bytes, hashing: hashes.HashAlgorithm
) -> None:
    """Verify on the curves that OpenSSL has and `cryptography` does not offer.

    Raises InvalidSignature; ValueError: the key is no point of the curve.
    """
    try:
        key = ecdsa.VerifyingKey.from_string(point, CURVES[curve], valid_encodings=("uncompressed",))
        pair = read_all(read_one(signature, _SEQUENCE))
        if [tag for tag, _ in pair] != [_INTEGER, _INTEGER]:
            raise InvalidSignature
        numbers = tuple(int.from_bytes(value, "big", signed=True) for _, value in pair)
        digest = hashlib.new(hashing.name, message).digest()
    except MalformedPointError as error:
        raise ValueError("not a point of the curve") from error
    except MalformedData as error:
        raise InvalidSignature from error
    try:
        key.verify_digest(numbers, digest, sigdecode=lambda given, _: given, allow_truncate=True)
    except (BadSignatureError, TypeError) as error:  # TypeError: `ecdsa` came to the point at infinity
        raise InvalidSignature from error


def _digest_name(scheme: Any, digest: str | None) -> str:
    if scheme.signature_algo == "rsassa_pss":
        return str(scheme["parameters"]["hash_algorithm"]["algorithm"].native)
    named, _, family = scheme["algorithm"].native.partition("_")
    return named if family in ("rsa", "ecdsa") else digest or "none"


def _hash(name: str, *, sha1: bool) -> hashes.HashAlgorithm:
    accepted = accepted_hashes(sha1=sha1)
    if name not in accepted:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    return accepted[name]()


def _pss_padding(scheme: Any, *, sha1: bool) -> padding.PSS:
    parameters = scheme["parameters"]
    masking, salt_length = parameters["mask_gen_algorithm"], parameters["salt_length"].native
    if masking["algorithm"].native != "mgf1" or parameters["trailer_field"].native != "trailer_field_bc":
        raise NotProven(Reason.ALGORITHM_REFUSED)
    if not 0 <= salt_length <= MAX_SALT_BYTES:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    for hashing in (parameters["hash_algorithm"], masking["parameters"]):
        plain_algorithm(hashing.copy().untag().dump())
    mask = masking["parameters"]["algorithm"].native
    return padding.PSS(mgf=padding.MGF1(_hash(mask, sha1=sha1)), salt_length=salt_length)


def _rsa_key(info: Any, public_key: bytes) -> rsa.RSAPublicKey:
    if info.algorithm not in ("rsa", "rsassa_pss"):
        raise NotProven(Reason.ALGORITHM_REFUSED)
    modulus, exponent = rsa_numbers(public_key)
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS or exponent.bit_length() > 64:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()
