"""Server-sent events for the open pages of one desk (WHATWG HTML §9.2). In memory only.

Each stream holds a thread, so their number is capped. A page that lost its stream names the last
event it saw and gets what it missed; one that cannot is given the latest event of each kind.
"""

import re
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clinics.errors import TooManyPages

HEARTBEAT_SECONDS = 15.0
STREAM_LIMIT = 8
REMEMBERED = 64
RETRY_MILLISECONDS = 1000
_EVENT_ID = re.compile(r"([0-9a-f]{8})-([0-9]{1,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its place in the stream, its kind, and the HTML fragment that it shows."""

    number: int
    kind: str
    data: str


class Stream:
    """The desk's events, published by its threads and followed by its pages."""

    def __init__(self, *, heartbeat: float = HEARTBEAT_SECONDS, limit: int = STREAM_LIMIT) -> None:
        self._epoch = secrets.token_hex(4)
        self._heartbeat = heartbeat
        self._limit = limit
        self._changed = threading.Condition()
        self._events: deque[Event] = deque(maxlen=REMEMBERED)
        self._latest: dict[str, Event] = {}
        self._number = 0
        self._open = 0
        self._closed = False

    def publish(self, kind: str, data: str) -> None:
        """Show `data` on every open page in the place for `kind`."""
        with self._changed:
            self._number += 1
            event = Event(self._number, kind, data)
            self._events.append(event)
            self._latest[kind] = event
            self._changed.notify_all()

    def forget(self) -> None:
        """Drop everything that was published; pages that are open keep what they show."""
        with self._changed:
            self._events.clear()
            self._latest.clear()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def follow(self, last_event_id: str | None) -> "Follower":
        """Return a follower that starts after the last event seen. Raises TooManyPages: all are taken."""
        with self._changed:
            if self._open >= self._limit:
                raise TooManyPages("every stream of this desk is taken")
            self._open += 1
        return Follower(self, last_event_id)

    def leave(self) -> None:
        """Give one stream back."""
        with self._changed:
            self._open -= 1

    def events(self, last_event_id: str | None) -> Iterator[bytes]:
        """Yield what was missed, then each new event as it comes, or a comment when none did for a while."""
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        missed, seen = self._missed(last_event_id)
        yield self._encode(missed)
        while not self._closed:
            with self._changed:
                if self._number == seen and not self._closed:
                    self._changed.wait(self._heartbeat)
                new = [event for event in self._events if event.number > seen]
                seen = self._number
            yield self._encode(new)

    def _missed(self, last_event_id: str | None) -> tuple[list[Event], int]:
        number = parse_event_id(last_event_id, self._epoch)
        with self._changed:
            first = self._events[0].number if self._events else self._number + 1
            if number is not None and first - 1 <= number <= self._number:
                return [event for event in self._events if event.number > number], self._number
            return sorted(self._latest.values(), key=lambda event: event.number), self._number

    def _encode(self, events: Iterable[Event]) -> bytes:
        return "".join(map(self._text, events)).encode() or b": still here\n\n"

    def _text(self, event: Event) -> str:
        lines = "".join(f"data: {line}\n" for line in event.data.splitlines() or [""])
        return f"id: {self._epoch}-{event.number}\nevent: {event.kind}\n{lines}\n"


class Follower:
    """One page's place in the stream; `close` gives it back, once, also when no event was ever asked for."""

    def __init__(self, stream: Stream, last_event_id: str | None) -> None:
        self._stream = stream
        self._last_event_id = last_event_id
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self._stream.events(self._last_event_id)

    def close(self) -> None:
        """Leave the stream."""
        if not self._closed:
            self._closed = True
            self._stream.leave()


def parse_event_id(text: str | None, epoch: str) -> int | None:
    """Return the number of an event id that this start of the desk gave out, None for anything else."""
    found = _EVENT_ID.fullmatch(text or "")
    return int(found[2]) if found and found[1] == epoch else None
