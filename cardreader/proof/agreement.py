"""A secret agreed with a chip's static key: Diffie-Hellman on curves and in prime fields (TR-03110-3 A.2).

Our side is one fresh key, used once.
"""

from collections.abc import Callable

import gmpy2
from asn1crypto import keys

from cardreader.errors import MalformedData
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.chip_keys import ChipPublicKey
from cardreader.lds.field_keys import FieldKey, parse_field_key
from cardreader.lds.tlv import check_structure
from cardreader.proof.curves import CURVES, curve_of
from cardreader.proof.reasons import NotProven
from cardreader.session import curves

MIN_FIELD_BITS, MAX_FIELD_BITS = 1024, 4096
MIN_ORDER_BITS = 160

_NUMBERS = {int(curve.order): number for number, curve in curves.CURVES.items()}


def agree(key: ChipPublicKey, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """Return `(our public key, shared secret)` for a fresh key of ours and the chip's key.

    The public key is an uncompressed point, or the field element at the prime's length; the
    secret is the x coordinate, or the field element (Doc 9303-11 §9.4.4, §9.6).

    Raises MalformedData: a key of another kind than it is listed as, in an unknown domain or
    of a size that is not accepted, or no element of its group.
    """
    if key.kind == "dh":
        return _in_field(parse_field_key(key.public_key), random_bytes)
    domain, encoded = static_point(key.public_key)
    theirs, ours = domain.decode(encoded), domain.private_key(random_bytes)
    return domain.encode(domain.generator * ours), domain.x_coordinate(theirs * ours)


def static_point(public_key: bytes) -> tuple[curves.Domain, bytes]:
    """Return the standardized curve of a SubjectPublicKeyInfo, and its point as it is encoded.

    Raises MalformedData: no elliptic key, or on no curve of the standard.
    """
    check_structure(public_key)
    try:
        with malformed_asn1("a chip's key"):
            info = keys.PublicKeyInfo.load(public_key, strict=True)
            number = _NUMBERS[int(CURVES[curve_of(info)].order)]
            return curves.Domain(number), bytes(info["public_key"].native)
    except NotProven as error:
        raise MalformedData("a chip's key is on no curve of the standard") from error


def _in_field(key: FieldKey, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    _check_field(key)
    prime, length = key.prime, (key.prime.bit_length() + 7) // 8
    ours = 1 + int.from_bytes(random_bytes(length + 8), "big") % ((key.order or prime - 1) - 1)
    public = int(gmpy2.powmod_sec(key.generator, ours, prime))
    shared = int(gmpy2.powmod_sec(key.value, ours, prime))
    if shared in (1, prime - 1):
        raise MalformedData("a Diffie-Hellman key lies in a group that is too small")
    return public.to_bytes(length, "big"), shared.to_bytes(length, "big")


def _check_field(key: FieldKey) -> None:
    """Check sizes and ranges, and that the key lies in the subgroup where its order is stated."""
    prime, order = key.prime, key.order
    if not MIN_FIELD_BITS <= prime.bit_length() <= MAX_FIELD_BITS or not prime & 1:
        raise MalformedData("a Diffie-Hellman key has a length that is not accepted")
    if not (1 < key.generator < prime - 1 and 1 < key.value < prime - 1):
        raise MalformedData("a Diffie-Hellman key is not an element of its field")
    if order is None:
        return
    if not MIN_ORDER_BITS <= order.bit_length() <= prime.bit_length() or (prime - 1) % order:
        raise MalformedData("a Diffie-Hellman key states an order that is not accepted")
    if gmpy2.powmod(key.value, order, prime) != 1 or gmpy2.powmod(key.generator, order, prime) != 1:
        raise MalformedData("a Diffie-Hellman key is not an element of its group")
