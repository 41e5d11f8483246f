"""`watch` and a reading that ends as nobody foresaw."""

import contextlib
import json
import queue
from collections.abc import Iterator, Mapping

import pytest

from cardreader.commands import watch as command
from cardreader.commands.options import key_of_line
from cardreader.proof.trust import TrustStore
from cardreader.watching import Slot, watch

NUMBER = "033300000001"


class BrokenDriver:
    """A card behind a driver whose fault quotes what it was given."""

    def send_and_receive(self, command: bytes) -> tuple[bytes, int]:
        raise ZeroDivisionError(f"{NUMBER} {command.hex()}")


class TwoCards:
    """One reader on which a card is laid, lifted, and another laid; then the loop is over."""

    def __init__(self) -> None:
        self._looks = [Slot(False, 0), Slot(True, 1), Slot(False, 2), Slot(True, 3)]

    def look(self, seconds: float) -> Mapping[str, Slot]:
        del seconds
        return {"Desk 00": self._looks.pop(0)}

    def over(self) -> bool:
        return not self._looks


@contextlib.contextmanager
def _broken(reader: str) -> Iterator[BrokenDriver]:
    del reader
    yield BrokenDriver()


def test_a_fault_of_one_reading_is_told_without_personal_data_and_the_next_card_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cardreader.pcsc.connect", _broken)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    tell = command._json_lines(with_data=True)
    host = command.WatchHost(trust=TrustStore([]), only=None, lines=lines, tell=tell)
    port = TwoCards()
    watch(port, host, standing=key_of_line(NUMBER), stopped=port.over, pause=lambda _: None)
    told = capsys.readouterr()
    readings = [event for event in map(json.loads, told.out.splitlines()) if "code" in event]
    assert [(event["code"], event["genuine"]) for event in readings] == [("card.unexpected-fault", False)] * 2
    assert "ZeroDivisionError at test_watch_faults.py:" in told.err
    assert NUMBER not in told.out + told.err
