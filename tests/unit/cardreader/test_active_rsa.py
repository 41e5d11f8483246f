"""Active authentication with RSA: what opens into exactly one right form passes, and nothing else.

The signer is written apart (recovering_signer.py); the opened block of the first test is ICAO's own.
"""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ed25519, rsa

from cardreader.lds.tlv import write_tlv
from cardreader.proof.active import verify_active
from cardreader.proof.reasons import Check, Reason
from tests.unit.cardreader.chip_side import der_number, dg15, public_der
from tests.unit.cardreader.recovering_signer import TRAILERS, RecoveringSigner
from tests.unit.cardreader.vectors import VECTORS

NONCE = bytes.fromhex("0123456789ABCDEF")
WRONG = Check("failed", Reason.ACTIVE_SIGNATURE_WRONG)
REFUSED = Check("failed", Reason.ACTIVE_KEY_REFUSED)


@pytest.fixture(scope="session")
def signer() -> RecoveringSigner:
    return RecoveringSigner.of(rsa.generate_private_key(65537, 1024))


def verify(signer: RecoveringSigner, signature: bytes, nonce: bytes = NONCE) -> Check:
    return verify_active(numbered(signer.modulus, 65537), nonce, signature)


def numbered(modulus: int, exponent: int) -> bytes:
    """Return a DG15 with these numbers, whether they make a key or not (RFC 3279 §2.3.1)."""
    key = write_tlv(0x30, der_number(modulus) + der_number(exponent))
    algorithm = write_tlv(0x30, bytes.fromhex("06092A864886F70D0101010500"))
    return dg15(write_tlv(0x30, algorithm + write_tlv(0x03, b"\x00" + key)))


def test_the_block_of_icaos_worked_example_passes_over_its_nonce_only(signer: RecoveringSigner) -> None:
    """Doc 9303-11 appendix F: the example gives the opened block F and RND.IFD; the key is ours."""
    example = VECTORS["active_auth_F"]
    signature, nonce = signer.raw(bytes.fromhex(example["F"])), bytes.fromhex(example["rnd_ifd"])
    assert verify(signer, signature, nonce) == Check("passed")
    assert verify(signer, signature, NONCE) == WRONG


@pytest.mark.parametrize("bits", [1024, 1536, 2048])
def test_keys_of_several_sizes_pass(bits: int) -> None:
    signer = RecoveringSigner.of(rsa.generate_private_key(65537, bits))
    assert verify(signer, signer.partial(NONCE)) == Check("passed")
    assert verify(signer, signer.partial(NONCE, digest="sha256", trailer="34CC")) == Check("passed")


@pytest.mark.parametrize(("digest", "trailer"), [("sha1", "BC"), *TRAILERS.items()])
def test_every_trailer_passes_with_its_hash_in_both_forms(
    signer: RecoveringSigner, digest: str, trailer: str
) -> None:
    for signature in (
        signer.partial(NONCE, digest=digest, trailer=trailer),
        signer.total(b"the chip's" + NONCE, digest=digest, trailer=trailer),
    ):
        assert verify(signer, signature) == Check("passed")
        assert verify(signer, signer.other_root(signature)) == Check("passed")
        assert verify(signer, signature, bytes(8)) == WRONG


