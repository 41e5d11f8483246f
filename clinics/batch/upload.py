"""Send a file to the gateway, whole, and wait for the receipt of each record.

Nothing is remembered here: the file on the disk is the queue, and the gateway knows which of its
chunks have come. Stopped or killed at any moment, the same command goes on where it stood.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar, cast, get_args

import stamina

from clinics.batch.door import Batch, BatchDoor
from clinics.batch.parcel import Parcel
from clinics.batch.rows import Finding, Outcome, Result, Row, finding_of_receipt
from clinics.batch.sources import Source
from clinics.errors import GatewayBusy, GatewayDown, GatewayError, GatewayFailed, GatewayNonsense, GatewaySlow
from failures import all_failures

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 2.0
TROUBLE_SECONDS = 60.0
"""How long a gateway that is away or busy is waited for before the upload stops; run again, it goes on."""
STANDSTILL_SECONDS = 120.0
"""How long a committed batch may stand still before we stop waiting for it; `batch status` tells later."""


_Answer = TypeVar("_Answer")


class Hears(Protocol):
    """Hears how far an upload is: `done` of `total` records, in words of the step."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """What waiting needs of the world."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def send(
    door: BatchDoor,
    source: Source,
    parcel: Parcel,
    *,
    generation: str | None,
    reason: str | None,
    progress: Hears,
    clock: Clock,
) -> Batch:
    """Send what the gateway lacks of a file, commit, and return the batch when its receipts are there.

    A batch that stands still for STANDSTILL_SECONDS is returned as it is.

    Raises GatewayError: refused, or away for longer than TROUBLE_SECONDS.
    """
    batch = _patiently(partial(door.announce, parcel, generation=generation, reason=reason))
    if batch.state == "receiving":
        _send_chunks(door, source, parcel, batch, progress)
        batch = _patiently(partial(door.commit, batch))
    return _wait(door, batch, progress, clock)


def rows_of(receipts: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield each receipt as a row. Raises GatewayNonsense: it is none."""
    for said in receipts:
        try:
            yield _row(said)
        except (TypeError, ValueError, AttributeError) as fault:
            raise GatewayNonsense("the answer holds no receipt") from fault


def _row(said: Mapping[str, Any]) -> Row:
    result, code = said.get("result"), said.get("code")
    findings = [finding_of_receipt(one) for one in said.get("findings") or ()]
    if code and all(code not in {finding.code, finding.rule} for finding in findings):
        findings.append(_refusal(str(code)))
    return Row(
        number=int(said.get("number") or 0),
        kind=_text(said.get("kind")),
        key=_text(said.get("key")),
        outcome=_outcome(said.get("outcome"), result),
        findings=tuple(findings),
        result=cast("Result", result) if result in get_args(Result) else None,
        location=_text(said.get("location")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _outcome(said: object, result: object) -> Outcome:
    """Return the outcome of a receipt; what the gateway refused is refused, whatever else it says."""
    if result == "refused" or said not in {"accepted", "accepted-with-warnings"}:
        return "refused"
    return "accepted" if said == "accepted" else "accepted-with-warnings"


def _refusal(code: str) -> Finding:
    known = code if code in all_failures() else "gateway.unknown-code"
    return Finding(code, known, "error", None, None, None, None, None)


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


def _wait(door: BatchDoor, batch: Batch, progress: Hears, clock: Clock) -> Batch:
    """Return the batch when it has ended, or when nothing has moved for too long."""
    wait, moved, receipts = FIRST_WAIT_SECONDS, clock.monotonic(), batch.receipts
    while not batch.ended and clock.monotonic() - moved < STANDSTILL_SECONDS:
        progress("store", batch.receipts, batch.records)
        clock.sleep(wait)
        wait = min(wait * 1.5, LONGEST_WAIT_SECONDS)
        batch = _patiently(partial(door.status, batch.id))
        if batch.receipts != receipts:
            moved, receipts = clock.monotonic(), batch.receipts
    progress("store", batch.receipts, batch.records)
    return batch


def _patiently(ask: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a question that may be repeated, and is while the gateway is away or busy."""
    attempts = stamina.retry_context(
        on=_passes,
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


def _passes(error: Exception) -> bool:
    return isinstance(error, GatewayError) and isinstance(
        error, GatewayDown | GatewaySlow | GatewayBusy | GatewayFailed
    )
