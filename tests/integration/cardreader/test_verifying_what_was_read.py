"""`tiepdon-card verify` on the evidence of real readings: the reader wrote it, the emulator is the card."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cardreader.access.keys import AccessKeys
from cardreader.cli import main
from cardreader.emulator.catalog import HABITS
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.tampering import Forgery, tampered
from cardreader.proof.trust import TrustStore
from cardreader.reading import CardReading, read_card
from tests.integration.cardreader.conftest import NOW

CITIZEN = SAMPLES["mau-thu"]


def reading_of(card: IssuedCard, trust: TrustStore) -> CardReading:
    keys = AccessKeys.from_can(CITIZEN.id_number[-6:])
    return read_card(LocalCard(Chip(card)), keys, trust=trust, now=NOW)


def verify(folder: Path, authority: TrainingAuthority, reading: CardReading, *, nonce: bytes) -> Result:
    (folder / "csca.cer").write_bytes(authority.csca)
    file = folder / "evidence.json"
    file.write_text(json.dumps(reading.evidence.to_json()), encoding="utf-8")
    options = ["--trust", str(folder), "--training", "--at", NOW.isoformat(), "--json"]
    return CliRunner().invoke(main, ["verify", str(file), "--nonce", nonce.hex(), *options])


@pytest.mark.parametrize("habit", ["usual", "aa-rsa1024", "aa-rsa2048-sha256", "aa-ecdsa-bp512", "no-dg13"])
def test_what_a_genuine_chip_answered_is_proven_again_over_its_nonce_only(
    tmp_path: Path, authority: TrainingAuthority, trust: TrustStore, habit: str
) -> None:
    reading = reading_of(authority.issue(CITIZEN, habits=HABITS[habit]), trust)
    assert reading.nonce is not None
    result = verify(tmp_path, authority, reading, nonce=reading.nonce)
    assert (result.exit_code, json.loads(result.stdout)["level"]) == (0, "chip-proven")
    assert verify(tmp_path, authority, reading, nonce=bytes(8)).exit_code == 5


@pytest.mark.parametrize(
    ("forgery", "code"),
    [
        ("clone", "proof.active-signature-wrong"),
        ("aa-replayed", "proof.active-signature-wrong"),
        ("aa-garbage", "proof.active-signature-wrong"),
        ("aa-refused", "proof.active-unanswered"),
        ("aa-empty", "proof.active-unanswered"),
        ("dg1", "proof.group-changed"),
        ("dg15", "proof.group-changed"),
        ("sod", "proof.signature-invalid"),
        ("sod-stranger", "proof.authority-unknown"),
    ],
)
def test_what_a_forged_card_answered_is_refused_again(
    tmp_path: Path, authority: TrainingAuthority, trust: TrustStore, forgery: Forgery, code: str
) -> None:
    reading = reading_of(tampered(authority.issue(CITIZEN), CITIZEN, forgery), trust)
    result = verify(tmp_path, authority, reading, nonce=reading.nonce or bytes(8))
    assert result.exit_code == 5
    assert f"[{code}]" in result.stderr
