"""The doorstep alone: how long a body is waited for, how much of it is taken, and how many bytes in all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.doorstep import RETRY_SECONDS, SLOWEST_BYTES_PER_SECOND, Doorstep, receive

SMALL, LARGE, ROOM = 100, 1000, 1500
OURS = {"authorization": "Bearer ours"}


async def chunks(count: int, size: int, pause: float) -> AsyncIterator[bytes]:
    for _ in range(count):
        await asyncio.sleep(pause)
        yield b"x" * size


class Sent:
    """A request's body as granian hands it out, and what it is answered."""

    def __init__(self, count: int, size: int, pause: float = 0) -> None:
        self.parts = (count, size, pause)
        self.answered: tuple[int, dict[str, str], bytes] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return chunks(*self.parts)

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.answered = status, dict(headers), body

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any:
        raise AssertionError("a short answer is not streamed")


@dataclass
class Scope:
    """The head of a request as granian hands it out."""

    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = "/"
    query_string: str = ""
    server: str = "127.0.0.1:80"
    client: str = "127.0.0.1:1"
    http_version: str = "1.1"
    scheme: str = "http"
    authority: str = "x"


def count_bytes(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """A WSGI app that answers how many bytes it was given, and fails where they are 666."""
    length = len(environ["wsgi.input"].read())
    if length == 666:
        raise ValueError("a fault")
    start("200 OK", [])
    return [str(length).encode()]


def doorstep(asked: list[str] | None = None) -> Doorstep:
    def is_ours(said: str) -> bool:
        if asked is not None:
            asked.append(said)
        return said == OURS["authorization"]

    return Doorstep(
        count_bytes,
        is_ours=is_ours,
        max_bytes=LARGE,
        max_stranger_bytes=SMALL,
        max_bodies_bytes=ROOM,
        grace=0.3,
    )


def in_chunks(headers: dict[str, str]) -> Scope:
    return Scope(headers | {"transfer-encoding": "chunked"})


async def answered(door: Doorstep, sent: Sent, headers: dict[str, str] = OURS) -> tuple[int, bytes]:
    await door.__rsgi__(in_chunks(headers), sent)
    assert sent.answered is not None
    status, said, body = sent.answered
    if status == 503:
        assert said["retry-after"] == str(RETRY_SECONDS)
    return status, body


def run(work: Awaitable[Any]) -> Any:
    async def main() -> Any:
        return await work

    return asyncio.run(main())


def test_a_slow_line_is_waited_for_and_a_body_that_drips_is_not() -> None:
    """A tenth of a second of grace: bytes at twice the slowest rate pass, single bytes do not."""
    size = SLOWEST_BYTES_PER_SECOND // 10
    heard: list[int] = []
    body = run(receive(Sent(20, size, 0.05), max_bytes=10**6, grace=0.1, hold=heard.append))
    assert len(body) == 20 * size
    assert heard == [number * size for number in range(1, 21)]
    with pytest.raises(TimeoutError):
        run(receive(Sent(20, 1, 0.05), max_bytes=10**6, grace=0.1, hold=heard.append))


def test_of_a_body_beyond_the_limit_no_more_is_taken() -> None:
    assert run(answered(doorstep(), Sent(1000, 100))) == (200, b"1100")


@pytest.mark.parametrize("headers", [{}, {"authorization": "x"}, {"authorization": "Bearer another"}])
def test_of_a_strangers_body_only_a_little_is_taken(headers: dict[str, str]) -> None:
    assert run(answered(doorstep(), Sent(1000, 60), headers)) == (200, b"120")


def test_a_token_is_looked_at_only_where_the_body_may_be_long() -> None:
    asked: list[str] = []
    door = doorstep(asked)
    for length in ({}, {"content-length": str(SMALL)}):
        run(door.__rsgi__(Scope(OURS | length), Sent(1, 50)))
    assert asked == []
    run(door.__rsgi__(Scope(OURS | {"content-length": str(SMALL + 1)}), Sent(1, 50)))
    assert asked == ["Bearer ours"]


def test_a_long_body_that_finds_no_room_is_told_when_to_come_again_and_a_short_one_comes_in() -> None:
    """The first takes 900 of 1,500 bytes and is still under way when the others come."""

    async def story() -> list[tuple[int, bytes]]:
        door = doorstep()
        slow = asyncio.create_task(answered(door, Sent(9, 100, 0.02)))
        await asyncio.sleep(0.15)
        second = await answered(door, Sent(9, 100))
        short = await answered(door, Sent(1, SMALL))
        return [second, short, await slow, await answered(door, Sent(9, 100))]

    assert run(story()) == [(503, b""), (200, b"100"), (200, b"900"), (200, b"900")]


def test_room_is_given_back_however_a_request_ends() -> None:
    """Too slow, without room, by a fault, or left by its sender; and then comes one that needs nearly all."""

    async def story() -> tuple[int, bytes]:
        door = doorstep()
        slow = [answered(door, Sent(9, 101, 0.05 if late else 0.0)) for late in (True, False) * 5]
        statuses = [status for status, _ in await asyncio.gather(*slow)]
        assert {408, 503} <= set(statuses) <= {200, 408, 503}
        for _ in range(10):
            with pytest.raises(ValueError, match="a fault"):
                await answered(door, Sent(1, 666))
            left = asyncio.create_task(answered(door, Sent(9, 100, 0.01)))
            await asyncio.sleep(0.03)
            left.cancel()
            with pytest.raises(asyncio.CancelledError):
                await left
        return await answered(door, Sent(1, LARGE))

    assert run(story()) == (200, b"1000")
