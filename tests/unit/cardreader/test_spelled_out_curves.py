"""Keys that spell their curve out: each parameter changed alone, and the keys of unusual curves.

What genuine parameters look like is held against the openssl program in tests/integration/cardreader.
"""

import hashlib
from typing import Any

import ecdsa
import pytest
from asn1crypto import algos, core, keys

from cardreader.errors import MalformedData
from cardreader.lds.tlv import write_tlv
from cardreader.proof.curves import CURVES
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.signatures import verify_signature

ALGORITHM = bytes(algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}).dump())
MESSAGE = b"a message"
CURVE = ecdsa.BRAINPOOLP256r1
KEY = ecdsa.SigningKey.generate(CURVE)
DOUBLE = (CURVE.generator * 2).to_bytes("uncompressed")


def signed(key: ecdsa.SigningKey) -> bytes:
    return bytes(key.sign_deterministic(MESSAGE, hashfunc=hashlib.sha256, sigencode=ecdsa.util.sigencode_der))


def spelled_out(curve: Any = CURVE, point: bytes | None = None, **changes: Any) -> bytes:
    """Return the PublicKeyInfo with the curve's parameters, some of them changed."""
    inner, size = curve.curve, curve.baselen
    given: dict[str, Any] = {
        "p": int(inner.p()),
        "a": int(inner.a() % inner.p()),
        "b": int(inner.b()),
        "base": curve.generator.to_bytes("uncompressed"),
        "order": int(curve.order),
        "cofactor": 1,
    } | changes
    field = {"field_type": "prime_field", "parameters": core.Integer(given["p"])}
    domain: dict[str, Any] = {
        "version": "ecdpVer1",
        "field_id": given.get("field", field),
        "curve": {"a": given["a"].to_bytes(size, "big"), "b": given["b"].to_bytes(size, "big")},
        "base": given["base"],
        "order": given["order"],
    }
    if given["cofactor"] is not None:
        domain["cofactor"] = given["cofactor"]
    parameters = keys.ECDomainParameters("specified", keys.SpecifiedECDomain(domain))
    info = keys.PublicKeyInfo({"algorithm": {"algorithm": "ec", "parameters": parameters}, "public_key": b""})
    info["public_key"] = point or KEY.verifying_key.to_string("uncompressed")
    return bytes(info.dump(force=True))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="all of them"),
        pytest.param({"cofactor": None}, id="no cofactor"),
        pytest.param({"base": CURVE.generator.to_bytes("compressed")}, id="generator compressed"),
        pytest.param({"base": CURVE.generator.to_bytes("hybrid")}, id="generator in hybrid form"),
    ],
)
def test_a_curve_spelled_out_in_full_is_the_standard_one(changes: dict[str, Any]) -> None:
    verify_signature(spelled_out(**changes), MESSAGE, signed(KEY), algorithm=ALGORITHM)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"p": int(CURVE.curve.p()) + 2}, id="another field"),
        pytest.param({"a": int(CURVE.curve.a()) - 1}, id="another coefficient a"),
        pytest.param({"b": int(CURVE.curve.b()) + 1}, id="another coefficient b"),
        pytest.param({"base": DOUBLE}, id="another generator"),
        pytest.param(
            {"base": KEY.verifying_key.to_string("uncompressed")}, id="the key as its own generator"
        ),
        pytest.param({"base": b"\x00"}, id="the point at infinity as generator"),
        pytest.param({"base": DOUBLE[:-1]}, id="a generator cut short"),
        pytest.param({"order": int(CURVE.order) - 2}, id="another order"),
        pytest.param({"order": int(ecdsa.NIST256p.order)}, id="the order of another curve"),
        pytest.param({"cofactor": 2}, id="another cofactor"),
        pytest.param(
            {
                "field": {
                    "field_type": "characteristic_two_field",
                    "parameters": {"m": 255, "basis": "gn_basis", "parameters": core.Null()},
                }
            },
            id="a binary field",
        ),
    ],
)
def test_a_curve_that_differs_in_one_parameter_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotProven) as caught:
        verify_signature(spelled_out(**changes), MESSAGE, signed(KEY), algorithm=ALGORITHM)
    assert caught.value.reason == Reason.ALGORITHM_REFUSED


