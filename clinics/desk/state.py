"""What one desk holds in memory: its stream, its taps, and how its gateway, reader and outbox are."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cardreader.errors import CardError
from clinics.desk import view
from clinics.desk.stream import Stream
from clinics.desk.taps import Recent, Taps
from clinics.desk.view import View
from clinics.errors import ClinicError, OutboxBusy
from clinics.reader import Reader
from clinics.station import Station

LOOK_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
HEALTH_SECONDS = 60.0  # a nation's desks together must not be a load for the gateway


class Render(Protocol):
    """Renders a template outside of any request."""

    def __call__(self, template: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Status:
    """How the desk's surroundings are: None is good, else a code of `failures`."""

    gateway: str | None = None
    reader: str | None = None
    waiting: int = 0
    refused: int = 0


class DeskState:
    """One desk while its program runs; nothing of a patient is written to a disk from here."""

    render: Render

    def __init__(self, station: Station, reader: Reader, *, stream: Stream | None = None) -> None:
        self.station = station
        self.stream = stream or Stream()
        self.status = Status()
        self.shown: View = view.IDLE
        self.session: str | None = None
        self.taps = Taps(station, reader, show=self.show)
        self._reader = reader
        self._stopped = threading.Event()
        self._health_due = 0.0
        self._asked_to_wait = 0.0

    def show(self, shown: View, recent: tuple[Recent, ...] | None) -> None:
        """Show a tap's new state on every open page, and the list when it changed."""
        self.shown = shown
        self.stream.publish("tap", self.render("_tap.html", view=shown))
        if recent is not None:
            self.stream.publish("recent", self.render("_recent.html", recent=recent))

    def begin_session(self) -> str:
        """Return the id of a new session; there is one at a time, so it ends the one before."""
        self.end_session()
        self.session = secrets.token_urlsafe(16)
        return self.session

    def end_session(self) -> None:
        """Let no cookie count any more, end every stream, and drop what the clerk saw."""
        self.session = None  # first: a page that comes between must find nobody signed in
        self.taps.forget()
        self.stream.restart()
        self.shown = view.IDLE

    def watch(self) -> None:
        """Keep the status fresh and the outbox empty until `stop`; the work of one thread."""
        pause = LOOK_SECONDS
        while not self._stopped.is_set():
            status = self.look()
            if status != self.status:
                self.status = status
                self.stream.publish("status", self.render("_status.html", status=status))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS) if status.gateway else LOOK_SECONDS
            self._stopped.wait(max(pause, self._asked_to_wait))

    def look(self) -> Status:
        """Return how things are; sends what waits in the outbox, and now and then asks for the gateway."""
        gateway, waiting, refused = self.status.gateway, self.status.waiting, self.status.refused
        if gateway or time.monotonic() >= self._health_due:
            gateway = _code(self.station.gateway.health) or _code(self.station.gateway.sign_in)
            self._health_due = time.monotonic() + HEALTH_SECONDS
        try:
            delivery, counts = self.station.empty_outbox()
            waiting, refused = counts["pending"], counts["refused"]
            gateway = (delivery.stopped_by if delivery else None) or gateway
            self._asked_to_wait = (delivery.retry_after if delivery else None) or 0.0
        except OutboxBusy:
            pass  # another program of this desk is sending
        except ClinicError as error:
            gateway = error.code
        return Status(gateway=gateway, reader=_code(self._reader.name), waiting=waiting, refused=refused)

    def stop(self) -> None:
        """End the watch and every open stream."""
        self._stopped.set()
        self.stream.close()


def _code(look: Callable[[], object]) -> str | None:
    try:
        look()
    except (ClinicError, CardError) as error:
        return error.code
    return None
