"""The emulated card on the real pcscd, seen through pyscard as any card program would."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from smartcard.CardConnection import CardConnection
from smartcard.Exceptions import CardConnectionException, NoCardException
from smartcard.System import readers

from cardreader.emulator.chip import Chip
from cardreader.emulator.errors import SlotsTaken
from cardreader.emulator.files import EF_CARD_ACCESS
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.pcscd import ReaderSlot
from cardreader.emulator.pcscd import virtual_reader as held_slot
from cardreader.emulator.samples import SAMPLES

pytestmark = pytest.mark.pcscd

SELECT_APPLICATION = list(bytes.fromhex("00A4040C07A0000002471001"))
READ_CARD_ACCESS = list(bytes.fromhex("00B09C0000"))


@pytest.fixture(scope="module")
def authority() -> TrainingAuthority:
    return TrainingAuthority.create(now=datetime.now(UTC))


@pytest.fixture
def card(authority: TrainingAuthority) -> IssuedCard:
    return authority.issue(SAMPLES["mau-thu"])


@contextmanager
def connected(name: str) -> Iterator[CardConnection]:
    connection = next(reader for reader in readers() if str(reader) == name).createConnection()
    connection.connect()
    try:
        yield connection
    finally:
        connection.disconnect()
        connection.release()


def test_the_application_is_selected_through_pcsc(virtual_reader: ReaderSlot, card: IssuedCard) -> None:
    virtual_reader.insert(Chip(card))
    with connected(virtual_reader.reader_name) as connection:
        assert bytes(connection.getATR()).hex() == "3b8180018080"
        assert connection.transmit(SELECT_APPLICATION) == ([], 0x90, 0x00)


def test_a_file_arrives_whole(virtual_reader: ReaderSlot, card: IssuedCard) -> None:
    virtual_reader.insert(Chip(card))
    with connected(virtual_reader.reader_name) as connection:
        data, *status = connection.transmit(READ_CARD_ACCESS)
    assert (bytes(data), status) == (card.files[EF_CARD_ACCESS], [0x90, 0x00])


def test_a_removed_card_is_gone_for_pcsc(virtual_reader: ReaderSlot, card: IssuedCard) -> None:
    virtual_reader.insert(Chip(card))
    virtual_reader.remove()
    with pytest.raises((NoCardException, CardConnectionException)), connected(virtual_reader.reader_name):
        pass


def test_a_card_lifted_in_the_middle_fails_the_next_command(
    virtual_reader: ReaderSlot, authority: TrainingAuthority
) -> None:
    card = authority.issue(SAMPLES["mau-thu"], habits=Habits(lifted_after=2))
    virtual_reader.insert(Chip(card))
    with connected(virtual_reader.reader_name) as connection:
        connection.transmit(SELECT_APPLICATION)
        connection.transmit(SELECT_APPLICATION)
        with pytest.raises(CardConnectionException):
            connection.transmit(SELECT_APPLICATION)


def test_cards_can_be_swapped_while_the_service_runs(
    virtual_reader: ReaderSlot, authority: TrainingAuthority
) -> None:
    select_mf = list(bytes.fromhex("00A4000C"))
    for willing, status in ((False, (0x6D, 0x00)), (True, (0x90, 0x00))):
        habits = Habits(select_mf=willing)
        virtual_reader.insert(Chip(authority.issue(SAMPLES["mau-cu"], habits=habits)))
        with connected(virtual_reader.reader_name) as connection:
            assert connection.transmit(select_mf)[1:] == status


def test_a_slot_is_for_one_program_at_a_time(virtual_reader: ReaderSlot) -> None:
    with pytest.raises(SlotsTaken), held_slot(port=virtual_reader.port, patience=0.2):
        pass


def test_another_program_shares_the_running_service_and_leaves_it_running(virtual_reader: ReaderSlot) -> None:
    program = """
from pathlib import Path
from cardreader.emulator.service import running_service
with running_service(35963):
    print(Path("/run/pcscd/pcscd.pid").read_text(), end="")
"""
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout == Path("/run/pcscd/pcscd.pid").read_text()
    assert virtual_reader.reader_name in map(str, readers())
