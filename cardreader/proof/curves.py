"""The curves of Doc 9303-12 §4.4.2, and which of them an elliptic key lies on (RFC 5480, BSI TR-03111 §4.2).

A key may spell its curve out instead of naming it. Then every parameter is compared with the
standard curve: field, both coefficients, generator, order and cofactor. A key with the order of
a known curve but a generator of its own could be made to fit anybody's public point
(CVE-2020-0601), so it is refused. What is computed with is always the standard curve.
"""

from typing import Any

from asn1crypto import core
from ecdsa.ellipticcurve import AbstractPoint
from ecdsa.errors import MalformedPointError

from cardreader.proof.reasons import NotProven, Reason
from cardreader.session import curves

# What certificates and keys call the curves that chips number (Doc 9303-11 §9.5.1).
NUMBERS = {
    "secp192r1": 8,
    "brainpoolp192r1": 9,
    "secp224r1": 10,
    "brainpoolp224r1": 11,
    "secp256r1": 12,
    "brainpoolp256r1": 13,
    "brainpoolp320r1": 14,
    "secp384r1": 15,
    "brainpoolp384r1": 16,
    "brainpoolp512r1": 17,
    "secp521r1": 18,
}
CURVES: dict[str, Any] = {name: curves.CURVES[number] for name, number in NUMBERS.items()}

_POINT_ENCODINGS = ("uncompressed", "compressed", "hybrid")
_BY_ORDER = {int(curve.order): name for name, curve in CURVES.items()}


def curve_of(info: Any) -> str:
    """Return the name, a key of CURVES, of the curve that a parsed PublicKeyInfo lies on.

    asn1crypto parses as it goes: call this inside `malformed_asn1`.

    Raises NotProven: ALGORITHM_REFUSED, it is no elliptic key or on no curve of the standard.
    """
    if info.algorithm != "ec":
        raise NotProven(Reason.ALGORITHM_REFUSED)
    parameters = info["algorithm"]["parameters"]
    if parameters.name == "specified":
        return _spelled_out(parameters.chosen)
    if parameters.name != "named" or (name := str(parameters.native)) not in CURVES:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    return name


def _spelled_out(domain: Any) -> str:
    """Return the curve that has all of these parameters; a seed or hash beside them says nothing more."""
    name = _BY_ORDER.get(domain["order"].native)
    if name is None or domain["field_id"]["field_type"].native != "prime_field":
        raise NotProven(Reason.ALGORITHM_REFUSED)
    curve = CURVES[name].curve
    prime = int(curve.p())
    field = domain["field_id"]["parameters"]
    cofactor = domain["cofactor"]
    same = (
        field.native == prime
        and _element(domain["curve"]["a"]) == int(curve.a()) % prime
        and _element(domain["curve"]["b"]) == int(curve.b()) % prime
        and _point(domain["base"].native, curve) == _generator(CURVES[name])
        and (isinstance(cofactor, core.Void) or cofactor.native == 1)
    )
    if not same:
        raise NotProven(Reason.ALGORITHM_REFUSED)
    return name


def _element(octets: Any) -> int:
    return int.from_bytes(octets.native, "big")


def _point(encoded: bytes, curve: Any) -> tuple[int, int] | None:
    """Return the affine coordinates of any encoding of X9.62, None for no point of this curve."""
    try:
        x, y = AbstractPoint.from_bytes(curve, encoded, valid_encodings=_POINT_ENCODINGS)
    except MalformedPointError:
        return None
    return int(x), int(y)


def _generator(curve: Any) -> tuple[int, int]:
    affine = curve.generator.to_affine()
    return int(affine.x()), int(affine.y())
