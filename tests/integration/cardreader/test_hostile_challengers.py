"""A challenger far away, such as a gateway in a stranger's hands, and what it can make a chip do."""

import secrets

import pytest

from cardreader.access.keys import AccessKeys
from cardreader.emulator.chip import Chip
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.local import LocalCard
from cardreader.emulator.samples import SAMPLES
from cardreader.proof.chip import ChipQuestion
from cardreader.proof.evidence import Evidence
from cardreader.proof.trust import TrustStore
from cardreader.reading import read_card
from tests.integration.cardreader.conftest import NOW

MAU_THU = SAMPLES["mau-thu"]
ECDH_AES_128 = bytes.fromhex("04007F00070202030202")


class Hostile:
    """Has the chip compute with a key of its choice."""

    examination = None

    def __init__(self, public_key: bytes) -> None:
        self._public_key = public_key

    def nonce(self) -> bytes:
        return bytes(8)

    def wants_agreement(self, *, signed: bool, mapped: bool) -> bool:
        return True

    def chip_question(self, evidence: Evidence) -> ChipQuestion:
        del evidence
        command = bytes.fromhex("0CB08100") + secrets.token_bytes(20)
        return ChipQuestion(ECDH_AES_128, None, self._public_key, command)


@pytest.mark.parametrize(
    "public_key",
    [b"\x04" + (1).to_bytes(32, "big") * 2, b"\x00", b"\x04" + b"\xff" * 150],
    ids=["off the curve", "infinity", "too long"],
)
def test_a_chip_is_never_given_a_key_that_is_not_of_its_group(
    authority: TrainingAuthority, trust: TrustStore, public_key: bytes
) -> None:
    card = authority.issue(MAU_THU, habits=Habits(active=None))
    keys = AccessKeys.from_number(MAU_THU.id_number)
    challenger = Hostile(public_key)
    reading = read_card(LocalCard(Chip(card)), keys, trust=trust, now=NOW, challenger=challenger)
    assert reading.evidence.chip_answer is None, "the chip was asked"
    assert (reading.checks.chip.status, reading.checks.level) == ("not-done", "chip-read")
