"""Every byte of a card and of the chain above it, flipped: refused, or named in docs/unsigned-bytes.md."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardreader.emulator.files import EF_SOD
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from cardreader.emulator.signing import SigningChoice
from cardreader.proof.evidence import Evidence
from cardreader.proof.trust import TrustStore
from tests.integration.cardreader.conftest import NOW
from tests.unit.cardreader.covered_parts import (
    CARD_PARTS,
    DIGESTS,
    SOMETIMES,
    TEXT_TYPES,
    TRUST_FILES,
    UNCOVERED,
    trust_file_part,
    unsigned,
)
from tests.unit.cardreader.every_byte import (
    BLANK,
    EVERY_BIT,
    ONE_BIT_AND_ALL,
    SOME_BITS,
    TEXT_TYPE,
    Part,
    check,
    computed_once,
    judged,
)

pytestmark = pytest.mark.usefixtures("computed_once")
__all__ = ["computed_once"]
PAGE = Path(__file__).parents[3] / "docs" / "unsigned-bytes.md"


OTHER_SIGNERS = {
    "RSA": SigningChoice(kind="RSA"),
    "RSA, the hash named elsewhere": SigningChoice(kind="RSA", bare=True),
    "RSA-PSS": SigningChoice(kind="RSA-PSS"),
}


@pytest.mark.parametrize("name", CARD_PARTS)
def test_every_byte_of_a_card_is_covered_or_on_the_list(name: str) -> None:
    masks = {"EF.SOD": EVERY_BIT, "evidence": (*SOME_BITS, BLANK)}.get(name, SOME_BITS)
    touched = check(CARD_PARTS[name](), masks) - SOMETIMES.get(name, set())
    assert touched == UNCOVERED.get(name, set())


@pytest.mark.parametrize("signer", OTHER_SIGNERS)
def test_every_byte_of_an_rsa_signed_security_object_is_covered(
    signer: str, authority: TrainingAuthority, trust: TrustStore
) -> None:
    card = authority.issue(SAMPLES["mau-thu"], habits=Habits(signer=OTHER_SIGNERS[signer]))
    given = Evidence(card.files[EF_SOD], {1: card.files[1], 13: card.files[13]})

    def judge(changed: bytes) -> Any:
        return judged(replace(given, security_object=changed), trust, at=NOW)

    part = Part(given.security_object, judge, unsigned(given.security_object[4:], 4))
    assert check(part, (*ONE_BIT_AND_ALL, TEXT_TYPE)) == {TEXT_TYPES, DIGESTS}


@pytest.mark.parametrize("name", TRUST_FILES)
def test_every_byte_of_a_trust_list_is_covered_or_on_the_list(name: str, tmp_path: Path) -> None:
    masks = (0x01,) if name == "root.pem" else ONE_BIT_AND_ALL
    assert check(trust_file_part(tmp_path, name), masks) == UNCOVERED.get(name, set())


def test_the_page_names_every_part_that_nothing_covers_and_no_other() -> None:
    rows = re.findall(r"^\| \*\*(.+?)\*\*", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == set().union(*UNCOVERED.values())
    assert len(rows) == len(set(rows))
