"""What the emulator's tests share: an authority made once, and the standard's worked examples."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cardreader.emulator.issuer import TrainingAuthority
from tests.unit.emulator.terminal import Terminal

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
VECTORS = Path(__file__).parents[2] / "data" / "card" / "icao9303_vectors.json"


@pytest.fixture(scope="session")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=NOW)


@pytest.fixture(scope="session")
def vectors() -> dict[str, Any]:
    return json.loads(VECTORS.read_text())


@pytest.fixture
def terminal() -> type[Terminal]:
    return Terminal
