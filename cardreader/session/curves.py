"""Key agreement on the standardized curves (ICAO Doc 9303-11 §9.5.1), with `ecdsa` and gmpy2.

General multiplication and addition are needed, which `cryptography` does not offer.
"""

from collections.abc import Callable
from typing import Any

import ecdsa
from ecdsa.ellipticcurve import INFINITY, AbstractPoint, PointJacobi
from ecdsa.errors import MalformedPointError

from cardreader.errors import MalformedData

CURVES: dict[int | None, Any] = {
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


class Domain:
    """One curve with a generator, at first the standard one.

    Every point that comes in is checked to lie on it. `key_tag` is the object of a public key that
    holds a point (Doc 9303-11 §9.4).
    """

    key_tag = 0x86

    def __init__(self, parameter_id: int | None, *, generator: Any = None) -> None:
        """Take the curve with this number, which must be in CURVES."""
        curve = CURVES[parameter_id]
        base = curve.generator.to_affine()
        self._number = parameter_id
        self._curve = curve.curve
        self._order = int(curve.order)
        self.prime = int(self._curve.p())
        self.generator = generator or PointJacobi(self._curve, base.x(), base.y(), 1, self._order)

    @property
    def key_bytes(self) -> int:
        """How many bytes a public key takes."""
        return 1 + 2 * ((self.prime.bit_length() + 7) // 8)

    def private_key(self, random_bytes: Callable[[int], bytes]) -> int:
        """Return a number from 1 to the order less one, drawn until one fits."""
        bits = self._order.bit_length()
        while True:
            drawn = int.from_bytes(random_bytes((bits + 7) // 8), "big") >> (-bits % 8)
            if 0 < drawn < self._order:
                return drawn

    def public_key(self, private: int) -> bytes:
        """Return the point that belongs to a private key, encoded."""
        return self.encode(self.generator * private)

    def agree(self, private: int, theirs: bytes) -> bytes:
        """Return the secret that a private key and the other side's public key give: an x coordinate.

        Raises MalformedData: their key is not a point, or leads to the point at infinity.
        """
        return self.x_coordinate(self._multiple(private, theirs))

    def multiple(self, number: int, public: bytes) -> bytes:
        """Return a public key taken `number` times, encoded.

        Raises MalformedData: as `agree`.
        """
        return self.encode(self._multiple(number, public))

    def mapped(self, nonce: bytes, private: int, theirs: bytes) -> "Domain":
        """Return the curve with the generator of the generic mapping (§4.4.3.3.1).

        Raises MalformedData: their key is not a point, or the mapping leads to the point at infinity.
        """
        shared = self._multiple(private, theirs)
        return Domain(self._number, generator=self.map_generator(nonce, shared))

    def mapped_onto(self, number: int) -> "Domain":
        """Return the curve with the generator that the integrated mapping makes of a number (§4.4.3.3.2).

        The point encoding needs a prime that leaves 3 when divided by 4: all curves but number 10.

        Raises MalformedData: the number, which the card chose with us, leads to no point.
        """
        x, y = _point_of(number, self._curve)
        return Domain(self._number, generator=PointJacobi(self._curve, x, y, 1, self._order))

    def decode(self, encoded: bytes) -> Any:
        """Return the point of an uncompressed encoding.

        Raises MalformedData: another encoding, or not on the curve.
        """
        try:
            x, y = AbstractPoint.from_bytes(self._curve, encoded, valid_encodings=("uncompressed",))
        except MalformedPointError as error:
            raise MalformedData("the card sent something else than a point") from error
        if not (x < self.prime and y < self.prime and self._curve.contains_point(x, y)):
            raise MalformedData("the card sent a point that is not on the curve")
        return PointJacobi(self._curve, x, y, 1, self._order)

    def map_generator(self, nonce: bytes, shared: Any) -> Any:
        """Return the generator that the generic mapping makes of nonce and shared point (§4.4.3.3.1).

        Raises MalformedData: it is the point at infinity.
        """
        mapped = self.generator * (int.from_bytes(nonce, "big") % self._order) + shared
        if mapped == INFINITY:
            raise MalformedData("the card's mapping leads to the point at infinity")
        return mapped

    def encode(self, point: Any) -> bytes:
        """Return the uncompressed encoding."""
        return bytes(point.to_bytes("uncompressed"))

    def x_coordinate(self, point: Any) -> bytes:
        """Return the x coordinate at the field's full length."""
        encoded = self.encode(point)
        return encoded[1 : 1 + (len(encoded) - 1) // 2]

    def _multiple(self, number: int, public: bytes) -> Any:
        point = self.decode(public) * number
        if point == INFINITY:
            raise MalformedData("the card's key leads to the point at infinity")
        return point


def _point_of(number: int, curve: Any) -> tuple[int, int]:
    """Return the point that the simplified encoding of Brier et al. makes of a number (Doc 9303-11 B.2)."""
    prime, a, b = int(curve.p()), int(curve.a()), int(curve.b())
    alpha = -number * number % prime
    denominator = a * (alpha + alpha * alpha) % prime
    if not denominator:
        raise MalformedData("the card's mapping leads to no point")
    x = -b * (1 + alpha + alpha * alpha) * pow(denominator, -1, prime) % prime
    right_side = (pow(x, 3, prime) + a * x + b) % prime
    root = pow(right_side, prime - 1 - (prime + 1) // 4, prime)
    if root * root * right_side % prime == 1:
        return x, root * right_side % prime
    return alpha * x % prime, root * pow(number, 3, prime) * right_side % prime
