"""Server-sent events for the open pages of one desk (WHATWG HTML §9.2). In memory only.

Each stream holds a thread, so their number is capped. A page that lost its stream names the last
event it saw and gets what it missed; one that cannot is given the latest event of each kind. With
the clerk's session every stream ends, and the next session begins with nothing published.
"""

import re
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from clinics.errors import TooManyPages

HEARTBEAT_SECONDS = 15.0
STREAM_LIMIT = 8
REMEMBERED = 64
RETRY_MILLISECONDS = 1000
OVER = b"event: over\ndata:\n\n"
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

    def restart(self) -> None:
        """Drop everything that was published, and end every open stream with the word that it is over.

        A page that is told so must not come back by itself; ids given out before count as nothing seen.
        """
        with self._changed:
            self._epoch = secrets.token_hex(4)
            self._events.clear()
            self._latest.clear()
            self._changed.notify_all()

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
            return Follower(self, self._epoch, last_event_id)

    def leave(self) -> None:
        """Give one stream back."""
        with self._changed:
            self._open -= 1

    def events(self, epoch: str, last_event_id: str | None) -> Iterator[bytes]:
        """Yield what was missed, then each new event as it comes, or a comment when none did for a while."""
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        seen = -1
        while not self._closed:
            with self._changed:
                if self._number == seen and self._epoch == epoch and not self._closed:
                    self._changed.wait(self._heartbeat)
                over, first = self._epoch != epoch, seen < 0
                new = self._missed(last_event_id) if first else [e for e in self._events if e.number > seen]
                seen = self._number
            if over:
                yield OVER
                return
            yield "".join(_text(event, epoch) for event in new).encode() or b": still here\n\n"

    def _missed(self, last_event_id: str | None) -> list[Event]:
        number = parse_event_id(last_event_id, self._epoch)
        first = self._events[0].number if self._events else self._number + 1
        if number is not None and first - 1 <= number <= self._number:
            return [event for event in self._events if event.number > number]
        return sorted(self._latest.values(), key=lambda event: event.number)


class Follower:
    """One page's place in the stream; `close` gives it back, once, also when no event was ever asked for."""

    def __init__(self, stream: Stream, epoch: str, last_event_id: str | None) -> None:
        self._stream = stream
        self._epoch = epoch
        self._last_event_id = last_event_id
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self._stream.events(self._epoch, self._last_event_id)

    def close(self) -> None:
        """Leave the stream."""
        if not self._closed:
            self._closed = True
            self._stream.leave()


def _text(event: Event, epoch: str) -> str:
    lines = "".join(f"data: {line}\n" for line in event.data.splitlines() or [""])
    return f"id: {epoch}-{event.number}\nevent: {event.kind}\n{lines}\n"


def parse_event_id(text: str | None, epoch: str) -> int | None:
    """Return the number of an event id that was given out in this epoch, None for anything else."""
    found = _EVENT_ID.fullmatch(text or "")
    return int(found[2]) if found and found[1] == epoch else None
