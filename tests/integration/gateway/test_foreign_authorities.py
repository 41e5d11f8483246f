"""An authority of another country, pinned beside this one's, speaks for nobody here."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.app import create_app
from tests.integration.gateway.world import MOTHER, NOW, World
from tests.unit.cardreader.chip_side import dg15, plain, public_der
from tests.unit.cardreader.issuing import YEAR, certify, listing, security_object
from tests.unit.cardreader.people import dg1, dg13, zone

VALID = (NOW - timedelta(days=1), NOW + YEAR)
FOREIGN = certify("Another state's CSCA", country="UT", valid=VALID)
SIGNER = certify("Another state's DS", by=FOREIGN, country="UT", valid=VALID)
CHIP = ec.generate_private_key(ec.SECP256R1())
OURS = zone(MOTHER)
DETAILS = dg13(n1=MOTHER, n2="NGUYỄN THỊ MẪU THỬ", n3="12/04/1995")


def proven_by_its_chip(text: str, nonce: bytes) -> dict[str, Any]:
    """Return evidence of a card that the foreign authority issued with this zone, and whose chip signed."""
    files = {1: dg1(text), 13: DETAILS, 15: dg15(public_der(CHIP))}
    raw = {str(number): _base64(file) for number, file in files.items()}
    signature = plain(CHIP.sign(nonce, ec.ECDSA(hashes.SHA256())), 32)
    return {
        "security_object": _base64(security_object(listing(files), SIGNER)),
        "data_groups": raw,
        "active_signature": _base64(signature),
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param(OURS, "proof.country-differs", id="a card of ours"),
        pytest.param(OURS.replace("IDVNM", "IDUTO"), "card.not-an-id-card", id="their card, our DG13"),
    ],
)
def test_a_foreign_authority_vouches_for_no_number_of_ours(world: World, text: str, code: str) -> None:
    folder = world.app.extensions["gateway"].settings.trust_dir
    (folder / f"{hashlib.sha256(FOREIGN.der).hexdigest()}.cer").write_bytes(FOREIGN.der)
    world.database.dispose()
    world.app = create_app(world.app.extensions["gateway"].settings, now=world.clock)
    challenge = world.challenge()
    sent = proven_by_its_chip(text, base64.b64decode(challenge["nonce"]))
    answer = world.state("desk", world.stated(world.card(), challenge, evidence=sent, legal_basis="any"))
    assert (answer.status_code, answer.json.get("code")) == (422, code)
    world.database.dispose()
