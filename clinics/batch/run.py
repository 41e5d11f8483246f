"""One run over the hospital's files: every record ends as one row, told to whoever listens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from bhyt.errors import RecordsError
from bhyt.tables.generations import Generation
from clinics.batch.checking import Judge, check
from clinics.batch.door import BatchDoor
from clinics.batch.joining import Receipts, joined
from clinics.batch.parcel import pack
from clinics.batch.rows import Counts, FileSaid, Finding, Row, pending
from clinics.batch.seen import Seen
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
    """How files are checked: whose they must be, what signatures are worth, what was seen, and the day."""

    facility: str
    judge: Judge
    seen: Seen
    today: date

    def rows(self, source: Source) -> Iterator[Row]:
        """Yield the rows of the next source of the run; none of one that is refused."""
        self.seen.begin(source.name)
        return self.rows_again(source)

    def rows_again(self, source: Source) -> Iterator[Row]:
        """Yield the rows of the source that came last, as `rows` does."""
        return check(source, facility=self.facility, seen=self.seen, today=self.today)


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
        tell(_said(source, checking), checking.rows(source), listeners, counts)


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
    No file's rows are held: they are read again.
    """
    listeners = tuple(listeners)
    stopped: str | None = None
    for source in sources:
        said = _said(source, checking)
        rows = checking.rows(source)
        if stopped is not None:
            tell(said, map(pending, rows), listeners, counts)
        elif any(row.outcome != "refused" for row in rows):
            said, found, receipts = _sent(source, said, checking, sending)
            tell(said, found, listeners, counts)
            stopped = receipts.stopped
        else:
            tell(said, checking.rows_again(source), listeners, counts)
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
    counts.add_file(said)
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
        signature=signature.to_json() if signature else None,
        code=source.refused,
        findings=tuple(map(Finding.of, problems)),
    )


def _sent(
    source: Source, said: FileSaid, checking: Checking, sending: Sending
) -> tuple[FileSaid, Iterable[Row], Receipts]:
    """Send a source; return it with its rows as the gateway's receipts have them, and those."""
    try:
        batch = send(
            sending.door,
            source,
            pack(source),
            generation=sending.generation,
            reason=sending.reason,
            progress=sending.progress,
        )
    except (ClinicError, RecordsError) as error:
        if not _stops(error):
            return replace(said, code=error.code), (), Receipts((), ended=True)
        receipts = Receipts((), ended=False, sent=False)
        receipts.stopped = error.code
    else:
        said = replace(said, batch=batch.id)
        if batch.state == "refused":
            return replace(said, code=batch.code or "batch.refused"), (), Receipts((), ended=True)
        receipts = Receipts(sending.door.receipts(batch.id), ended=batch.ended)
    return said, joined(checking.rows_again(source), receipts), receipts
