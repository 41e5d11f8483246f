"""Between granian and the app: a request's body is received here, before any thread works on it.

As a WSGI server granian gives a request a thread at once, and the thread waits for the body; a few
clients that never send theirs would take every thread. Here bodies are awaited on the event loop,
which holds thousands, and one that does not come in time is answered with 408 (RFC 9110 §15.5.9).
A long body is awaited only with a token of ours, and only while there is room for it among the others.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

MAX_THREADS = 8
"""Requests that are worked on at once; each needs at most one database connection."""
GRACE_SECONDS = 10.0
"""How long a body may take beyond what its bytes allow it."""
SLOWEST_BYTES_PER_SECOND = 8 * 1024
"""The slowest line that we wait for: at this rate the largest body takes twenty minutes."""
MAX_BODIES_BYTES = 256 * 1024 * 1024
"""What the long bodies of one process may take together, while they are awaited and worked on."""
RETRY_SECONDS = 5
"""When a sender whose body found no room is to try again."""
MAX_HELD_BYTES = 1024 * 1024
"""An answer that is longer, such as a hospital's file, is sent on part by part, and never held whole."""

_CLOSING = [("connection", "close"), ("content-length", "0")]

Environ = dict[str, Any]
App = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answers: its first bytes, and where the others come from if those are not all."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes
    rest: Iterator[bytes] | None
    close: Callable[[], None]


class Exchange(Protocol):
    """What we use of granian's RSGI protocol object."""

    def __aiter__(self) -> Any: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any: ...


class NoRoom(Exception):
    """The bodies of other requests take all the room there is."""


class Room:
    """How many bytes long bodies may take together; for one event loop, which alone uses it."""

    def __init__(self, max_bytes: int) -> None:
        self._free = max_bytes

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """Yield what sets the bytes that one body takes; the end of the block gives them back.

        It raises NoRoom: there are not so many left.
        """
        held = 0

        def hold(size: int) -> None:
            nonlocal held
            if size - held > self._free:
                raise NoRoom
            self._free -= size - held
            held = size

        try:
            yield hold
        finally:
            self._free += held


class Doorstep:
    """An RSGI application around a WSGI one.

    Of a body longer than `max_bytes`, or than `max_stranger_bytes` where no token came with it that
    `is_ours` believes, only the first bytes are taken, for the app to refuse. `is_ours` is given the
    Authorization header on the event loop: it must be quick and ask no database.
    """

    def __init__(
        self,
        app: App,
        *,
        is_ours: Callable[[str], bool],
        max_bytes: int,
        max_stranger_bytes: int,
        max_bodies_bytes: int = MAX_BODIES_BYTES,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._app = app
        self._is_ours = is_ours
        self._max_bytes = max_bytes
        self._max_stranger_bytes = max_stranger_bytes
        self._room = Room(max_bodies_bytes)
        self._grace = grace
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="request")

    async def __rsgi__(self, scope: Any, exchange: Exchange) -> None:
        """Answer one request."""
        loop = asyncio.get_running_loop()
        try:
            answer = await self._answered(scope, exchange)
        except TimeoutError:
            exchange.response_bytes(408, _CLOSING, b"")
            return
        except NoRoom:
            exchange.response_bytes(503, [*_CLOSING, ("retry-after", str(RETRY_SECONDS))], b"")
            return
        if answer.rest is None:
            exchange.response_bytes(answer.status, answer.headers, answer.content)
            return
        try:
            stream = exchange.response_stream(answer.status, answer.headers)
            await stream.send_bytes(answer.content)
            while part := await loop.run_in_executor(self._threads, _next, answer.rest):
                await stream.send_bytes(part)
        finally:
            await loop.run_in_executor(self._threads, answer.close)

    async def _answered(self, scope: Any, exchange: Exchange) -> Answer:
        """Receive the body, which takes its room until the app has answered.

        Raises TimeoutError: it is too slow. NoRoom: it is long, and so are the others.
        """
        with self._room.share() as share:

            def hold(size: int) -> None:
                if size > self._max_stranger_bytes:
                    share(size)

            allowed = self._allowed(scope.headers)
            body = await receive(exchange, max_bytes=allowed, grace=self._grace, hold=hold)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, _run, self._app, _environ(scope, body))

    def _allowed(self, headers: Any) -> int:
        """Return how long the body may be; a token is looked at only where that matters."""
        declared = int(headers.get("content-length") or 0)  # hyper lets nothing but a number through
        short = declared <= self._max_stranger_bytes and "transfer-encoding" not in headers
        said = headers.get("authorization")
        if short or said is None or not self._is_ours(said):
            return self._max_stranger_bytes
        return self._max_bytes


async def receive(exchange: Exchange, *, max_bytes: int, grace: float, hold: Callable[[int], None]) -> bytes:
    """Return the body, or its first bytes if it is longer than `max_bytes`; `hold` hears how long it is.

    Raises TimeoutError: after `grace` seconds it was slower than the slowest line. What `hold` raises.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    body = bytearray()
    async with asyncio.timeout_at(started + grace) as limit:
        async for chunk in exchange:
            hold(len(body) + len(chunk))
            body += chunk
            if len(body) > max_bytes:
                break
            limit.reschedule(started + grace + len(body) / SLOWEST_BYTES_PER_SECOND)
    return bytes(body)


def _run(app: App, environ: Environ) -> Answer:
    """Ask the WSGI app (PEP 3333) and return its answer, whole unless it is long."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        begun.append((status, headers))

    parts = app(environ, start)
    close: Callable[[], None] = getattr(parts, "close", _nothing)
    rest = iter(parts)
    content = bytearray()
    try:
        while len(content) <= MAX_HELD_BYTES and (part := _next(rest)):
            content += part
    except BaseException:
        close()
        raise
    long = len(content) > MAX_HELD_BYTES
    if not long:
        close()
    status, headers = begun[-1]
    named = [(name.lower(), value) for name, value in headers]
    return Answer(int(status[:3]), named, bytes(content), rest if long else None, close)


def _next(parts: Iterator[bytes]) -> bytes:
    """Return the next part that is not empty, nothing at the end."""
    return next((part for part in parts if part), b"")


def _nothing() -> None:
    """Close what has nothing to close."""


def _environ(scope: Any, body: bytes) -> Environ:
    """Return the request as PEP 3333 describes it; the body is all there, so its length is its own."""
    host, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        key = f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ and name != "host" else value
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    declared = environ.pop("HTTP_CONTENT_LENGTH", None)
    if body or declared:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ
