"""A secret agreed with a chip's static key: which group it is in, and one fresh key of ours (TR-03110-3 A.2).

A key may name its group by a number of TR-03110, by an object identifier, or spell it out.
"""

from collections.abc import Callable

from asn1crypto import keys

from cardreader.errors import MalformedData
from cardreader.lds.asn1 import malformed_asn1
from cardreader.lds.chip_keys import ChipPublicKey
from cardreader.lds.static_keys import FieldKey, NumberedKey, parse_field_key, parse_numbered_key
from cardreader.proof.curves import NUMBERS, curve_of
from cardreader.proof.reasons import NotProven
from cardreader.session.curves import CURVES, Domain
from cardreader.session.fields import FIELDS, FieldDomain

MIN_FIELD_BITS, MAX_FIELD_BITS = 1024, 4096
MIN_ORDER_BITS = 160


def agree(key: ChipPublicKey, random_bytes: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """Return `(our public key, shared secret)` for a fresh key of ours and the chip's key.

    The public key is an uncompressed point, or the field element at the prime's length; the
    secret is the x coordinate, or the field element (Doc 9303-11 §9.4.4, §9.6).

    Raises MalformedData: a key of another kind than it is listed as, in an unknown group or one
    of a size that is not accepted, or no element of its group.
    """
    group, theirs = _group_of(key)
    ours = group.private_key(random_bytes)
    return group.public_key(ours), group.agree(ours, theirs)


def check_element(public_key: bytes, key: ChipPublicKey) -> None:
    """Accept a public key, encoded as `agree` does, that is an element of the group of the chip's key.

    Raises MalformedData: it is none; or the chip's key is not accepted, as `agree` says.
    """
    _group_of(key)[0].decode(public_key)


def static_point(public_key: bytes) -> tuple[int, bytes]:
    """Return the number of the curve (a key of `session.curves.CURVES`) and the encoded point.

    The point itself is not looked at: `Domain` refuses one that is not on the curve.

    Raises MalformedData: no elliptic key, or on no curve of the standard.
    """
    numbered = parse_numbered_key(public_key)
    if numbered is not None:
        if numbered.parameter_id not in CURVES:
            raise MalformedData("a chip's key is on no curve of the standard")
        return numbered.parameter_id, numbered.key
    try:
        with malformed_asn1("a chip's key"):
            info = keys.PublicKeyInfo.load(public_key, strict=True)
            return NUMBERS[curve_of(info)], bytes(info["public_key"].native)
    except NotProven as error:
        raise MalformedData("a chip's key is on no curve of the standard") from error


def _group_of(key: ChipPublicKey) -> tuple[Domain | FieldDomain, bytes]:
    """Return the group of a chip's key, and the key as it is encoded there."""
    if key.kind == "dh":
        return _static_element(key.public_key)
    number, point = static_point(key.public_key)
    return Domain(number), point


def _static_element(public_key: bytes) -> tuple[FieldDomain, bytes]:
    """Return the group of a Diffie-Hellman key, and its element at the prime's length."""
    numbered = parse_numbered_key(public_key)
    key = parse_field_key(public_key) if numbered is None else _numbered_field(numbered)
    prime, order = key.prime, key.order or key.prime - 1
    if not MIN_FIELD_BITS <= prime.bit_length() <= MAX_FIELD_BITS or not prime & 1:
        raise MalformedData("a Diffie-Hellman key has a length that is not accepted")
    if order.bit_length() < MIN_ORDER_BITS or (prime - 1) % order or not 1 < key.generator < prime - 1:
        raise MalformedData("a Diffie-Hellman key is in a group that is not accepted")
    if key.value >= prime:
        raise MalformedData("a Diffie-Hellman key is no element of its group")
    group = FieldDomain(prime, order, key.generator)
    return group, key.value.to_bytes(group.key_bytes, "big")


def _numbered_field(key: NumberedKey) -> FieldKey:
    domain = FIELDS.get(key.parameter_id)
    if domain is None:
        raise MalformedData("a Diffie-Hellman key is in no group of the standard")
    return FieldKey(domain.prime, domain.generator, domain.order, key.number())
