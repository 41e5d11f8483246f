"""The taps of one desk, one at a time, each in its own thread, shown as they go."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bhyt.errors import RecordsError
from bhyt.records.eligibility import Arrival, Clerk
from cardreader.errors import CardError
from clinics.checkin import new_session
from clinics.clock import utc_now
from clinics.desk import view
from clinics.desk.faults import FAULT, log_fault
from clinics.desk.view import View
from clinics.entry import Entry
from clinics.errors import ClinicError, TapRunning
from clinics.reader import Reader
from clinics.station import Station

REMEMBERED = 12
GIVE_UP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Recent:
    """One finished tap of this session, in memory only."""

    at: str
    view: View


class _Tap:
    """A running tap of one clerk's session: whether it still waits for the card, and is still wanted."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.waiting = True
        self.wanted = True
        self.thread: threading.Thread | None = None


class Taps:
    """Starts and gives up taps; `show` gets every new view, with the recent ones when a tap ended."""

    def __init__(
        self,
        station: Station,
        reader: Reader,
        *,
        show: Callable[[View, tuple[Recent, ...] | None], None],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._station = station
        self._reader = reader
        self._show = show
        self._now = now
        self._lock = threading.Lock()
        self._telling = threading.Lock()  # so that nothing is told of a tap once it is not wanted
        self._running: _Tap | None = None
        self._recent: deque[Recent] = deque(maxlen=REMEMBERED)
        self._session = new_session()

    @property
    def recent(self) -> tuple[Recent, ...]:
        """Return the taps of this session, the latest first."""
        return tuple(self._recent)

    def start(self, entry: Entry, clerk: Clerk, arrival: Arrival) -> None:
        """Wait for the card of `entry` and check its holder in; a tap that still waits is given up for it.

        Raises TapRunning: a card is being read or asked about.
        """
        with self._lock:
            self._give_up()
            tap = _Tap(self._session)
            tap.thread = threading.Thread(
                target=self._run, args=(tap, entry, clerk, arrival), name="tap", daemon=True
            )
            self._running = tap
            tap.thread.start()

    def cancel(self) -> None:
        """Give up the tap that waits for its card, if there is one.

        Raises TapRunning: the card is being read or asked about.
        """
        with self._lock:
            self._give_up()
            self._show(view.IDLE, None)

    def forget(self) -> None:
        """Give up what waits, forget the taps of this session, and begin another one."""
        with self._lock, self._telling:
            if self._running:
                self._running.wanted = False
            self._recent.clear()
            self._session = new_session()

    def _give_up(self) -> None:
        tap = self._running
        if tap is None or tap.thread is None or not tap.thread.is_alive():
            return
        if not tap.waiting:
            raise TapRunning("a card is being processed")
        tap.wanted = False
        tap.thread.join(GIVE_UP_SECONDS)
        if tap.thread.is_alive():
            raise TapRunning("a card is being processed")

    def _run(self, tap: _Tap, entry: Entry, clerk: Clerk, arrival: Arrival) -> None:
        self._tell(tap, view.working("waiting"))
        try:
            shown = self._check_in(tap, entry, clerk, arrival)
        except (CardError, ClinicError, RecordsError) as error:
            shown = view.trouble(error.code)
        except Exception as fault:  # noqa: BLE001 - the end of the thread: a tap ends in sight, whatever happens
            log_fault(fault, during="a tap")
            shown = view.trouble(FAULT)
        self._tell(tap, shown, ended=True)

    def _check_in(self, tap: _Tap, entry: Entry, clerk: Clerk, arrival: Arrival) -> View:
        seconds = self._station.settings.card_seconds
        with self._reader.card(seconds, wanted=lambda: tap.wanted) as card:
            tap.waiting = False
            result = self._station.check_in(
                card.transport,
                entry,
                self._station.arriving(clerk, arrival=arrival, session=tap.session),
                reader=card.reader,
                report=lambda step: self._tell(tap, view.working(step)),
            )
            return view.shown(result)

    def _tell(self, tap: _Tap, shown: View, *, ended: bool = False) -> None:
        """Show where the tap is, unless nobody wants to know: the next clerk must see nothing of it."""
        with self._telling:
            if not tap.wanted:
                return
            if ended:
                self._recent.appendleft(Recent(view.clock(self._now()), shown))
            self._show(shown, self.recent if ended else None)
