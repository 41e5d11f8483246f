"""Chip authentication against the openssl program: it makes the chip's key and agrees on the secret.

The protected answer comes from the chip of the unit tests, which shares no code with the verifier.
"""

import secrets
from pathlib import Path

import pytest

from cardreader.lds.tlv import read_all, write_tlv
from cardreader.proof.chip import ChipExamination
from cardreader.proof.reasons import Check
from tests.integration.cardreader.test_active_openssl import ORDER_BYTES, openssl
from tests.unit.cardreader.chip_side import (
    AES_128,
    AES_256,
    DH,
    DH_KEY,
    ECDH,
    ECDH_KEY,
    TRIPLE_DES,
    AnsweringChip,
    der_number,
    dg14,
    key_info,
    protocol_info,
)
from tests.unit.cardreader.people import DG1

CIPHERS = (TRIPLE_DES, AES_128, AES_256)


def public_of(file: Path) -> bytes:
    return openssl("pkey", "-in", str(file), "-pubout", "-outform", "DER")


def agreed(file: Path, theirs: bytes) -> bytes:
    """Return the secret of the chip's key and the other side's bit string, which takes its algorithm."""
    algorithm = read_all(read_all(public_of(file))[0][1])[0]
    peer = file.with_suffix(".der")
    peer.write_bytes(write_tlv(0x30, write_tlv(*algorithm) + write_tlv(0x03, b"\x00" + theirs)))
    return openssl("pkeyutl", "-derive", "-inkey", str(file), "-peerform", "DER", "-peerkey", str(peer))


@pytest.mark.parametrize("curve", ORDER_BYTES)
@pytest.mark.parametrize("encoding", ["named_curve", "explicit"])
def test_the_chip_passes_on_every_curve(tmp_path: Path, curve: str, encoding: str) -> None:
    key = tmp_path / "key.pem"
    openssl("ecparam", "-name", curve, "-genkey", "-noout", "-param_enc", encoding, "-out", str(key))
    for cipher in CIPHERS:
        file = dg14(protocol_info(ECDH + cipher), key_info(ECDH_KEY, public_of(key)))
        examination = ChipExamination.begin(file, random_bytes=secrets.token_bytes)
        shared = agreed(key, examination.question.public_key)
        answer = AnsweringChip(shared, cipher, DG1).answer(examination.question.command)
        assert examination.verify(answer, dg1=DG1, dg14=file) == Check("passed")


@pytest.mark.parametrize(
    ("algorithm", "group"),
    [
        pytest.param("DHX", "dh_1024_160", id="RFC 5114, 1024 bits, X9.42"),
        pytest.param("DHX", "dh_2048_224", id="RFC 5114, 2048 and 224 bits, X9.42"),
        pytest.param("DHX", "dh_2048_256", id="RFC 5114, 2048 and 256 bits, X9.42"),
        pytest.param("DH", "modp_1536", id="RFC 3526, 1536 bits, PKCS 3"),
        pytest.param("DH", "ffdhe2048", id="RFC 7919, 2048 bits, PKCS 3"),
        pytest.param("DH", "ffdhe4096", id="RFC 7919, 4096 bits, PKCS 3"),
    ],
)
def test_the_chip_passes_in_every_field(tmp_path: Path, algorithm: str, group: str) -> None:
    key = tmp_path / "key.pem"
    openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", f"group:{group}", "-out", str(key))
    for cipher in CIPHERS:
        file = dg14(protocol_info(DH + cipher), key_info(DH_KEY, public_of(key)))
        examination = ChipExamination.begin(file, random_bytes=secrets.token_bytes)
        ours = examination.question.public_key
        shared = agreed(key, der_number(int.from_bytes(ours, "big"))).rjust(len(ours), b"\x00")
        answer = AnsweringChip(shared, cipher, DG1).answer(examination.question.command)
        assert examination.verify(answer, dg1=DG1, dg14=file) == Check("passed")
