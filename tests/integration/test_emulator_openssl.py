"""Every kind of document signer and of ECDSA key that the emulator has, verified by the `openssl` command."""

from datetime import UTC, datetime
from hashlib import sha512
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.keys import generate_active_key
from cardreader.emulator.offers import EcdsaOffer
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.signing import SigningChoice
from tests.unit.emulator.openssl import verified_by_openssl, verified_signature

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITIZEN = SAMPLES["mau-thu"]
NONCE = bytes.fromhex("F173589974BF40C6")

OPENSSL_CHOICES = [
    *(SigningChoice("RSA", digest) for digest in ("sha1", "sha224", "sha256", "sha384", "sha512")),
    *(SigningChoice("RSA-PSS", digest) for digest in ("sha1", "sha256", "sha384", "sha512")),
    SigningChoice("RSA", "sha256", bare=True),
    *(
        SigningChoice("ECDSA", "sha256", parameter_id)
        for parameter_id in (8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
    ),
    *(SigningChoice("ECDSA", digest, 17) for digest in ("sha1", "sha224", "sha384", "sha512")),
]


@pytest.mark.parametrize("by_key_id", [False, True], ids=["named", "by key"])
@pytest.mark.parametrize(
    "choice", OPENSSL_CHOICES, ids=lambda c: f"{c.kind}-{c.digest}-{c.parameter_id}-{c.explicit}-{c.bare}"
)
def test_openssl_verifies_what_any_kind_of_document_signer_signed(
    authority: TrainingAuthority, tmp_path: Path, choice: SigningChoice, by_key_id: bool
) -> None:
    habits = Habits(signer=choice, group_digest="sha512", signer_by_key_id=by_key_id)
    card = authority.issue(CITIZEN, habits=habits)
    content = verified_by_openssl(card, authority, tmp_path)
    assert content is not None
    assert sha512(card.files[1]).digest() in content


@pytest.mark.parametrize(
    "choice", [SigningChoice("RSA-PSS", "sha512", bits=3072), SigningChoice(parameter_id=16)]
)
def test_openssl_accepts_an_authority_of_another_kind(tmp_path: Path, choice: SigningChoice) -> None:
    other = TrainingAuthority.create(now=NOW, name="Other", choice=choice)
    assert verified_by_openssl(other.issue(CITIZEN), other, tmp_path) is not None


def test_two_authorities_do_not_vouch_for_each_other(authority: TrainingAuthority, tmp_path: Path) -> None:
    other = TrainingAuthority.create(now=NOW)
    assert verified_by_openssl(other.issue(CITIZEN), authority, tmp_path) is None


@pytest.mark.parametrize("parameter_id", [12, 13], ids=["P-256", "brainpoolP256r1"])
def test_openssl_verifies_a_signer_that_spells_its_curve_out(
    authority: TrainingAuthority, tmp_path: Path, parameter_id: int
) -> None:
    choice = SigningChoice(parameter_id=parameter_id, explicit=True)
    card = authority.issue(CITIZEN, habits=Habits(signer=choice))
    # OpenSSL takes no chain with such a key, so this is about the signature and not about the chain.
    assert verified_by_openssl(card, authority, tmp_path) is None
    assert verified_by_openssl(card, authority, tmp_path, "-noverify") is not None


@pytest.fixture(scope="module")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=NOW)


@pytest.mark.parametrize("explicit", [False, True], ids=["named curve", "explicit curve"])
@pytest.mark.parametrize("der", [False, True], ids=["plain", "DER"])
@pytest.mark.parametrize(
    ("parameter_id", "digest"),
    [(10, "sha224"), (12, "sha256"), (13, "sha256"), (13, "sha1"), (17, "sha512"), (18, "sha384")],
)
def test_openssl_verifies_the_chips_ecdsa(
    tmp_path: Path, parameter_id: int, digest: str, der: bool, explicit: bool
) -> None:
    key = generate_active_key(EcdsaOffer(parameter_id, digest, der, explicit=explicit))
    signature = key.sign(NONCE, bytes)
    if not der:
        half = len(signature) // 2
        signature = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    assert verified_signature(key.public_key_info(), signature, NONCE, digest, tmp_path)
    other = generate_active_key(EcdsaOffer(parameter_id, digest, der, explicit=explicit))
    assert not verified_signature(other.public_key_info(), signature, NONCE, digest, tmp_path)
