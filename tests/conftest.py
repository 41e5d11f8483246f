"""What tests of every room may use: a slot of the real virtual reader."""

import gc
from collections.abc import Iterator

import pytest

from cardreader.emulator.pcscd import READER_NAMES, ReaderSlot
from cardreader.emulator.pcscd import virtual_reader as held_slot
from cardreader.emulator.service import running_service


def pytest_collection_finish() -> None:
    """Leave what was imported to itself: the collector would go through all of it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def pcsc_service() -> Iterator[None]:
    """Keep the PC/SC service for the whole run, so that no module has to wait for its start."""
    with running_service(min(READER_NAMES)):
        yield


@pytest.fixture(scope="module")
def virtual_reader(pcsc_service: None) -> Iterator[ReaderSlot]:
    """Give this module a slot: `virtual_reader.insert(chip)`, `.reader_name`, `.remove()`.

    A slot is not held for the whole run: a test that starts the demo needs one
    for the demo, and two runs on one machine would wait for each other forever.
    """
    with held_slot() as slot:
        yield slot


@pytest.fixture(autouse=True)
def _no_card_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take the card off after each test that laid one down."""
    yield
    if "virtual_reader" in request.fixturenames:
        request.getfixturevalue("virtual_reader").remove()
