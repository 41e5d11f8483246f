"""Send a file to the gateway, whole, and wait for the receipt of each record.

Nothing is remembered here: the file on the disk is the queue, and the gateway knows which of its
chunks have come. Stopped or killed at any moment, the same command goes on where it stood.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

import stamina

from clinics.batch.door import Batch, BatchDoor
from clinics.batch.parcel import Parcel
from clinics.batch.sources import Source
from clinics.errors import GatewayBusy, GatewayDown, GatewayFailed, GatewaySlow

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 2.0
TROUBLE_SECONDS = 60.0
"""How long a gateway that is away or busy is waited for before the upload stops; run again, it goes on."""
STANDSTILL_SECONDS = 120.0
"""How long a committed batch may stand still before we stop waiting for it; `batch status` tells later."""

AWAY = (GatewayDown, GatewaySlow, GatewayBusy, GatewayFailed)
"""What passes by itself: the same request may be taken a while later."""

_Answer = TypeVar("_Answer")


class Hears(Protocol):
    """Hears how far an upload is: `done` of `total` records, in words of the step."""

    def __call__(self, step: str, done: int, total: int, /) -> None: ...


def unheard(_step: str, _done: int, _total: int) -> None:
    """Let nobody hear how far an upload is."""


def send(
    door: BatchDoor,
    source: Source,
    parcel: Parcel,
    *,
    generation: str | None,
    reason: str | None,
    progress: Hears,
) -> Batch:
    """Send what the gateway lacks of a file, commit, and return the batch when its receipts are there.

    A batch that stands still for STANDSTILL_SECONDS is returned as it is.

    Raises GatewayError: refused, or away for longer than TROUBLE_SECONDS.
    """
    batch = _patiently(partial(door.announce, parcel, generation=generation, reason=reason))
    if batch.state == "receiving":
        _send_chunks(door, source, parcel, batch, progress)
        batch = _patiently(partial(door.commit, batch))
    return _wait(door, batch, progress)


def _send_chunks(door: BatchDoor, source: Source, parcel: Parcel, batch: Batch, progress: Hears) -> None:
    missing = list(batch.missing_numbers())
    done = parcel.records - sum(parcel.cuts[number - 1].records for number in missing)
    with source.open() as file:
        for number in missing:
            progress("send", done, parcel.records)
            cut = parcel.cuts[number - 1]
            file.seek(cut.start)
            data = file.read(cut.end - cut.start)
            _patiently(partial(door.put, batch, number, data, records=cut.records))
            done += cut.records
    progress("send", done, parcel.records)


def _wait(door: BatchDoor, batch: Batch, progress: Hears) -> Batch:
    """Return the batch when it has ended, or when nothing has moved for too long."""
    wait, moved, receipts = FIRST_WAIT_SECONDS, time.monotonic(), batch.receipts
    while not batch.ended and time.monotonic() - moved < STANDSTILL_SECONDS:
        progress("store", batch.receipts, batch.records)
        time.sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT_SECONDS)
        batch = _patiently(partial(door.status, batch.id))
        if batch.receipts != receipts:
            moved, receipts = time.monotonic(), batch.receipts
    progress("store", batch.receipts, batch.records)
    return batch


def _patiently(ask: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a question that may be repeated, and is while the gateway is away or busy."""
    attempts = stamina.retry_context(
        on=AWAY,
        attempts=None,
        timeout=TROUBLE_SECONDS,
        wait_initial=1.0,
        wait_max=10.0,
        wait_jitter=1.0,
    )
    for attempt in attempts:
        with attempt:
            return ask()
    raise GatewayDown("no try was made")
