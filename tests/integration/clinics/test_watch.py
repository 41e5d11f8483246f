"""What the desk says of its surroundings, and how often it asks: against a gateway at our own port."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clinics.arrivals import CHECK_IN
from clinics.desk.watch import LONGEST_PAUSE_SECONDS, LOOK_SECONDS, Status, Watch
from clinics.outbox import FILE, Outbox
from clinics.settings import load_settings, save_settings
from clinics.station import Station
from tests.integration.clinics.conftest import Desk
from tests.integration.clinics.fake_gateway import FakeGateway
from tests.integration.clinics.world import HandReader, waiting_check_in


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A watch that looks when a test tells it to, and its surroundings."""

    def __init__(self, station: Station, fake: FakeGateway) -> None:
        self.clock = Clock()
        self.reader = HandReader()
        self.fake = fake
        self.directory = station.settings.data_dir
        self.watch = Watch(station, self.reader, show=lambda _status: None, monotonic=self.clock)

    def look(self, *, after: float = LOOK_SECONDS) -> Status:
        """Look once more, so many seconds later."""
        self.clock.now += after
        self.watch.status = self.watch.look()
        return self.watch.status

    def asked(self) -> int:
        """How often the gateway has been asked for anything."""
        return len(self.fake.requests)


@pytest.fixture
def watched(desk: Desk, fake: FakeGateway, trust_dir: Path) -> Iterator[Watched]:
    directory = desk.settings.data_dir
    save_settings(directory, trust_dir=str(trust_dir), training=True)
    with Station.open(load_settings(directory)) as station:
        yield Watched(station, fake)


def test_when_all_is_well_the_status_says_so(watched: Watched) -> None:
    assert watched.look() == Status()


def test_a_disk_that_takes_nothing_is_not_said_of_the_gateway(watched: Watched) -> None:
    with Outbox.open(watched.directory):
        pass
    (watched.directory / FILE).write_bytes(b"not a database" * 100)
    assert watched.look() == Status(machine="outbox.damaged")


def test_a_reader_without_a_plug_is_said_at_once_also_while_the_gateway_is_away(watched: Watched) -> None:
    watched.fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    assert watched.look().gateway == "gateway.failed"
    watched.reader.attached = False
    assert watched.look(after=1) == Status(gateway="gateway.failed", reader="reader.none")


@pytest.mark.parametrize("status", [429, 503])
def test_a_gateway_that_says_when_to_come_back_is_left_alone_until_then(
    watched: Watched, status: int
) -> None:
    watched.fake.broken = lambda _path: FakeGateway.outcome(status, "x", **{"Retry-After": "300"})
    assert watched.look().gateway
    asked = watched.asked()
    watched.fake.broken = lambda _path: None
    for _ in range(29):
        assert watched.look(after=10).gateway
    assert watched.asked() == asked
    assert watched.look(after=11) == Status()


def test_a_gateway_that_is_away_is_asked_more_and_more_seldom(watched: Watched) -> None:
    watched.fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    watched.look()
    seldom = []
    for _ in range(6):
        asked, seconds = watched.asked(), 0
        while watched.asked() == asked:
            watched.look(after=1)
            seconds += 1
        seldom.append(seconds)
    assert seldom == sorted(seldom)
    assert seldom[0] < seldom[-1] == LONGEST_PAUSE_SECONDS


def test_what_waits_is_counted_while_the_gateway_is_away_and_sent_when_it_is_back(watched: Watched) -> None:
    watched.fake.broken = lambda _path: FakeGateway.outcome(503, "x")
    watched.look()
    with Outbox.open(watched.directory) as outbox:
        outbox.add(waiting_check_in(), path=CHECK_IN, subject="visit", now=datetime.now(UTC))
    assert watched.look(after=1) == Status(gateway="gateway.failed", waiting=1)
    watched.fake.broken = lambda _path: None
    assert watched.look(after=LONGEST_PAUSE_SECONDS) == Status()
    assert len(watched.fake.stored) == 1