def test_a_key_made_to_fit_another_ones_point_is_refused() -> None:
    """CVE-2020-0601: with Q as generator the private key of Q is one."""
    point = KEY.verifying_key.to_string("uncompressed")
    forger = ecdsa.SigningKey.from_secret_exponent(1, CURVE)
    with pytest.raises(NotProven) as caught:
        verify_signature(spelled_out(base=point), MESSAGE, signed(forger), algorithm=ALGORITHM)
    assert caught.value.reason == Reason.ALGORITHM_REFUSED


ONLY_IN_ECDSA = pytest.mark.parametrize("name", ["brainpoolp192r1", "brainpoolp224r1", "brainpoolp320r1"])


@ONLY_IN_ECDSA
def test_a_signature_on_an_unusual_curve_passes_and_another_message_does_not(name: str) -> None:
    key = ecdsa.SigningKey.generate(CURVES[name])
    info, signature = key.verifying_key.to_der(), signed(key)
    verify_signature(info, MESSAGE, signature, algorithm=ALGORITHM)
    with pytest.raises(NotProven) as caught:
        verify_signature(info, MESSAGE + b"!", signature, algorithm=ALGORITHM)
    assert caught.value.reason == Reason.SIGNATURE_INVALID


@ONLY_IN_ECDSA
def test_a_key_that_is_no_point_of_an_unusual_curve_is_refused(name: str) -> None:
    off = b"\x04" + bytes(2 * CURVES[name].baselen)
    with pytest.raises(NotProven) as caught:
        verify_signature(spelled_out(CURVES[name], off), MESSAGE, signed(KEY), algorithm=ALGORITHM)
    assert caught.value.reason == Reason.ALGORITHM_REFUSED


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda _: b"", id="nothing"),
        pytest.param(lambda _: b"signature", id="no ASN.1"),
        pytest.param(lambda _: write_tlv(0x30, b""), id="no numbers"),
        pytest.param(lambda _: write_tlv(0x30, b"\x02\x00\x02\x00"), id="empty numbers"),
        pytest.param(lambda _: write_tlv(0x30, b"\x02\x01\x00\x02\x01\x00"), id="zeros"),
        pytest.param(lambda _: write_tlv(0x30, b"\x02\x01\xff\x02\x01\xff"), id="negative numbers"),
        pytest.param(lambda _: write_tlv(0x30, b"\x04\x01\x01\x02\x01\x01"), id="another type"),
        pytest.param(lambda _: write_tlv(0x30, b"\x02\x01\x01" * 3), id="three numbers"),
        pytest.param(lambda good: good + b"\x00", id="bytes left over"),
        pytest.param(lambda good: good[:-1], id="cut"),
    ],
)
def test_a_signature_that_is_none_is_invalid_on_an_unusual_curve(make: Any) -> None:
    key = ecdsa.SigningKey.generate(ecdsa.BRAINPOOLP320r1)
    with pytest.raises(NotProven) as caught:
        verify_signature(key.verifying_key.to_der(), MESSAGE, make(signed(key)), algorithm=ALGORITHM)
    assert caught.value.reason == Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("curve", [ecdsa.SECP256k1, ecdsa.BRAINPOOLP160r1, ecdsa.BRAINPOOLP256t1])
def test_a_curve_outside_the_standard_is_refused(curve: Any) -> None:
    key = ecdsa.SigningKey.generate(curve)
    for info in (key.verifying_key.to_der(), key.verifying_key.to_der(curve_parameters_encoding="explicit")):
        with pytest.raises((NotProven, MalformedData)):
            verify_signature(info, MESSAGE, signed(key), algorithm=ALGORITHM)
