"""Verify one signature under a key of a certificate: RSA PKCS#1 v1.5, RSA-PSS, ECDSA (Doc 9303-12 §4.4).

Keys and salts outside the named sizes are refused, and SHA-1 unless it was asked for. A key
with explicit curve parameters is taken onto the standard curve of the same order: the declared
parameters choose the curve, they are never computed with.
"""

from collections.abc import Mapping
from typing import Any

from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from cardreader.lds.asn1 import malformed_asn1
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
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp192r1": ec.SECP192R1,
    "secp224r1": ec.SECP224R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolp256r1": ec.BrainpoolP256R1,
    "brainpoolp384r1": ec.BrainpoolP384R1,
    "brainpoolp512r1": ec.BrainpoolP512R1,
}
_ORDERS = {
    0xFFFFFFFFFFFFFFFFFFFFFFFF99DEF836146BC9B1B4D22831: "secp192r1",
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D: "secp224r1",
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551: "secp256r1",
    int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        16,
    ): "secp384r1",
    int(
        "1FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        "FA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
        16,
    ): "secp521r1",
    0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7: "brainpoolp256r1",
    int(
        "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565",
        16,
    ): "brainpoolp384r1",
    int(
        "AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA70330870"
        "553E5C414CA92619418661197FAC10471DB1D381085DDADDB58796829CA90069",
        16,
    ): "brainpoolp512r1",
}


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
        key = _rsa_key(info) if method.startswith("rsassa") else _ec_key(info)
        hashing = _hash(_digest_name(scheme, digest), sha1=sha1)
        pss = _pss_padding(scheme, sha1=sha1) if method == "rsassa_pss" else None
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hashing))
        else:
            key.verify(signature, message, pss or padding.PKCS1v15(), hashing)
    except InvalidSignature as error:
        raise NotProven(Reason.SIGNATURE_INVALID) from error
    except (UnsupportedAlgorithm, ValueError) as error:
        raise NotProven(Reason.ALGORITHM_REFUSED) from error


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
    mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
    salt_length = parameters["salt_length"].native
    if not 0 <= salt_length <= MAX_SALT_BYTES:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    return padding.PSS(mgf=padding.MGF1(_hash(mask, sha1=sha1)), salt_length=salt_length)


def _rsa_key(info: Any) -> rsa.RSAPublicKey:
    if info.algorithm not in ("rsa", "rsassa_pss"):
        raise NotProven(Reason.ALGORITHM_REFUSED)
    numbers = info["public_key"].parsed
    modulus, exponent = numbers["modulus"].native, numbers["public_exponent"].native
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS or exponent.bit_length() > 64:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _ec_key(info: Any) -> ec.EllipticCurvePublicKey:
    if info.algorithm != "ec":
        raise NotProven(Reason.ALGORITHM_REFUSED)
    parameters = info["algorithm"]["parameters"]
    if parameters.name == "specified":
        curve = _CURVES.get(_ORDERS.get(parameters.chosen["order"].native, ""))
    else:
        curve = _CURVES.get(str(parameters.native))
    if curve is None:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve(), info["public_key"].native)
    except UnsupportedAlgorithm as error:
        raise NotProven(Reason.ALGORITHM_REFUSED) from error
