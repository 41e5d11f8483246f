"""Points on the standardized curves of PACE (Doc 9303-11 §9.5.1), with `ecdsa` and gmpy2.

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
    """One curve with its standard generator; every point that comes in is checked to lie on it."""

    def __init__(self, parameter_id: int | None) -> None:
        """Take the curve with this number, which must be in CURVES."""
        curve = CURVES[parameter_id]
        base = curve.generator.to_affine()
        self._curve = curve.curve
        self._order = int(curve.order)
        self.generator = PointJacobi(self._curve, base.x(), base.y(), 1, self._order)

    def private_key(self, random_bytes: Callable[[int], bytes]) -> int:
        """Return a number from 1 to the order less one, drawn until one fits."""
        bits = self._order.bit_length()
        while True:
            drawn = int.from_bytes(random_bytes((bits + 7) // 8), "big") >> (-bits % 8)
            if 0 < drawn < self._order:
                return drawn

    def decode(self, encoded: bytes) -> Any:
        """Return the point of an uncompressed encoding.

        Raises MalformedData: another encoding, or not on the curve.
        """
        try:
            x, y = AbstractPoint.from_bytes(self._curve, encoded, valid_encodings=("uncompressed",))
        except MalformedPointError as error:
            raise MalformedData("the card sent something else than a point") from error
        prime = self._curve.p()
        if not (x < prime and y < prime and self._curve.contains_point(x, y)):
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