def test_a_message_that_exactly_fits_needs_no_padding(signer: RecoveringSigner) -> None:
    message = bytes(signer.size - 1 - 20 - 1 - 8) + NONCE
    assert verify(signer, signer.total(message, padding=b"\x4a")) == Check("passed")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda s: s.partial(NONCE, header=0x6B), id="padding where the message goes on"),
        pytest.param(lambda s: s.partial(NONCE, header=0x4A), id="says that all is inside"),
        pytest.param(lambda s: s.partial(NONCE, header=0x7A), id="header 7"),
        pytest.param(lambda s: s.partial(NONCE, header=0x2A), id="header 2"),
        pytest.param(lambda s: s.partial(NONCE, header=0x0A), id="header 0"),
        pytest.param(lambda s: s.partial(NONCE, header=0x60), id="padding nibble 0"),
        pytest.param(lambda s: s.partial(NONCE, digest="sha256"), id="trailer of another hash"),
        pytest.param(lambda s: s.partial(NONCE, digest="sha1", trailer="34CC"), id="hash of another trailer"),
        pytest.param(lambda s: s.partial(NONCE, trailer="31CC"), id="a hash that is not accepted"),
        pytest.param(lambda s: s.partial(NONCE, trailer="BD"), id="trailer BD"),
        pytest.param(lambda s: s.partial(NONCE, trailer="AC"), id="trailer AC"),
        pytest.param(lambda s: s.partial(NONCE + b"\x00"), id="a longer nonce"),
        pytest.param(lambda s: s.partial(b""), id="no nonce"),
        pytest.param(lambda s: s.total(NONCE), id="the nonce alone, nothing of the chip's"),
        pytest.param(lambda s: s.total(NONCE + b"\x00"), id="the nonce not at the end"),
        pytest.param(lambda s: s.total(b"another message"), id="another message"),
        pytest.param(
            lambda s: s.total(b"x" + NONCE, padding=b"\x4b" + b"\xbb" * 95 + b"\xbb\xaa"), id="padding AA"
        ),
        pytest.param(
            lambda s: s.total(b"x" + NONCE, padding=b"\x4b" + b"\xbb" * 95 + b"\x00\xba"), id="a hole in it"
        ),
        pytest.param(lambda s: s.total(b"x" + NONCE, padding=b"\x4b" + b"\xbb" * 97), id="endless padding"),
        pytest.param(lambda s: s.partial(NONCE)[:-1], id="a byte short"),
        pytest.param(lambda s: s.partial(NONCE) + b"\x00", id="a byte long"),
        pytest.param(lambda s: b"\x00" + s.partial(NONCE), id="a zero in front"),
        pytest.param(lambda s: b"", id="nothing"),
        pytest.param(lambda s: bytes(s.size), id="zero"),
        pytest.param(lambda s: b"\x00" * (s.size - 1) + b"\x01", id="one"),
        pytest.param(lambda s: s.modulus.to_bytes(s.size, "big"), id="the modulus"),
        pytest.param(lambda s: b"\xff" * s.size, id="more than the modulus"),
    ],
)
def test_any_other_form_is_no_signature(
    signer: RecoveringSigner, make: Callable[[RecoveringSigner], bytes]
) -> None:
    assert verify(signer, make(signer)) == WRONG


def test_a_signature_of_another_key_is_refused(signer: RecoveringSigner) -> None:
    other = RecoveringSigner.of(rsa.generate_private_key(65537, 1024))
    assert verify(other, signer.partial(NONCE)) == WRONG


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: numbered(1 << 1015 | 1, 65537), id="1016 bits"),
        pytest.param(lambda: numbered(1 << 1024 | 1, 65537), id="1025 bits"),
        pytest.param(lambda: numbered(1 << 4103 | 1, 65537), id="4104 bits"),
        pytest.param(lambda: numbered(1 << 1023, 65537), id="an even modulus"),
        pytest.param(lambda: numbered(1 << 1023 | 1, 1), id="exponent 1"),
        pytest.param(lambda: numbered(1 << 1023 | 1, 65536), id="an even exponent"),
        pytest.param(lambda: numbered(1 << 1023 | 1, 1 << 64 | 1), id="an exponent of 65 bits"),
        pytest.param(lambda: numbered(1 << 1023 | 1, -3), id="a negative exponent"),
        pytest.param(lambda: dg15(public_der(ed25519.Ed25519PrivateKey.generate())), id="Ed25519"),
        pytest.param(lambda: dg15(public_der(dsa.generate_private_key(1024))), id="DSA"),
        pytest.param(lambda: b"", id="nothing"),
        pytest.param(lambda: numbered(1 << 1023 | 1, 3) + b"\x00", id="bytes left over"),
        pytest.param(lambda: b"\x6e" + numbered(1 << 1023 | 1, 3)[1:], id="another tag"),
        pytest.param(lambda: dg15(b"\x30\x00"), id="an empty key"),
    ],
)
def test_a_key_that_is_not_accepted_is_said_to_be_the_reason(make: Callable[[], bytes]) -> None:
    assert verify_active(make(), NONCE, bytes(128)) == REFUSED


@pytest.mark.parametrize("nonce", [b"", bytes(7), bytes(9)])
def test_a_nonce_of_another_length_is_the_callers_mistake(signer: RecoveringSigner, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        verify(signer, signer.partial(nonce), nonce)
