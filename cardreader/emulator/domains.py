"""Domain parameters for key agreement: eleven curves and three groups; ICAO Doc 9303-11 §9.5.1.

Elements of a domain are points of `ecdsa` or integers; only this module looks into them.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import ecdsa
import gmpy2
from ecdsa.ellipticcurve import INFINITY, PointJacobi

from cardreader.emulator.commands import Refused, Status
from cardreader.emulator.der import bit_string, integer, object_identifier, sequence
from cardreader.emulator.groups import GROUPS

Random = Callable[[int], bytes]
Element = Any

BRAINPOOL_P256R1 = 13
_CURVES = {
    8: ecdsa.NIST192p,
    9: ecdsa.BRAINPOOLP192r1,
    10: ecdsa.NIST224p,
    11: ecdsa.BRAINPOOLP224r1,
    12: ecdsa.NIST256p,
    13: ecdsa.BRAINPOOLP256r1,
    14: ecdsa.BRAINPOOLP320r1,
    15: ecdsa.NIST384p,
    16: ecdsa.BRAINPOOLP384r1,
    17: ecdsa.BRAINPOOLP512r1,
    18: ecdsa.NIST521p,
}
PARAMETER_IDS = (*GROUPS, *_CURVES)
_UNCOMPRESSED = 0x04


class Domain(Protocol):
    """A group for Diffie-Hellman. `public_tag` is the public key's tag in what PACE's tokens cover."""

    parameter_id: int
    order: int
    generator: Element
    public_tag: int
    prime: int

    def multiply(self, element: Element, scalar: int) -> Element: ...

    def combine(self, one: Element, other: Element) -> Element: ...

    def encode(self, element: Element) -> bytes: ...

    def decode(self, encoded: bytes) -> Element: ...

    def shared_secret(self, element: Element) -> bytes: ...

    def is_neutral(self, element: Element) -> bool: ...

    def element_of(self, number: int) -> Element: ...

    def public_key_info(self, element: Element, *, explicit: bool = False) -> bytes: ...


@cache
def domain(parameter_id: int) -> Domain:
    """Return the standardized domain of this number.

    Raises KeyError: the number is reserved.
    """
    if parameter_id in GROUPS:
        return Group(parameter_id)
    return Curve(parameter_id)


def private_key(domain: Domain, random: Random) -> int:
    """Return a private key from 1 to the order less one, by taking random bytes until one fits."""
    bits = domain.order.bit_length()
    while True:
        key = int.from_bytes(random((bits + 7) // 8), "big") & ((1 << bits) - 1)
        if 0 < key < domain.order:
            return key


class Curve:
    """An elliptic curve of prime order; elements are points, written uncompressed."""

    public_tag = 0x86

    def __init__(self, parameter_id: int) -> None:
        self.parameter_id = parameter_id
        self.named = _CURVES[parameter_id]
        self.order: int = int(self.named.order)
        self.generator = self.named.generator
        self.prime = int(self.named.curve.p())
        self._size = (self.prime.bit_length() + 7) // 8

    def multiply(self, element: Element, scalar: int) -> Element:
        """Return the element added to itself so many times."""
        return element * scalar

    def combine(self, one: Element, other: Element) -> Element:
        """Return the sum of two points."""
        return one + other

    def encode(self, element: Element) -> bytes:
        """Return 04, x and y."""
        return bytes(element.to_bytes("uncompressed"))

    def decode(self, encoded: bytes) -> Element:
        """Return the point; `ecdsa` itself does not ask whether it lies on the curve.

        Raises Refused: another length or form, a coordinate outside the field, or off the curve.
        """
        x, y = (
            int.from_bytes(half, "big") for half in (encoded[1 : 1 + self._size], encoded[1 + self._size :])
        )
        if len(encoded) != 1 + 2 * self._size or encoded[0] != _UNCOMPRESSED:
            raise Refused(Status.WRONG_DATA)
        if max(x, y) >= self.prime or not self.named.curve.contains_point(x, y):
            raise Refused(Status.WRONG_DATA)
        return self._point(x, y)

    def shared_secret(self, element: Element) -> bytes:
        """Return the x-coordinate at the field's full length."""
        return int(element.x()).to_bytes(self._size, "big")

    def is_neutral(self, element: Element) -> bool:
        """Return whether the element is the point at infinity."""
        return bool(element == INFINITY)

    def element_of(self, number: int) -> Element:
        """Return the point that a number of the field encodes to; appendix B.2, for primes of 3 modulo 4."""
        p, a, b = self.prime, int(self.named.curve.a()) % self.prime, int(self.named.curve.b())
        alpha = -pow(number, 2, p) % p
        x2 = -b * pow(a, -1, p) * (1 + pow(alpha + alpha * alpha, -1, p)) % p
        h2 = (pow(x2, 3, p) + a * x2 + b) % p
        root = pow(h2, p - 1 - (p + 1) // 4, p)
        if root * root * h2 % p == 1:
            return self._point(x2, root * h2 % p)
        return self._point(alpha * x2 % p, root * pow(number, 3, p) * h2 % p)

    def _point(self, x: int, y: int) -> Element:
        return PointJacobi(self.named.curve, x, y, 1, self.order)

    def public_key_info(self, element: Element, *, explicit: bool = False) -> bytes:
        """Return the SubjectPublicKeyInfo with the curve's name, or with its explicit parameters."""
        key = ecdsa.VerifyingKey.from_public_point(element, self.named)
        return bytes(key.to_der(curve_parameters_encoding="explicit" if explicit else "named_curve"))


class Group:
    """A subgroup of prime order in a prime field; elements are integers, written at the field's length."""

    public_tag = 0x84

    def __init__(self, parameter_id: int) -> None:
        self.parameter_id = parameter_id
        self.prime, self.generator, self.order = GROUPS[parameter_id]
        self._size = (self.prime.bit_length() + 7) // 8

    def multiply(self, element: Element, scalar: int) -> Element:
        """Return the element's power."""
        return int(gmpy2.powmod(element, scalar, self.prime))

    def combine(self, one: Element, other: Element) -> Element:
        """Return the product of two elements."""
        return one * other % self.prime

    def encode(self, element: Element) -> bytes:
        """Return the integer at the prime's length."""
        return int(element).to_bytes(self._size, "big")

    def decode(self, encoded: bytes) -> Element:
        """Return the element.

        Raises Refused: another length, the neutral element, or outside the subgroup.
        """
        element = int.from_bytes(encoded, "big")
        if len(encoded) != self._size or not 1 < element < self.prime - 1:
            raise Refused(Status.WRONG_DATA)
        if gmpy2.powmod(element, self.order, self.prime) != 1:
            raise Refused(Status.WRONG_DATA)
        return element

    def shared_secret(self, element: Element) -> bytes:
        """Return the integer at the prime's length."""
        return self.encode(element)

    def is_neutral(self, element: Element) -> bool:
        """Return whether the element is 1."""
        return bool(element == 1)

    def element_of(self, number: int) -> Element:
        """Return the number raised into the subgroup; §4.4.3.3.2."""
        return int(gmpy2.powmod(number, (self.prime - 1) // self.order, self.prime))

    def public_key_info(self, element: Element, *, explicit: bool = False) -> bytes:
        """Return the SubjectPublicKeyInfo of X9.42 (RFC 3279 §2.3.3), or of PKCS #3 if `explicit`.

        Chips write either; the second one leaves the order away.
        """
        if explicit:
            parameters = sequence(integer(self.prime), integer(self.generator))
            algorithm = sequence(object_identifier("1.2.840.113549.1.3.1"), parameters)
        else:
            parameters = sequence(integer(self.prime), integer(self.generator), integer(self.order))
            algorithm = sequence(object_identifier("1.2.840.10046.2.1"), parameters)
        return sequence(algorithm, bit_string(integer(element)))
