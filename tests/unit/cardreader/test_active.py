"""Active authentication: what a chip's signature over our nonce must be."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.proof.active import verify_active
from cardreader.proof.reasons import Check, Reason
from tests.unit.cardreader.chip_side import dg15, plain, public_der

NONCE = bytes.fromhex("0123456789ABCDEF")
KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("form", ["plain", "DER"])
def test_a_curve_signature_over_the_nonce_passes(form: str) -> None:
    signature = KEY.sign(NONCE, ec.ECDSA(hashes.SHA256()))
    answer = plain(signature, 32) if form == "plain" else signature
    file = dg15(public_der(KEY))
    assert verify_active(file, NONCE, answer) == Check("passed")
    assert verify_active(file, bytes(8), answer) == Check("failed", Reason.ACTIVE_SIGNATURE_WRONG)
