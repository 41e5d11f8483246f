"""Active authentication: the chip signs our nonce with a key that it never gives away (Doc 9303-11 §6.1).

RSA signatures give back a part of what they sign (ISO/IEC 9796-2, scheme 1); ECDSA signs the nonce alone.
SHA-1 is accepted here: colliding messages serve no forger where the nonce is ours.
"""

import hashlib

from asn1crypto import keys
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from cardreader.errors import MalformedData
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.chip_keys import parse_active_key, parse_chip_keys
from cardreader.lds.rsa_keys import rsa_numbers
from cardreader.lds.tlv import write_tlv
from cardreader.proof.curves import CURVES, curve_of
from cardreader.proof.message_recovery import recoverable_signature_holds
from cardreader.proof.reasons import Check, NotProven, Reason
from cardreader.proof.signatures import verify_signature

NONCE_BYTES = 8

_ECDSA = "2A8648CE3D04"  # 1.2.840.10045.4, the signatures of X9.62
_PLAIN = "04007F000701010401"  # 0.4.0.127.0.7.1.1.4.1, those of TR-03111 §5.2.1
_BY_HASH = {
    name: write_tlv(0x30, write_tlv(0x06, bytes.fromhex(_ECDSA + last)))
    for name, last in (
        ("sha1", "01"),
        ("sha224", "0301"),
        ("sha256", "0302"),
        ("sha384", "0303"),
        ("sha512", "0304"),
    )
}
# What DG14 may state. The form of a signature is told by its length, whichever it states.
_STATED = {
    bytes.fromhex(family + last): name
    for family, lasts in ((_ECDSA, "01 0301 0302 0303 0304"), (_PLAIN, "01 02 03 04 05"))
    for name, last in zip(_BY_HASH, lasts.split(), strict=True)
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
        key = parse_active_key(dg15)
        with malformed_asn1("DG15"):
            info = keys.PublicKeyInfo.load(key, strict=True)
            if info.algorithm == "rsa":
                modulus, exponent = rsa_numbers(key)
                holds = recoverable_signature_holds(modulus, exponent, nonce, signature)
            else:
                size = (int(CURVES[curve_of(info)].order).bit_length() + 7) // 8
                holds = _curve_signature_holds(key, nonce, _in_der(signature, size), _hashes(size, dg14))
    except (MalformedData, NotProven):
        return Check("failed", Reason.ACTIVE_KEY_REFUSED)
    return Check("passed") if holds else Check("failed", Reason.ACTIVE_SIGNATURE_WRONG)


def _hashes(size: int, dg14: bytes | None) -> list[str]:
    """Return the hashes to try for a curve whose order has `size` bytes; one alone where DG14 states it.

    Raises MalformedData: DG14 is broken, or states an algorithm that is not known here.
    """
    stated = parse_chip_keys(dg14).active_info if dg14 is not None else None
    if stated is None:
        return sorted(_BY_HASH, key=lambda name: abs(size - hashlib.new(name).digest_size))
    if stated not in _STATED:
        raise MalformedData("DG14 states an unknown algorithm for active authentication")
    return [_STATED[stated]]


def _curve_signature_holds(key: bytes, nonce: bytes, signature: bytes | None, names: list[str]) -> bool:
    if signature is None:
        return False
    for name in names:
        try:
            verify_signature(key, nonce, signature, algorithm=_BY_HASH[name], sha1=True)
        except NotProven as failure:
            if failure.reason != Reason.SIGNATURE_INVALID:
                raise
        else:
            return True
    return False


def _in_der(signature: bytes, size: int) -> bytes | None:
    """Return the signature in DER: two halves of `size` bytes are r and s, any other length must be DER."""
    if len(signature) == 2 * size:
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        return encode_dss_signature(r, s)
    try:
        canonical = encode_dss_signature(*decode_dss_signature(signature))
    except ValueError:
        return None
    return signature if signature == canonical else None
