"""The chip's RSA signatures, undone by plain arithmetic; those of ECDSA are tested beside OpenSSL."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cardreader.emulator.keys import RsaKey
from cardreader.emulator.offers import RsaOffer

NONCE = bytes.fromhex("F173589974BF40C6")
TRAILERS = {"sha1": "33cc", "sha224": "38cc", "sha256": "34cc", "sha384": "36cc", "sha512": "35cc"}


@pytest.fixture(scope="session")
def rsa_keys() -> dict[int, rsa.RSAPrivateKey]:
    return {bits: rsa.generate_private_key(65537, bits) for bits in (1024, 2048)}


@pytest.mark.parametrize("bits", [1024, 2048])
@pytest.mark.parametrize("named", [False, True], ids=["BC", "hash named"])
@pytest.mark.parametrize("digest", TRAILERS)
def test_the_chips_rsa_recovers_to_a_message_that_ends_in_the_nonce(
    rsa_keys: dict[int, rsa.RSAPrivateKey], digest: str, named: bool, bits: int
) -> None:
    key = RsaKey(RsaOffer(bits, digest, named), rsa_keys[bits])
    signature = key.sign(NONCE, lambda length: b"\x5a" * length)
    numbers = rsa_keys[bits].public_key().public_numbers()
    recovered = pow(int.from_bytes(signature), numbers.e, numbers.n).to_bytes(bits // 8)
    trailer = TRAILERS[digest] if named else "bc"
    assert (recovered[0], recovered.hex().endswith(trailer)) == (0x6A, True)
    body = recovered[1 : -len(bytes.fromhex(trailer))]
    size = hashlib.new(digest).digest_size
    assert body[-size:] == hashlib.new(digest, body[:-size] + NONCE).digest()


def test_the_smaller_of_two_signatures_is_the_first_or_its_negative(
    rsa_keys: dict[int, rsa.RSAPrivateKey],
) -> None:
    usual, smaller = (RsaKey(RsaOffer(smaller=smaller), rsa_keys[1024]) for smaller in (False, True))
    modulus = rsa_keys[1024].public_key().public_numbers().n
    signed = int.from_bytes(usual.sign(NONCE, lambda length: b"\x5a" * length))
    halved = int.from_bytes(smaller.sign(NONCE, lambda length: b"\x5a" * length))
    assert halved in (signed, modulus - signed)
    assert halved <= modulus // 2


def test_what_is_signed_is_laid_out_as_in_appendix_f(
    vectors: dict[str, Any], rsa_keys: dict[int, rsa.RSAPrivateKey]
) -> None:
    example = vectors["active_auth_F"]
    message = bytes.fromhex(example["F"])
    recoverable = message[1:-21]
    key = RsaKey(RsaOffer(1024, "sha1"), rsa_keys[1024])
    assert key.representative(bytes.fromhex(example["rnd_ifd"]), lambda _: recoverable) == message
