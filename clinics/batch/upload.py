"""Upload records through the outbox: queue all, then send; stopped or killed, the next run goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bhyt.r4 import wire
from bhyt.r4.bundle import submission
from bhyt.records.content import business_key, kind
from clinics.arrivals import senders
from clinics.batch.ready import Ready
from clinics.batch.report import Row
from clinics.clock import utc_now
from clinics.delivery import deliver
from clinics.errors import OutboxBusy
from clinics.gateway_client import Gateway
from clinics.outbox import Outbox

MEDIA_TYPE = "application/xml"
SENDING_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Queued:
    """A record in the outbox, on the disk, under this id."""

    id: str
    row: Row


def queue(outbox: Outbox, sources: Iterable[Ready | Row], *, now: datetime) -> tuple[list[Queued], list[Row]]:
    """Put every record into the outbox and return what waits, and the rows that are refused already.

    Raises OutboxError: the outbox cannot take it; what was queued before stays.
    """
    queued: list[Queued] = []
    refused: list[Row] = []
    for source in sources:
        if isinstance(source, Row):
            refused.append(source)
            continue
        record = source.record
        bundle = submission(record, source.original, file_name=source.file_name, media_type=MEDIA_TYPE)
        subject = f"{kind(record)} {record.facility} {business_key(record)}"
        item_id = outbox.add(wire.write(bundle), path="/fhir", subject=subject, now=now)
        queued.append(Queued(item_id, source.accepted))
    return queued, refused


def send(
    outbox: Outbox,
    gateway: Gateway,
    queued: Iterable[Queued],
    *,
    report: Callable[[Row], None],
    ended: Callable[[], None] = lambda: None,
) -> str | None:
    """Send what waits; report each queued record when it ended, those that still wait at the end.

    Return the code of what stopped the sending, if something did. Where another process of this
    desk is sending, the records wait for that one.
    """
    waiting: dict[str, list[Row]] = {}
    for one in queued:
        waiting.setdefault(one.id, []).append(one.row)

    def tell(item_id: str, stopped_by: str | None = None) -> None:
        standing = outbox.standing(item_id)
        for copy, row in enumerate(waiting.pop(item_id, ())):
            twice = copy > 0 and standing.outcome == "stored"
            outcome = "already-stored" if twice else standing.outcome
            code = standing.code or (stopped_by if outcome == "pending" else None)
            report(replace(row, outcome=outcome, code=code, receipt=standing.receipt))
            ended()

    stopped_by = _deliver(outbox, gateway, tell)
    for item_id in list(waiting):
        tell(item_id, stopped_by)
    return stopped_by


def _deliver(outbox: Outbox, gateway: Gateway, tell: Callable[[str], None]) -> str | None:
    every_kind = senders(outbox, gateway, now=utc_now)
    try:
        delivery = deliver(outbox, every_kind, now=utc_now, report=tell, wait_seconds=SENDING_WAIT_SECONDS)
    except OutboxBusy as busy:
        return busy.code
    return delivery.stopped_by
