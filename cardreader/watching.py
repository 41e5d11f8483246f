"""What happens on the readers of a machine, as events, and which key opens which card; knows no PC/SC.

Readers are looked at again and again through `ReaderPort`; two looks that differ are
events. A service that goes away takes its readers with it and brings them back.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from cardreader.errors import ReaderUnavailable

LOOK_SECONDS = 0.25
AWAY_SECONDS = 0.5

EventName = Literal["reader-added", "reader-removed", "card-inserted", "card-removed"]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Slot:
    """How one reader is; `changes` is another number after a card came or went, however shortly."""

    holds_card: bool
    changes: int = 0


class ReaderPort(Protocol):
    """All readers of a machine."""

    def look(self, seconds: float) -> Mapping[str, Slot]:
        """Return every reader by name, as soon as one differs from the last look, else after `seconds`.

        Raises ReaderUnavailable: the service is away; the next look may find it again.
        """


@dataclass(frozen=True, slots=True)
class Event:
    """What happened at one reader."""

    name: EventName
    reader: str


class Differences:
    """Turns looks into events."""

    def __init__(self) -> None:
        self._known: dict[str, Slot] = {}

    def of(self, look: Mapping[str, Slot]) -> list[Event]:
        """Return what happened since the last look, at each reader in the order in which it can happen."""
        events: list[Event] = []
        for reader in sorted(self._known.keys() | look.keys()):
            events += [Event(name, reader) for name in _changes(self._known.get(reader), look.get(reader))]
        self._known = dict(look)
        return events


def _changes(before: Slot | None, now: Slot | None) -> list[EventName]:
    held, holds = before is not None and before.holds_card, now is not None and now.holds_card
    exchanged = held and holds and before != now
    names: list[EventName] = []
    if held and (exchanged or not holds):
        names.append("card-removed")
    if before is not None and now is None:
        names.append("reader-removed")
    if before is None and now is not None:
        names.append("reader-added")
    if holds and (exchanged or not held):
        names.append("card-inserted")
    return names


class Pairing(Generic[Key]):
    """Which key is tried on which card.

    A key that was handed in is for one card, the next that is laid down or the last that
    was; the newest such key counts. The standing key is for every card. No key is tried
    twice on a card that was not lifted in between.
    """

    def __init__(self, standing: Key | None = None) -> None:
        self._standing = standing
        self._handed: Key | None = None
        # By reader, of the cards not read yet, the last laid at the end.
        self._tried: dict[str, list[Key]] = {}

    def laid(self, reader: str) -> None:
        """Count a card on this reader as a new one."""
        self.lifted(reader)
        self._tried[reader] = []

    def lifted(self, reader: str) -> None:
        """Forget the card on this reader."""
        self._tried.pop(reader, None)

    def hand_in(self, key: Key) -> None:
        """Use this key for one card."""
        self._handed = key

    def next(self) -> tuple[str, Key] | None:
        """Return the reader whose card is to be read now, and with which key."""
        for key in (self._handed, self._standing):
            for reader, tried in reversed(self._tried.items()):
                if key is not None and not any(key is other for other in tried):
                    return reader, key
        return None

    def read(self, reader: str, key: Key) -> None:
        """Note that the card was read: it needs no other key, and this one is used up."""
        self.lifted(reader)
        self._use_up(key)

    def failed(self, reader: str, key: Key, *, again: bool) -> None:
        """Note that this key did not open the card; with `again` the key stays good for another try."""
        self._tried[reader].append(key)
        if not again:
            self._use_up(key)

    def _use_up(self, key: Key) -> None:
        if self._handed is key:
            self._handed = None


class Host(Protocol[Key]):
    """Who is told what happens, and does what the loop asks for."""

    def happened(self, event: Event) -> None:
        """Tell of one event."""

    def service(self, *, away: bool) -> None:
        """Tell that the service went away or came back."""

    def looked(self, readers: Collection[str]) -> None:
        """Tell which readers are there, after each look at a service that runs."""

    def handed_in(self) -> Iterable[Key]:
        """Return the keys handed in since the last time."""

    def read(self, reader: str, key: Key) -> bool | None:
        """Read the card: True when it was read, False when the key is of no use, None when it may yet be."""

    def readable(self, reader: str) -> bool:
        """Return whether a person's card can lie on this reader."""


def watch(
    port: ReaderPort,
    host: Host[Key],
    *,
    standing: Key | None = None,
    stopped: Callable[[], bool],
    pause: Callable[[float], object],
) -> None:
    """Tell the host of every event, and have each card read that there is a key for, until `stopped`.

    `pause` waits so many seconds, or until the end. Nothing that readers or their service do ends this.
    """
    differences, pairing = Differences(), Pairing[Key](standing)
    away = False
    while not stopped():
        try:
            look, gone = port.look(LOOK_SECONDS), False
        except ReaderUnavailable:
            look, gone = {}, True
        if gone != away:
            host.service(away=gone)
        away = gone
        if not away:
            host.looked(look.keys())
        for event in differences.of(look):
            host.happened(event)
            _note(event, pairing, host)
        for key in host.handed_in():
            pairing.hand_in(key)
        _read_next(pairing, host)
        if away:
            pause(AWAY_SECONDS)


def _note(event: Event, pairing: Pairing[Key], host: Host[Key]) -> None:
    if event.name == "card-inserted" and host.readable(event.reader):
        pairing.laid(event.reader)
    elif event.name == "card-removed":
        pairing.lifted(event.reader)


def _read_next(pairing: Pairing[Key], host: Host[Key]) -> None:
    """Have one card read; the next look comes before the next card, so that none is read that has gone."""
    pair = pairing.next()
    if pair is None:
        return
    outcome = host.read(*pair)
    if outcome:
        pairing.read(*pair)
    else:
        pairing.failed(*pair, again=outcome is None)
