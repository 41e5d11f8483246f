"""The double of the portal, over real HTTP, for tests."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, Response, request
from werkzeug.serving import make_server

from gateway.upstream.account import Account, md5_of
from gateway.upstream.double.app import create_double
from gateway.upstream.double.world import World


@dataclass
class Double:
    """The double as it is served; `heard` are the requests, `files` what they brought.

    `broken` answers in its place.
    """

    url: str
    world: World
    heard: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    broken: Callable[[str], Response | None] = lambda _: None

    @property
    def account(self) -> Account:
        return Account("33999", "33999_BV", md5_of("huan-luyen"), self.url)

    def paths(self, ending: str) -> int:
        return sum(path.endswith(ending) for path in self.heard)


@contextmanager
def running_double(clock: Callable[[], datetime], *, lookups_a_minute: int = 60) -> Iterator[Double]:
    """Serve the double's sample world."""
    world = World.read(None)
    app = create_double(world, now=clock, lookups_a_minute=lookups_a_minute)
    running = Double("", world)

    @app.before_request
    def hear() -> Response | None:
        running.heard.append(request.path)
        for name in {"fileHSBase64", "fileBase64Str"} & request.form.keys():
            running.files.append(base64.b64decode(request.form[name]))
        return running.broken(request.path)

    with served(app) as url:
        running.url = url
        yield running


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve a WSGI app on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
