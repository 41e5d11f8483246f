"""The demo as a user without a terminal runs it: the whole story, status 0, and nothing left behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORY_SECONDS = 120


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("demo")
    told = subprocess.run(
        [sys.executable, "-m", "demo", "--members", "300"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=STORY_SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert not list(folder.iterdir())
    assert _still_running(str(folder)) == []
    return told.stdout


@pytest.mark.parametrize(
    "promise",
    [
        pytest.param(r"NGUYỄN THỊ MẪU THỬ · 033300000001", id="the-card-is-read"),
        pytest.param(r"PC/SC, Virtual PCD 00 0\d · PACE-CAN, \d+ commands", id="over-real-pcsc"),
        pytest.param(r"✓ passive authentication passed", id="passive-authentication"),
        pytest.param(r"covered +✓ DN4339900000001, 01/01/2026-31/12/\d{4}", id="in-force"),
        pytest.param(r"rate +✓ 80 % = level 80 % × route 100 %, MA_DOITUONG_KCB 1\.1", id="rate-and-route"),
        pytest.param(r"check-in +✓ Encounter/[0-9a-f-]{36}", id="check-in-stored"),
        pytest.param(r"original +✓ the chip signed the gateway's nonce", id="the-chip-is-the-original"),
        pytest.param(r"assurance chip-proven", id="the-tap-is-chip-proven"),
        pytest.param(r"--training", id="training-said"),
        pytest.param(r"expired +✗ .*\[eligibility\.expired\]", id="expired-refused"),
        pytest.param(r"unknown +✗ .*\[eligibility\.person-unknown\]", id="unknown-refused"),
        pytest.param(r"tampered +✗ .*\[proof\.group-changed\]", id="tampered-refused"),
        pytest.param(r"cloned +✗ .*\[proof\.active-signature-wrong\]", id="clone-refused-by-the-desk"),
        pytest.param(r"clone +✗ .*\[proof\.active-signature-wrong\]", id="clone-refused-by-the-gateway"),
        pytest.param(r"replayed +✗ .*\[presence\.challenge-used\]", id="replay-refused-by-the-gateway"),
        pytest.param(r"borrowed +✗ .*\[proof\.active-signature-wrong\]", id="borrowed-answer-refused"),
        pytest.param(r"no nonce +copied data .*: chip-read and never more", id="no-nonce-is-chip-read"),
        pytest.param(r"claim +✓ SYN-33999-0000001 → Claim/", id="claim-arrives"),
        pytest.param(r"birth +✓ 00001\.GCS\.33999\.26 → Bundle/", id="birth-arrives"),
        pytest.param(r"death +✓ 00001\.GBT\.33999\.26 → Bundle/", id="death-arrives"),
        pytest.param(r"check +✓ 599 accepted, 1 refused, .* without a network", id="checked-offline"),
        pytest.param(r"✗ DEMO-1-000417, XML1\.T_THUOC: .* must be .*\[BHYT-R-204\]", id="wrong-sum-told"),
        pytest.param(r"killed +kill -9 in the middle; the gateway has \d of 3 chunks", id="killed"),
        pytest.param(r"resumed +✓ .*599 stored, 1 refused, nothing twice", id="resumed"),
        pytest.param(r"the same receipts, nothing was added", id="again-adds-nothing"),
        pytest.param(r"Claim\?patient=.* → 1 on the first page, 1317806\.00 VND", id="search-by-patient"),
        pytest.param(r"Claim\?provider=33999 → 20 on the first page", id="search-by-facility"),
        pytest.param(r"Claim\?created=ge2026-09-01 → 20 on the first page", id="search-by-date"),
        pytest.param(r"birth +✓ Giấy chứng sinh .*TRẦN MẪU BÉ", id="birth-read"),
        pytest.param(r"death +✓ Giấy báo tử .*TRẦN VĂN MẪU CỤ", id="death-read"),
    ],
)
def test_the_story_is_told(story: str, promise: str) -> None:
    assert re.search(promise, story), story


def test_every_refusal_says_what_the_clerk_should_do(story: str) -> None:
    refusals = re.findall(r"✗.*\n +→ (.+)\n +\S.*→ (.+)", story)
    assert len(refusals) == 8
    assert all(vi.strip() and en.strip() for vi, en in refusals)


def _still_running(folder: str) -> list[str]:
    """Return the command lines of our programs whose environment names the demo's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if folder.encode() in environment and b"tiepdon" in command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found
