"""`tiepdon-card verify`: its exit status is 0 only for a chip that signed this nonce."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cardreader.cli import main
from cardreader.proof.certificates import TRAINING_MARKER
from cardreader.proof.evidence import Evidence
from tests.unit.cardreader.chip_cards import AUTHORITY, NONCE, ProvableCard
from tests.unit.cardreader.issuing import NOW, Holder, certify, listing, security_object

CARD = ProvableCard()
PROVEN = replace(CARD.evidence(), active_signature=CARD.sign())

WHOLE = json.dumps(PROVEN.to_json()).encode()


def run(
    folder: Path,
    evidence: Evidence | bytes,
    *options: str,
    authority: Holder = AUTHORITY,
    nonce: str = NONCE.hex(),
) -> Result:
    """Run the command on this evidence, pinned to the test authority, in March 2026."""
    (folder / "trust").mkdir(exist_ok=True)
    (folder / "trust" / "csca.cer").write_bytes(authority.der)
    content = evidence if isinstance(evidence, bytes) else json.dumps(evidence.to_json()).encode()
    (folder / "evidence.json").write_bytes(content)
    files = [str(folder / "evidence.json"), "--trust", str(folder / "trust")]
    return CliRunner().invoke(main, ["verify", *files, "--nonce", nonce, "--at", NOW.isoformat(), *options])


def test_a_proven_chip_ends_with_0_and_says_whose_it_is(tmp_path: Path) -> None:
    result = run(tmp_path, PROVEN)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "033300000001" in result.stdout
    assert "NGUYỄN THỊ MẪU THỬ" in result.stdout


def test_json_has_the_verdict_and_the_holder(tmp_path: Path) -> None:
    printed: dict[str, Any] = json.loads(run(tmp_path, PROVEN, "--json").stdout)
    assert (printed["level"], printed["training"]) == ("chip-proven", False)
    assert printed["checks"]["active"] == {"status": "passed", "reason": None}
    assert printed["holder"]["id_number"] == "033300000001"


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        pytest.param(CARD.evidence(), "proof.active-unanswered", id="no answer"),
        pytest.param(CARD.evidence(listed=(1, 13)), "proof.active-absent", id="read only"),
        pytest.param(
            replace(CARD.evidence(), active_signature=ProvableCard().sign()),
            "proof.active-signature-wrong",
            id="a copy",
        ),
        pytest.param(
            replace(PROVEN, security_object=security_object(listing(CARD.files), certify("Forger"))),
            "proof.authority-unknown",
            id="forged",
        ),
        pytest.param(
            replace(CARD.evidence(listed=(1, 13)), chip_answer=b"\x99\x02\x90\x00"),
            "proof.not-verifiable-later",
            id="proven to the reader alone",
        ),
    ],
)
def test_anything_less_ends_with_5_its_code_and_its_remedy(
    tmp_path: Path, evidence: Evidence | bytes, code: str
) -> None:
    result = run(tmp_path, evidence)
    assert result.exit_code == 5
    assert f"[{code}]" in result.stderr


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="no evidence"),
        pytest.param(b"# README", id="a page"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="no text"),
        pytest.param(WHOLE[:-40], id="cut off"),
        pytest.param(b'{"data_groups": {}, ' + WHOLE[1:], id="two members of one name"),
        pytest.param(b"[" * 1_900_000, id="deep"),
        pytest.param(b" " * 2_000_001, id="too large"),
    ],
)
def test_a_file_that_is_no_evidence_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    result = run(tmp_path, content)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "[evidence.unreadable]" in result.stderr


def test_what_the_file_states_as_its_nonce_is_shown_and_never_believed(tmp_path: Path) -> None:
    stating = json.dumps(PROVEN.to_json() | {"nonce": NONCE.hex()}).encode()
    result = run(tmp_path, stating, nonce="00" * 8)
    assert result.exit_code == 5
    assert "Check --nonce too" in result.stderr
    assert f"the file states: {NONCE.hex()}" in result.stderr
    assert "states" not in run(tmp_path, WHOLE, nonce="00" * 8).stderr


def test_refused_evidence_names_nobody(tmp_path: Path) -> None:
    result = run(tmp_path, CARD.evidence(), "--json")
    assert json.loads(result.stdout)["holder"] is None
    assert "033300000001" not in result.stdout + run(tmp_path, CARD.evidence()).stdout


def test_another_nonce_is_not_the_one_that_was_signed(tmp_path: Path) -> None:
    assert run(tmp_path, PROVEN, nonce="00" * 8).exit_code == 5


def test_certificates_count_at_the_time_that_was_given(tmp_path: Path) -> None:
    late = run(tmp_path, PROVEN, "--at", "2031-01-01T00:00+07:00")
    assert late.exit_code == 5
    assert "[proof.authority-expired]" in late.stderr


def test_a_training_card_counts_in_training_only(tmp_path: Path) -> None:
    authority = certify("Training CSCA", unit=TRAINING_MARKER)
    evidence = replace(CARD.evidence(signer=certify("DS", by=authority)), active_signature=CARD.sign())
    assert run(tmp_path, evidence, authority=authority).exit_code == 5
    result = run(tmp_path, evidence, "--training", authority=authority)
    assert result.exit_code == 0
    assert "THẺ TẬP HUẤN" in result.stdout


def test_sha1_counts_only_when_it_is_allowed(tmp_path: Path) -> None:
    signer = certify("Old DS", by=AUTHORITY)
    old = security_object(listing(CARD.files, digest="sha1"), signer, digest="sha1")
    evidence = replace(PROVEN, security_object=old)
    assert run(tmp_path, evidence).exit_code == 5
    assert run(tmp_path, evidence, "--allow-sha1").exit_code == 0


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--nonce", "xyz"], id="a nonce that is not hexadecimal"),
        pytest.param(["--nonce", "00" * 7], id="a short nonce"),
        pytest.param(["--at", "yesterday"], id="a time that is none"),
        pytest.param(["--at", "2026-03-01T08:00"], id="a time without its zone"),
        pytest.param(["--trust", "nowhere"], id="no such directory"),
    ],
)
def test_a_wrong_option_is_a_mistake_of_the_caller(tmp_path: Path, options: list[str]) -> None:
    assert run(tmp_path, PROVEN, *options).exit_code == 2
