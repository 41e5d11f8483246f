"""What one desk holds in memory: who is signed in, its stream, its taps, and how its surroundings are."""

import secrets
from typing import Protocol

from clinics.desk import view
from clinics.desk.stream import Stream
from clinics.desk.taps import Recent, Taps
from clinics.desk.view import View
from clinics.desk.watch import Status, Watch
from clinics.reader import Reader
from clinics.station import Station


class Render(Protocol):
    """Renders a template outside of any request."""

    def __call__(self, template: str, **values: object) -> str: ...


class DeskState:
    """One desk while its program runs; nothing of a patient is written to a disk from here."""

    render: Render

    def __init__(self, station: Station, reader: Reader, *, stream: Stream | None = None) -> None:
        self.station = station
        self.stream = stream or Stream()
        self.shown: View = view.IDLE
        self.session: str | None = None
        self.taps = Taps(station, reader, show=self.show)
        self.watch = Watch(station, reader, show=self.show_status)

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

    def show_status(self, status: Status) -> None:
        """Show on every open page how the surroundings are."""
        self.stream.publish("status", self.render("_status.html", status=status))

    def stop(self) -> None:
        """End the watch and every open stream."""
        self.watch.stop()
        self.stream.close()
