"""`tiepdon-card read --face` and `--trace`, over the real pcscd."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from cardreader.access.keys import AccessKeys
from cardreader.cli import main
from cardreader.commands.face import save_face
from cardreader.emulator.catalog import HABITS
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.pcscd import ReaderSlot
from cardreader.emulator.samples import SAMPLES
from cardreader.errors import CardError, FaceAbsent
from cardreader.proof.evidence import Evidence
from cardreader.proof.trust import TrustStore
from cardreader.reading import read_card
from tests.integration.cardreader.conftest import NOW
from tests.unit.cardreader.faces import dg2

MAU_THU = SAMPLES["mau-thu"]
FACE_FILE = 2


@pytest.fixture
def card(authority: TrainingAuthority) -> IssuedCard:
    return authority.issue(MAU_THU)


@pytest.fixture
def trust_directory(authority: TrainingAuthority, tmp_path: Path) -> Path:
    (tmp_path / "trust").mkdir()
    (tmp_path / "trust" / "csca.cer").write_bytes(authority.csca)
    return tmp_path / "trust"


def read(slot: ReaderSlot, trust: Path, *options: str) -> Result:
    given = ["--reader", slot.reader_name, "--number", MAU_THU.id_number, "--trust", str(trust), "--training"]
    return CliRunner().invoke(main, ["read", *given, "--json", *options])


@pytest.mark.pcscd
def test_the_face_of_a_genuine_card_is_written_for_this_user_alone(
    virtual_reader: ReaderSlot, card: IssuedCard, trust_directory: Path, tmp_path: Path
) -> None:
    virtual_reader.insert(Chip(card))
    file = tmp_path / "face.png"
    result = read(virtual_reader, trust_directory, "--face", str(file))
    assert (result.exit_code, result.stderr) == (0, f"Đã ghi vào · written to {file}\n")
    with Image.open(file) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (300, 400))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"trust", "face.png"}


@pytest.mark.pcscd
def test_a_face_that_the_issuer_did_not_sign_is_never_written(
    virtual_reader: ReaderSlot, card: IssuedCard, trust_directory: Path, tmp_path: Path
) -> None:
    changed = bytearray(card.files[FACE_FILE])
    changed[-40] ^= 1
    virtual_reader.insert(Chip(replace(card, files={**card.files, FACE_FILE: bytes(changed)})))
    file = tmp_path / "face.png"
    result = read(virtual_reader, trust_directory, "--face", str(file))
    assert result.exit_code == 5
    assert "[proof.group-changed]" in result.stderr
    assert not file.exists()


@pytest.mark.pcscd
def test_the_evidence_comes_with_the_nonce_and_for_this_user_alone(
    virtual_reader: ReaderSlot, card: IssuedCard, trust_directory: Path, tmp_path: Path
) -> None:
    virtual_reader.insert(Chip(card))
    file = tmp_path / "evidence.json"
    result = read(virtual_reader, trust_directory, "--evidence", str(file))
    assert (result.exit_code, result.stderr) == (0, f"Đã ghi vào · written to {file}\n")
    written = json.loads(file.read_text())
    assert written["nonce"] == json.loads(result.stdout)["nonce"]
    assert Evidence.from_json(written).active_signature
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read(virtual_reader, trust_directory, "--evidence", str(file)).exit_code == 2


@pytest.mark.pcscd
def test_a_face_is_not_written_without_certificates_to_check_it_by(
    virtual_reader: ReaderSlot, card: IssuedCard, tmp_path: Path
) -> None:
    virtual_reader.insert(Chip(card))
    (tmp_path / "none").mkdir()
    result = read(virtual_reader, tmp_path / "none", "--face", str(tmp_path / "face.png"))
    assert result.exit_code == 5
    assert not (tmp_path / "face.png").exists()


@pytest.mark.pcscd
def test_a_group_that_was_not_had_is_named_with_the_reason(
    virtual_reader: ReaderSlot,
    authority: TrainingAuthority,
    card: IssuedCard,
    trust_directory: Path,
    tmp_path: Path,
) -> None:
    oversized = {**card.files, FACE_FILE: b"\x75\x84" + b"\xff" * 900}
    virtual_reader.insert(Chip(replace(card, files=oversized)))
    result = read(virtual_reader, trust_directory, "--face", str(tmp_path / "face.png"))
    assert (result.exit_code, '"level": "chip-proven"' in result.stdout) == (3, True)
    assert "DG2" in result.stderr and "[card.oversized]" in result.stderr
    assert "[card.face-absent]" in result.stderr
    assert not (tmp_path / "face.png").exists()
    virtual_reader.remove()
    virtual_reader.insert(Chip(authority.issue(MAU_THU, habits=HABITS["dg13-unreadable"])))
    result = read(virtual_reader, trust_directory)
    assert result.exit_code == 0
    assert '"left_out": {\n    "13": "card.refused"\n  }' in result.stdout
    assert "DG13" in result.stderr and "[card.refused]" in result.stderr


@pytest.mark.pcscd
def test_without_the_option_no_face_is_asked_for(
    virtual_reader: ReaderSlot, card: IssuedCard, trust_directory: Path
) -> None:
    virtual_reader.insert(Chip(card))
    assert (
        '"groups": [\n    1,\n    13,\n    14,\n    15\n  ]' in read(virtual_reader, trust_directory).stdout
    )


def test_a_place_for_the_face_that_cannot_be_is_refused_before_a_reader_is_asked(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere" / "face.png", tmp_path):
        result = CliRunner().invoke(main, ["read", "--can", "000001", "--face", str(file)])
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--face" in result.stderr


def test_a_genuine_card_whose_face_was_not_had_leaves_no_file(
    card: IssuedCard, trust: TrustStore, tmp_path: Path
) -> None:
    reading = read_card(LocalCard(Chip(card)), AccessKeys.from_can(MAU_THU.can), trust=trust, now=NOW)
    assert reading.checks.failure() is None
    with pytest.raises(FaceAbsent) as raised:
        save_face(reading, tmp_path / "face.png")
    assert raised.value.code == "card.face-absent"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("face", "code"),
    [
        pytest.param(dg2(), "card.face-undecodable", id="broken"),
        pytest.param(dg2(b"GIF89a"), "card.face-unsupported", id="of another format"),
        pytest.param(b"\x75\x00", "card.malformed", id="without a template"),
    ],
)
def test_a_face_that_is_signed_but_cannot_be_shown_leaves_no_file(
    face: bytes, code: str, card: IssuedCard, trust: TrustStore, tmp_path: Path
) -> None:
    reading = read_card(LocalCard(Chip(card)), AccessKeys.from_can(MAU_THU.can), trust=trust, now=NOW)
    signed = replace(reading, evidence=replace(reading.evidence, data_groups={FACE_FILE: face}))
    with pytest.raises(CardError) as raised:
        save_face(signed, tmp_path / "face.png")
    assert raised.value.code == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.pcscd
def test_every_byte_is_traced_below_the_warning_and_only_on_stderr(
    virtual_reader: ReaderSlot, card: IssuedCard, trust_directory: Path
) -> None:
    virtual_reader.insert(Chip(card))
    plain, traced = read(virtual_reader, trust_directory), read(virtual_reader, trust_directory, "--trace")
    assert (plain.exit_code, plain.stderr) == (0, "")
    assert traced.exit_code == 0
    assert not [line for line in traced.stdout.splitlines() if line.startswith((">", "<"))]
    warning, _, lines = traced.stderr.partition("╰")
    assert "WARNING" in warning and "Không gửi cho người khác" in warning
    exchanged = [line for line in lines.splitlines() if line.startswith(("> ", "< "))]
    assert exchanged[0].startswith("> 00") and len(exchanged) >= 20
    assert sum(line.startswith(">") for line in exchanged) == len(exchanged) / 2
