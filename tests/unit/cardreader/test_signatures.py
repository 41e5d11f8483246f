"""Which signature algorithms are not accepted, whatever the key."""

import hashlib

import ecdsa
import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ecdsa.util import sigencode_der

from cardreader.errors import MalformedData
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.signatures import verify_signature

KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)

# Nobody's key: an odd number of 2048 bits is all that a verifier can tell of a modulus.
RSA_KEY = (
    rsa.RSAPublicNumbers(65537, 2**2048 - 1)
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)


def algorithm(name: str) -> bytes:
    return bytes(algos.SignedDigestAlgorithm({"algorithm": name}).dump())


@pytest.mark.parametrize("name", ["sha1_ecdsa", "sha1_rsa", "md5_rsa", "sha256_dsa", "ed25519", "sha256_rsa"])
def test_an_algorithm_that_is_weak_unknown_or_not_the_keys_is_refused(name: str) -> None:
    with pytest.raises(NotProven) as caught:
        verify_signature(KEY, b"message", b"signature", algorithm=algorithm(name), digest="sha256")
    assert caught.value.reason == Reason.ALGORITHM_REFUSED


def salted(length: int) -> bytes:
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": length,
    }
    return bytes(algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters}).dump())


@pytest.mark.parametrize("length", [-1, 1025, 2**31 - 1, 2**31, 2**63, 2**64, 2**200], ids=hex)
def test_a_salt_longer_than_any_key_is_refused_whatever_its_size(length: int) -> None:
    with pytest.raises(NotProven) as caught:
        verify_signature(RSA_KEY, b"message", b"\x01" * 256, algorithm=salted(length))
    assert caught.value.reason == Reason.ALGORITHM_REFUSED


@pytest.mark.parametrize("length", [0, 32, 1024])
def test_a_salt_that_a_key_could_hold_is_only_a_wrong_signature(length: int) -> None:
    with pytest.raises(NotProven) as caught:
        verify_signature(RSA_KEY, b"message", b"\x01" * 256, algorithm=salted(length))
    assert caught.value.reason == Reason.SIGNATURE_INVALID


@pytest.mark.parametrize("changed", ["mask", "trailer"])
def test_another_mask_or_trailer_than_the_standards_is_refused(changed: str) -> None:
    parameters = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": 32,
        "trailer_field": 2 if changed == "trailer" else 1,
    }
    scheme = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters}).dump()
    if changed == "mask":
        mgf1 = bytes.fromhex("2A864886F70D010108")
        assert mgf1 in scheme
        scheme = scheme.replace(mgf1, mgf1[:-1] + b"\x7f")
    with pytest.raises(NotProven) as caught:
        verify_signature(RSA_KEY, b"message", b"\x01" * 256, algorithm=scheme)
    assert caught.value.reason == Reason.ALGORITHM_REFUSED


def test_a_signature_that_is_none_is_invalid() -> None:
    with pytest.raises(NotProven) as caught:
        verify_signature(KEY, b"message", b"signature", algorithm=algorithm("sha256_ecdsa"))
    assert caught.value.reason == Reason.SIGNATURE_INVALID


@pytest.mark.parametrize(
    ("key", "scheme"), [(b"", algorithm("sha256_ecdsa")), (KEY, b"\x30\x00"), (KEY[:-1], b"")]
)
def test_what_is_no_key_or_algorithm_is_malformed(key: bytes, scheme: bytes) -> None:
    with pytest.raises(MalformedData):
        verify_signature(key, b"message", b"signature", algorithm=scheme)


@pytest.mark.parametrize(
    "curve",
    [ecdsa.BRAINPOOLP192r1, ecdsa.BRAINPOOLP224r1, ecdsa.BRAINPOOLP320r1],
    ids=lambda curve: curve.name,
)
def test_a_signature_that_leads_to_the_point_at_infinity_is_wrong(curve: ecdsa.curves.Curve) -> None:
    """Whoever has the private key d can choose r = -e/d: then e/s G + r/s Q is no point (SEC 1 §4.1.4)."""
    key = ecdsa.SigningKey.generate(curve)
    order, secret = int(curve.order), int(key.privkey.secret_multiplier)
    digest = int.from_bytes(hashlib.sha256(b"message").digest(), "big") >> max(0, 256 - order.bit_length())
    signature = sigencode_der(-digest * pow(secret, -1, order) % order, 5, order)
    with pytest.raises(NotProven) as caught:
        verify_signature(
            key.verifying_key.to_der(), b"message", signature, algorithm=algorithm("sha256_ecdsa")
        )
    assert caught.value.reason == Reason.SIGNATURE_INVALID
