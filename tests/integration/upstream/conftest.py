"""A double of the portal whose clock a test moves, and a client that asks it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.upstream.calls import Lookup
from gateway.upstream.client import Portal
from tests.integration.upstream.double_served import Double, running_double

WHO = Lookup("9900000001", "Nguyễn Thị Mẫu Thử", "12/04/1995", "LÊ THỊ VÍ DỤ", "033300000009")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def double(clock: Clock) -> Iterator[Double]:
    with running_double(clock, lookups_a_minute=5) as running:
        yield running


@pytest.fixture
def portal(clock: Clock, double: Double) -> Iterator[Portal]:
    del double  # it is there before it is asked
    with Portal(now=clock, pace=lambda _: None) as asking:
        yield asking


def asked(**changes: str) -> Lookup:
    """Return the sample question, with these parts changed."""
    return replace(WHO, **changes)
