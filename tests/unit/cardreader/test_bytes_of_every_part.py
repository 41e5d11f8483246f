"""Some bytes of every part, flipped; tests/integration/cardreader/test_every_byte.py flips them all."""

from pathlib import Path

import pytest

from tests.unit.cardreader.covered_parts import CARD_PARTS, TRUST_FILES, trust_file_part
from tests.unit.cardreader.every_byte import check, computed_once

pytestmark = pytest.mark.usefixtures("computed_once")
__all__ = ["computed_once"]

FAR_APART = 97


@pytest.mark.parametrize("name", CARD_PARTS)
def test_a_flipped_byte_of_a_card_is_refused_or_changes_nothing(name: str) -> None:
    check(CARD_PARTS[name](), (0x01,), every=FAR_APART)


@pytest.mark.parametrize("name", TRUST_FILES)
def test_a_flipped_byte_of_a_trust_list_is_refused_or_changes_nothing(name: str, tmp_path: Path) -> None:
    check(trust_file_part(tmp_path, name), (0x01,), every=FAR_APART)
