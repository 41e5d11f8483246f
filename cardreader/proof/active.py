"""Active authentication: the chip signs our nonce with a key that it never gives away (Doc 9303-11 §6.1).

RSA signatures give back a part of what they sign (ISO/IEC 9796-2, scheme 1); ECDSA signs the nonce alone.
SHA-1 is accepted here: colliding messages serve no forger where the nonce is ours.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from cardreader.errors import MalformedData
from cardreader.lds.chip_keys import parse_active_key, parse_chip_keys
from cardreader.lds.public_keys import CurveKey, RsaKey, parse_public_key
from cardreader.proof.curve_keys import curve_number, ecdsa_holds, order_bytes
from cardreader.proof.reasons import Check, Reason
from cardreader.proof.recovery import recoverable_signature_holds

NONCE_BYTES = 8

_HASHES = ("sha256", "sha384", "sha512", "sha224", "sha1")
# What DG14 may say of the hash: plain signatures of TR-03111 §5.2.1, and those of X9.62.
_PLAIN = bytes.fromhex("04007F000701010401")
_STATED = {
    _PLAIN + b"\x01": "sha1",
    _PLAIN + b"\x02": "sha224",
    _PLAIN + b"\x03": "sha256",
    _PLAIN + b"\x04": "sha384",
    _PLAIN + b"\x05": "sha512",
    bytes.fromhex("2A8648CE3D0401"): "sha1",
    bytes.fromhex("2A8648CE3D040301"): "sha224",
    bytes.fromhex("2A8648CE3D040302"): "sha256",
    bytes.fromhex("2A8648CE3D040303"): "sha384",
    bytes.fromhex("2A8648CE3D040304"): "sha512",
}


def verify_active(dg15: bytes, nonce: bytes, signature: bytes, *, dg14: bytes | None = None) -> Check:
    """Say whether the chip that holds the private key of DG15 signed `nonce`, 8 bytes of ours.

    `signature` is the response to INTERNAL AUTHENTICATE as it came. The hash of an ECDSA signature
    is the one that DG14 states; without that, any of the SHA family, that of the key's size first.
    Never raises for what a card sent. It does not say whether DG15 is genuine: `examine` does.

    Raises ValueError: the nonce is not 8 bytes, which is the caller's mistake.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"the nonce of active authentication has {NONCE_BYTES} bytes")
    try:
        key = parse_public_key(parse_active_key(dg15))
        if isinstance(key, RsaKey):
            holds = recoverable_signature_holds(key, nonce, signature)
        elif isinstance(key, CurveKey):
            holds = _curve_signature_holds(key, nonce, signature, _candidates(key, dg14))
        else:
            raise MalformedData("a Diffie-Hellman key signs nothing")
    except MalformedData:
        return Check("failed", Reason.ACTIVE_KEY_REFUSED)
    return Check("passed") if holds else Check("failed", Reason.ACTIVE_SIGNATURE_WRONG)


def _candidates(key: CurveKey, dg14: bytes | None) -> list[str]:
    """Return the hashes to try; one alone where DG14 states it.

    Raises MalformedData: DG14 is broken, or states an algorithm that is not known here.
    """
    stated = parse_chip_keys(dg14).active_info if dg14 is not None else None
    if stated is not None:
        if stated not in _STATED:
            raise MalformedData("DG14 states an unknown algorithm for active authentication")
        return [_STATED[stated]]
    size = order_bytes(curve_number(key))
    return sorted(_HASHES, key=lambda name: abs(size - hashlib.new(name).digest_size))


def _curve_signature_holds(key: CurveKey, nonce: bytes, signature: bytes, candidates: list[str]) -> bool:
    numbers = _signature_numbers(signature, order_bytes(curve_number(key)))
    return numbers is not None and any(
        ecdsa_holds(key, hashlib.new(name, nonce).digest(), numbers) for name in candidates
    )


def _signature_numbers(signature: bytes, size: int) -> tuple[int, int] | None:
    """Return `(r, s)`: two halves of `size` bytes, or any other length in DER; None for anything else."""
    if len(signature) == 2 * size:
        return int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    try:
        numbers = decode_dss_signature(signature)
    except ValueError:
        return None
    return numbers if encode_dss_signature(*numbers) == signature else None
