"""Chip authentication: the chip's side is written apart, with `cryptography` alone (chip_side.py)."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.proof.chip import ChipExamination
from cardreader.proof.reasons import Check
from tests.unit.cardreader.chip_side import (
    AES_128,
    AES_192,
    AES_256,
    ECDH,
    ECDH_KEY,
    TRIPLE_DES,
    AnsweringChip,
    dg14,
    key_info,
    protocol_info,
    public_der,
)
from tests.unit.cardreader.people import DG1


@pytest.mark.parametrize("cipher", [TRIPLE_DES, AES_128, AES_192, AES_256])
def test_the_chip_with_the_key_passes(cipher: bytes) -> None:
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    file = dg14(protocol_info(ECDH + cipher), key_info(ECDH_KEY, public_der(key)))
    examination = ChipExamination.begin(file, random_bytes=secrets.token_bytes)
    chip = AnsweringChip.on_curve(key, examination.question.public_key, cipher, DG1)
    answer = chip.answer(examination.question.command)
    assert examination.verify(answer, dg1=DG1, dg14=file) == Check("passed")
