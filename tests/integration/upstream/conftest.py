"""The double of the portal, over real HTTP, and a client that asks it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from gateway.upstream.account import Account, md5_of
from gateway.upstream.calls import Lookup
from gateway.upstream.client import Portal
from gateway.upstream.double.app import create_double
from gateway.upstream.double.world import World

WHO = Lookup("9900000001", "Nguyễn Thị Mẫu Thử", "12/04/1995", "LÊ THỊ VÍ DỤ", "033300000009")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Double:
    """The double as it is served; `heard` are the requests, `broken` answers in its place."""

    url: str
    world: World
    clock: Clock
    heard: list[str] = field(default_factory=list)
    broken: Callable[[str], Response | None] = lambda _: None

    @property
    def account(self) -> Account:
        return Account("33999", "33999_BV", md5_of("huan-luyen"), self.url)

    def paths(self, ending: str) -> int:
        return sum(path.endswith(ending) for path in self.heard)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def double() -> Iterator[Double]:
    world, clock = World.read(None), Clock()
    app = create_double(world, now=clock, lookups_a_minute=5)
    running = Double("", world, clock)

    @app.before_request
    def hear() -> Response | None:
        running.heard.append(request.path)
        return running.broken(request.path)

    with served(app) as url:
        running.url = url
        yield running


@pytest.fixture
def portal(double: Double) -> Iterator[Portal]:
    with Portal(now=double.clock, pace=lambda _: None) as asking:
        yield asking


def asked(**changes: str) -> Lookup:
    """Return the sample question, with these parts changed."""
    return replace(WHO, **changes)
