"""One run over the hospital's files: every record ends as one row, told to whoever listens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from bhyt.errors import RecordsError
from bhyt.tables.generations import Generation
from clinics.batch.checking import Judge, Seen, check
from clinics.batch.door import Batch, BatchDoor
from clinics.batch.parcel import pack
from clinics.batch.receipts import rows_of
from clinics.batch.rows import Counts, FileSaid, Finding, Row
from clinics.batch.sources import Source
from clinics.batch.upload import Hears, send
from clinics.errors import ClinicError, GatewayError, RecordRefused
from failures import failure


class Listener(Protocol):
    """Hears each file, and then its rows."""

    def file(self, said: FileSaid) -> None: ...

    def row(self, row: Row) -> None: ...


@dataclass(frozen=True, slots=True)
class Checking:
    """How files are checked: whose they must be, what was seen in this run, what signatures are worth."""

    facility: str
    judge: Judge
    seen: Seen


@dataclass(frozen=True, slots=True)
class Sending:
    """How files are sent."""

    door: BatchDoor
    generation: Generation | None
    reason: str | None
    progress: Hears


def check_all(
    sources: Iterable[Source], checking: Checking, *, listeners: Iterable[Listener], counts: Counts
) -> None:
    """Check every source; the listeners hear each row, `counts` counts them."""
    listeners = tuple(listeners)
    for source in sources:
        tell(_said(source, checking), _checked(source, checking), listeners, counts)


def upload_all(
    sources: Iterable[Source],
    checking: Checking,
    sending: Sending,
    *,
    listeners: Iterable[Listener],
    counts: Counts,
) -> str | None:
    """Check and send every source; a row is then what the gateway's receipt says of the record.

    A source of which no record may be stored is not sent. One that the gateway refuses stops no other one.
    Return the code of what stopped the sending, None when nothing did: what was not sent is `pending`.
    """
    listeners = tuple(listeners)
    stopped: str | None = None
    for source in sources:
        said = _said(source, checking)
        rows = list(_checked(source, checking)) if said.code is None else []
        if stopped is None and any(row.outcome != "refused" for row in rows):
            try:
                said, rows = _received(said, rows, _sent(source, sending), sending.door)
            except (ClinicError, RecordsError) as error:
                if _stops(error):
                    stopped, rows = error.code, _pending(rows)
                else:
                    said, rows = replace(said, code=error.code), []
        elif stopped is not None:
            rows = _pending(rows)
        tell(said, rows, listeners, counts)
    return stopped


def _stops(error: ClinicError | RecordsError) -> bool:
    """Say whether no other file can be sent either: it is not about this file, or passes by itself."""
    about_file = isinstance(error, RecordRefused) and not failure(error.code).retry
    return isinstance(error, GatewayError) and not about_file


def tell(said: FileSaid, rows: Iterable[Row], listeners: Iterable[Listener], counts: Counts) -> None:
    """Tell the listeners of a file and its rows, and count them."""
    listeners = tuple(listeners)
    for listener in listeners:
        listener.file(said)
    counts.unreadable += said.code is not None
    for row in rows:
        counts.add(row)
        for listener in listeners:
            listener.row(row)


def _said(source: Source, checking: Checking) -> FileSaid:
    """Return what there is to say of a source as a whole."""
    signature = checking.judge(source)
    weak = signature.problem() if signature else None
    problems = (*source.problems, weak) if weak else source.problems
    return FileSaid(
        file=source.name,
        generation=source.generation,
        signature=signature.to_json() if signature else None,
        code=source.refused,
        findings=tuple(map(Finding.of, problems)),
    )


def _checked(source: Source, checking: Checking) -> Iterator[Row]:
    return check(source, facility=checking.facility, seen=checking.seen)


def _sent(source: Source, sending: Sending) -> Batch:
    return send(
        sending.door,
        source,
        pack(source),
        generation=sending.generation,
        reason=sending.reason,
        progress=sending.progress,
    )


def _received(said: FileSaid, rows: list[Row], batch: Batch, door: BatchDoor) -> tuple[FileSaid, list[Row]]:
    """Return the file and its rows as the gateway's receipts have them.

    Rows that never travelled (number 0, of a sheet) stay; a batch that has not ended leaves the rows
    without a receipt pending.
    """
    said = replace(said, batch=batch.id)
    if batch.state == "refused":
        return replace(said, code=batch.code or "batch.refused"), []
    stayed = [row for row in rows if row.number == 0]
    received = list(rows_of(door.receipts(batch.id)))
    if not batch.ended:
        known = {(row.number, row.kind, row.key) for row in received}
        travelled = [row for row in rows if row.number and (row.number, row.kind, row.key) not in known]
        received += _pending(travelled)
    return said, [*received, *stayed]


def _pending(rows: Iterable[Row]) -> list[Row]:
    return [row if row.outcome == "refused" else replace(row, outcome="pending") for row in rows]
