"""A secret agreed with a chip's static key: Diffie-Hellman on curves and in prime fields (TR-03110-3 A.2).

Our side is one fresh key, used once.
"""

from collections.abc import Callable

import gmpy2

from cardreader.errors import MalformedData
from cardreader.lds.public_keys import CurveKey, FieldKey, RsaKey
from cardreader.proof.curve_keys import curve_number
from cardreader.session.curves import Domain

MIN_FIELD_BITS, MAX_FIELD_BITS = 1024, 4096
MIN_ORDER_BITS = 160


def agree(key: RsaKey | CurveKey | FieldKey, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """Return `(our public key, shared secret)` for a fresh key of ours and the chip's key.

    The public key is an uncompressed point, or the field element at the prime's length; the
    secret is the x coordinate, or the field element (Doc 9303-11 §9.4.4, §9.6).

    Raises MalformedData: a key that nothing can be agreed with, in an unknown domain, or no
    element of the group that it names.
    """
    if isinstance(key, CurveKey):
        return _on_curve(key, random_bytes)
    if isinstance(key, FieldKey):
        return _in_field(key, random_bytes)
    raise MalformedData("an RSA key agrees on nothing")


def _on_curve(key: CurveKey, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    domain = Domain(curve_number(key))
    theirs = domain.decode(key.point)
    ours = domain.private_key(random_bytes)
    return domain.encode(domain.generator * ours), domain.x_coordinate(theirs * ours)


def _in_field(key: FieldKey, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    prime, length = key.prime, (key.prime.bit_length() + 7) // 8
    _check_field(key)
    bound = key.order or prime - 1
    ours = 1 + int.from_bytes(random_bytes(length + 8), "big") % (bound - 1)
    public = int(gmpy2.powmod_sec(key.generator, ours, prime))
    shared = int(gmpy2.powmod_sec(key.value, ours, prime))
    if shared in (1, prime - 1):
        raise MalformedData("a key lies in a group that is too small")
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
