"""RSA signatures that give back a part of their message: ISO/IEC 9796-2 scheme 1 (Doc 9303-11 §6.1.2.2).

The chip signs M1 || nonce, where M1 is its own random number. The signature opens into
header | padding | recovered part | hash of the whole message | trailer, and every part is
looked at: one header, one padding and one trailer are right for what they announce.
"""

import hashlib
import hmac

from cardreader.errors import MalformedData

MIN_BITS, MAX_BITS = 1024, 4096
MAX_EXPONENT_BITS = 64

_PARTIAL, _TOTAL = 0x6, 0x4  # 01, then whether more of the message lies outside the signature, then 0
_FILLING, _LAST = 0xB, 0xA
_TRAILERS = {0x33: "sha1", 0x38: "sha224", 0x34: "sha256", 0x36: "sha384", 0x35: "sha512"}


def recoverable_signature_holds(modulus: int, exponent: int, nonce: bytes, signature: bytes) -> bool:
    """Say whether the signature is one over a message that ends in `nonce`.

    The hash is SHA-1 for the trailer BC; with two bytes, the trailer names it (ISO/IEC 10118-3).

    Raises MalformedData: a key outside MIN_BITS to MAX_BITS, not of whole bytes, or with no
    possible exponent.
    """
    bits = modulus.bit_length()
    if not MIN_BITS <= bits <= MAX_BITS or bits % 8 or not modulus & 1:
        raise MalformedData("an RSA key has a length that is not accepted")
    if not exponent & 1 or not 2 < exponent < 1 << MAX_EXPONENT_BITS:
        raise MalformedData("an RSA key has an exponent that is not accepted")
    number = int.from_bytes(signature, "big")
    if len(signature) != bits // 8 or not 0 < number < modulus:
        return False
    opened = pow(number, exponent, modulus)
    if opened & 0xF != 0xC:  # the signer took the smaller of J and n - J; n is odd, so one ends in C
        opened = modulus - opened
    return _opened_holds(opened.to_bytes(bits // 8, "big"), nonce)


def _opened_holds(opened: bytes, nonce: bytes) -> bool:
    split = _without_trailer(opened)
    if split is None:
        return False
    content, name = split
    size = hashlib.new(name).digest_size
    digest, kind = content[-size:], content[0] >> 4
    recovered = _without_padding(content[:-size], partial=kind == _PARTIAL)
    if recovered is None or kind not in (_PARTIAL, _TOTAL):
        return False
    if kind == _TOTAL and not (recovered.endswith(nonce) and len(recovered) > len(nonce)):
        return False
    message = recovered + nonce if kind == _PARTIAL else recovered
    return hmac.compare_digest(hashlib.new(name, message).digest(), digest)


def _without_trailer(opened: bytes) -> tuple[bytes, str] | None:
    """Return what stands before the trailer, and the hash that the trailer names."""
    if opened[-1] == 0xBC:
        return opened[:-1], "sha1"
    name = _TRAILERS.get(opened[-2]) if opened[-1] == 0xCC else None
    return (opened[:-2], name) if name else None


def _without_padding(headed: bytes, *, partial: bool) -> bytes | None:
    """Return the recovered part; a message that only partly fits leaves no room for padding."""
    if headed[0] & 0xF == _LAST:
        return headed[1:]
    if partial or headed[0] & 0xF != _FILLING:
        return None
    rest = headed[1:].lstrip(b"\xbb")
    return rest[1:] if rest[:1] == b"\xba" else None
