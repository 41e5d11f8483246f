"""Server-sent events: order, what a page missed, the cap, and that a place is given back."""

import threading
import time
from itertools import islice

import pytest

from clinics.desk.stream import Stream, parse_event_id
from clinics.errors import TooManyPages


def _next(stream: Stream, count: int, last_event_id: str | None = None) -> list[str]:
    follower = stream.follow(last_event_id)
    try:
        return [chunk.decode() for chunk in islice(follower, 1, 1 + count)]
    finally:
        follower.close()


def _ids(chunk: str) -> list[str]:
    return [line.removeprefix("id: ") for line in chunk.splitlines() if line.startswith("id: ")]


def test_a_new_page_gets_the_latest_event_of_each_kind() -> None:
    stream = Stream()
    for kind, data in (("tap", "old"), ("status", "ready"), ("tap", "new")):
        stream.publish(kind, data)
    (chunk,) = _next(stream, 1)
    assert "data: ready" in chunk
    assert "data: new" in chunk
    assert "data: old" not in chunk


def test_a_page_that_comes_back_gets_exactly_what_it_missed() -> None:
    stream = Stream()
    stream.publish("tap", "seen")
    seen = _ids(_next(stream, 1)[0])[-1]
    stream.publish("tap", "missed 1")
    stream.publish("tap", "missed 2")
    (chunk,) = _next(stream, 1, seen)
    assert [line for line in chunk.splitlines() if line.startswith("data")] == [
        "data: missed 1",
        "data: missed 2",
    ]


def test_an_id_of_an_earlier_start_counts_as_nothing_seen() -> None:
    stream = Stream()
    stream.publish("tap", "now")
    assert "data: now" in _next(stream, 1, "00000000-1")[0]


def test_an_open_page_is_told_at_once_and_hears_a_heartbeat_when_nothing_happens() -> None:
    stream = Stream(heartbeat=0.05)
    follower = iter(stream.follow(None))
    assert next(follower).startswith(b"retry: ")
    assert next(follower) == b": still here\n\n"
    assert next(follower) == b": still here\n\n"
    threading.Timer(0.01, lambda: stream.publish("tap", "two\nlines")).start()
    deadline = time.monotonic() + 2
    chunk = b""
    while b"event: tap" not in chunk and time.monotonic() < deadline:
        chunk = next(follower)
    assert b"data: two\ndata: lines\n\n" in chunk


def test_only_so_many_pages_may_follow_and_a_place_is_given_back_even_if_nothing_was_read() -> None:
    stream = Stream(limit=2)
    first, _second = stream.follow(None), stream.follow(None)
    with pytest.raises(TooManyPages):
        stream.follow(None)
    first.close()
    first.close()
    stream.follow(None)
    with pytest.raises(TooManyPages):
        stream.follow(None)


def test_what_was_forgotten_is_not_told_to_the_next_clerk() -> None:
    stream = Stream()
    stream.publish("tap", "a patient")
    seen = _ids(_next(stream, 1)[0])[-1]
    stream.restart()
    for last_event_id in (None, seen, seen[:-1] + "0"):
        assert "a patient" not in _next(stream, 1, last_event_id)[0]


def _waiting(stream: Stream) -> tuple[threading.Thread, list[bytes]]:
    """Follow in a thread of its own until the stream ends; return it, and what it hears."""
    follower = iter(stream.follow(None))
    next(follower)
    next(follower)
    heard: list[bytes] = []
    thread = threading.Thread(target=lambda: heard.extend(follower), daemon=True)
    thread.start()
    time.sleep(0.05)
    return thread, heard


def test_a_closed_stream_ends_at_once() -> None:
    stream = Stream(heartbeat=30)
    thread, heard = _waiting(stream)
    stream.close()
    thread.join(2)
    assert not thread.is_alive()
    assert b"over" not in b"".join(heard)


def test_a_stream_of_the_session_before_ends_at_once_and_hears_nothing_of_the_next() -> None:
    stream = Stream(heartbeat=30)
    thread, heard = _waiting(stream)
    stream.restart()
    stream.publish("tap", "the next clerk's patient")
    thread.join(2)
    assert not thread.is_alive()
    assert heard == [b"event: over\ndata:\n\n"]


def test_a_stream_that_was_not_read_yet_when_its_session_ended_hears_nothing_of_the_next() -> None:
    stream = Stream(heartbeat=30)
    follower = iter(stream.follow(None))
    stream.restart()
    stream.publish("tap", "the next clerk's patient")
    assert b"patient" not in b"".join(follower)


@pytest.mark.parametrize("text", [None, "", "1", "0a0b0c0d-", "0a0b0c0d-٣", "0a0b0c0d-1\n", "zzzzzzzz-1"])
def test_what_is_no_event_id_of_ours_is_none(text: str | None) -> None:
    assert parse_event_id(text, "0a0b0c0d") is None
