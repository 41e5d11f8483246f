"""How the desk's surroundings are, looked at again and again; what waits in the outbox is sent on the way."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from cardreader.errors import CardError
from clinics.desk.faults import FAULT, log_fault
from clinics.errors import ClinicError, GatewayError, OutboxBusy
from clinics.reader import Reader
from clinics.station import Station

LOOK_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
HEALTH_SECONDS = 60.0  # a nation's desks together must not be a load for the gateway


@dataclass(frozen=True, slots=True)
class Status:
    """How the desk's surroundings are: None is good, else a code of `failures`.

    `machine` is about this machine: its outbox cannot be used, or a fault that nobody foresaw.
    """

    gateway: str | None = None
    reader: str | None = None
    machine: str | None = None
    waiting: int = 0
    refused: int = 0


class Watch:
    """Looks at the reader every few seconds, and at the gateway no oftener than it asks to be left alone."""

    def __init__(
        self,
        station: Station,
        reader: Reader,
        *,
        show: Callable[[Status], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.status = Status()
        self._station = station
        self._reader = reader
        self._show = show
        self._monotonic = monotonic
        self._stopped = threading.Event()
        self._pause = LOOK_SECONDS
        self._gateway_due = self._health_due = 0.0

    def run(self) -> None:
        """Keep the status fresh and the outbox empty until `stop`; the work of one thread."""
        while not self._stopped.is_set():
            try:
                status = self.look()
            except Exception as fault:  # noqa: BLE001 - the thread must live on, and the page say that something is wrong
                log_fault(fault, during="a look at the surroundings")
                status = replace(self.status, machine=FAULT)
            if status != self.status:
                self.status = status
                self._show(status)
            self._stopped.wait(LOOK_SECONDS)

    def look(self) -> Status:
        """Return how things are; a gateway that failed is left alone, for as long as it asked."""
        status = replace(self.status, reader=_code(_trouble(self._reader.look)), machine=None)
        if self._monotonic() < self._gateway_due:
            return self._outbox(status, send=False)[0]
        trouble = self._gateway_trouble()
        status, asked = self._outbox(replace(status, gateway=_code(trouble)), send=trouble is None)
        if isinstance(trouble, GatewayError):
            asked = trouble.retry_after or 0.0
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS) if status.gateway else LOOK_SECONDS
        if status.gateway:
            self._gateway_due = self._monotonic() + max(self._pause, asked)
        return status

    def stop(self) -> None:
        """End `run`."""
        self._stopped.set()

    def _gateway_trouble(self) -> ClinicError | CardError | None:
        """Return what is wrong with the gateway, asked for now and then, and always when something was."""
        if not self.status.gateway and self._monotonic() < self._health_due:
            return None
        self._health_due = self._monotonic() + HEALTH_SECONDS
        gateway = self._station.gateway
        return _trouble(gateway.health) or _trouble(gateway.sign_in)

    def _outbox(self, status: Status, *, send: bool) -> tuple[Status, float]:
        """Return the status with the outbox's part in it, and how many seconds the gateway wants peace."""
        try:
            delivery, counts = self._station.empty_outbox(send=send)
        except OutboxBusy:
            return status, 0.0  # another program of this desk is sending
        except ClinicError as error:
            return replace(status, machine=error.code), 0.0
        status = replace(status, waiting=counts["pending"], refused=counts["refused"])
        if delivery is None or delivery.stopped_by is None:
            return status, 0.0
        return replace(status, gateway=delivery.stopped_by), delivery.retry_after or 0.0


def _trouble(look: Callable[[], object]) -> ClinicError | CardError | None:
    try:
        look()
    except (ClinicError, CardError) as error:
        return error
    return None


def _code(error: ClinicError | CardError | None) -> str | None:
    return error.code if error else None
