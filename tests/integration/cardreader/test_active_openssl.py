"""Active authentication against the openssl program: it makes the keys and the signatures.

For RSA, openssl exponentiates a block that the test lays out (raw RSA, no padding); for curves, its
`dgst -sign` is the chip. Keys come named and with every parameter of their curve spelled out.
"""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from cardreader.proof.active import verify_active
from cardreader.proof.reasons import Check, Reason
from tests.unit.cardreader.chip_side import dg15, plain
from tests.unit.cardreader.recovering_signer import RecoveringSigner

NONCE = bytes.fromhex("0123456789ABCDEF")
PASSED, WRONG = Check("passed"), Check("failed", Reason.ACTIVE_SIGNATURE_WRONG)
ORDER_BYTES = {
    "prime192v1": 24,
    "secp224r1": 28,
    "prime256v1": 32,
    "secp384r1": 48,
    "secp521r1": 66,
    "brainpoolP192r1": 24,
    "brainpoolP224r1": 28,
    "brainpoolP256r1": 32,
    "brainpoolP320r1": 40,
    "brainpoolP384r1": 48,
    "brainpoolP512r1": 64,
}


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


@pytest.mark.parametrize("bits", [1024, 2048, 3072, 4096])
@pytest.mark.parametrize("exponent", [3, 65537])
def test_rsa_of_every_size_passes(tmp_path: Path, bits: int, exponent: int) -> None:
    file = str(tmp_path / "key.pem")
    options = [f"rsa_keygen_bits:{bits}", f"rsa_keygen_pubexp:{exponent}"]
    openssl(
        "genpkey", "-algorithm", "RSA", *(part for o in options for part in ("-pkeyopt", o)), "-out", file
    )
    public = openssl("pkey", "-in", file, "-pubout", "-outform", "DER")
    key = load_der_public_key(public)
    assert isinstance(key, RSAPublicKey)
    raw = ["pkeyutl", "-decrypt", "-inkey", file, "-pkeyopt", "rsa_padding_mode:none"]
    signer = RecoveringSigner(key.public_numbers().n, lambda block: openssl(*raw, given=block))
    for digest, trailer in (("sha1", "BC"), ("sha256", "34CC"), ("sha512", "35CC")):
        signature = signer.partial(NONCE, digest=digest, trailer=trailer)
        assert verify_active(dg15(public), NONCE, signature) == PASSED
        assert verify_active(dg15(public), bytes(8), signature) == WRONG


@pytest.mark.parametrize("curve", ORDER_BYTES)
@pytest.mark.parametrize("encoding", ["named_curve", "explicit"])
def test_every_curve_passes_with_every_hash(tmp_path: Path, curve: str, encoding: str) -> None:
    file = str(tmp_path / "key.pem")
    openssl("ecparam", "-name", curve, "-genkey", "-noout", "-param_enc", encoding, "-out", file)
    key = dg15(openssl("pkey", "-in", file, "-pubout", "-outform", "DER"))
    for digest in ("sha1", "sha224", "sha256", "sha384", "sha512"):
        signature = openssl("dgst", f"-{digest}", "-sign", file, given=NONCE)
        assert verify_active(key, NONCE, signature) == PASSED
        assert verify_active(key, NONCE, plain(signature, ORDER_BYTES[curve])) == PASSED
        assert verify_active(key, bytes(8), signature) == WRONG
