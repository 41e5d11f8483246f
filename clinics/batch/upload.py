"""Upload records through the outbox: queue all, then send; stopped or killed, the next run goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bhyt.r4 import wire
from bhyt.r4.bundle import submission
from bhyt.records.content import business_key, kind
from clinics.batch.report import Row
from clinics.batch.sources import Ready
from clinics.delivery import Delivery
from clinics.errors import OutboxBusy
from clinics.outbox import Outbox

MEDIA_TYPE = "application/xml"


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
        bundle = submission(record, source.original, file_name=source.file, media_type=MEDIA_TYPE)
        subject = f"{kind(record)} {record.facility} {business_key(record)}"
        item_id = outbox.add(wire.write(bundle), path="/fhir", subject=subject, now=now)
        queued.append(Queued(item_id, source.accepted))
    return queued, refused


def send(
    outbox: Outbox,
    queued: Iterable[Queued],
    *,
    deliver: Callable[[Callable[[str], None]], Delivery],
    report: Callable[[Row], None],
) -> Delivery:
    """Send what waits, and report each queued record when it ended, the others as waiting at the end.

    Where another process of this desk is sending, the records wait for that one.
    """
    waiting = {one.id: one.row for one in queued}

    def ended(item_id: str) -> None:
        if row := waiting.pop(item_id, None):
            report(_ended(outbox, item_id, row))

    try:
        delivery = deliver(ended)
    except OutboxBusy as busy:
        delivery = Delivery(sent=0, refused=0, stopped_by=busy.code)
    for item_id, row in waiting.items():
        ended_row = _ended(outbox, item_id, row)
        report(replace(ended_row, code=ended_row.code or delivery.stopped_by))
    return delivery


def _ended(outbox: Outbox, item_id: str, row: Row) -> Row:
    standing = outbox.standing(item_id)
    return replace(row, outcome=standing.outcome, code=standing.code, receipt=standing.receipt)
