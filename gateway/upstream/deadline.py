"""One deadline for a whole exchange with the portal: connecting, sending, the answer's head and its body.

httpx's timeouts hold for one read each, so that a portal that sends a byte now and then would keep us
for hours. Here each read and write may take only what is left of the exchange that this thread is in.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

WRITTEN_AT_ONCE = 16 * 1024
"""Bytes handed to the network at once: between two such pieces the clock is looked at."""
KEPT_SECONDS = 5.0
"""How long a connection is kept for the next question, as httpx does."""

_ends: ContextVar[float] = ContextVar("ends")


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let every exchange of this block end in so many seconds together, by the monotonic clock."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


class TimedTransport(httpx.HTTPTransport):
    """httpx's own transport, over connections that keep the deadline: past it, httpx.TimeoutException."""

    def __init__(self, *, local_address: str | None) -> None:
        super().__init__(local_address=local_address)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            keepalive_expiry=KEPT_SECONDS,
            local_address=local_address,
            network_backend=_Network(),
        )


class _Network(httpcore.NetworkBackend):
    """Makes connections that keep the deadline."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    """A connection whose every read and write ends with the exchange."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITTEN_AT_ONCE):
            piece = buffer[start : start + WRITTEN_AT_ONCE]
            self._stream.write(piece, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
    """Return how long a step may take. Raises `late`: nothing is left of the exchange."""
    ends = _ends.get(None)
    if ends is None:
        return timeout
    left = ends - time.monotonic()
    if left <= 0:
        raise late("the exchange did not end in time")
    return left if timeout is None else min(timeout, left)
