"""The desk's reader, as far as its name tells what fits through it."""

import pytest

from cardreader.emulator.issuer import TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from tests.integration.clinics.counter import Counter


@pytest.mark.parametrize(
    ("reader", "extended"),
    [("ACS ACR122U PICC Interface 00 00", False), ("ACS ACR1252 Dual Reader PICC 0", True)],
    ids=["a PN532 inside", "any other"],
)
def test_a_reader_that_is_known_to_be_short_gets_short_commands_only(
    counter: Counter, authority: TrainingAuthority, reader: str, extended: bool
) -> None:
    counter.reader = reader
    result = counter.tap(authority.issue(SAMPLES["mau-thu"]))
    assert (result.outcome, result.reading and result.reading.extended) == ("covered", extended)
