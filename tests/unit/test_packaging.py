"""The import names of the house, and the name `fhir` that two distributions share."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "name", ["failures", "cardreader", "bhyt", "clinics", "gateway", "fhir.resources.R4B"]
)
def test_every_room_and_the_fhir_classes_import_side_by_side(name: str) -> None:
    assert importlib.import_module(name).__name__ == name


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda lock: lock.name)
def test_every_locked_requirement_is_hashed_and_names_no_index(lock: Path) -> None:
    requirements = lock.read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    assert requirements
    for requirement in requirements:
        assert re.fullmatch(
            r"[\w.-]+(\[[\w,]+\])?==\S+( ;[^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+", requirement
        )


def test_a_gateway_machine_needs_no_card_reader_parts() -> None:
    lock = (ROOT / "requirements" / "gateway.lock").read_text(encoding="utf-8")
    assert "granian==" in lock
    assert "pyscard==" not in lock


def test_a_machine_that_only_reads_cards_needs_no_web_parts() -> None:
    lock = (ROOT / "requirements" / "card.lock").read_text(encoding="utf-8")
    assert "pyscard==" in lock
    assert "flask==" not in lock
    assert "fhir-resources==" not in lock


def test_the_makefile_has_every_promised_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("setup", "demo", "test", "check", "bench", "run", "clean"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
