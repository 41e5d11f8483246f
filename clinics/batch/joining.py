"""Rows as the gateway's receipts have them, with what only this run knows of each record.

The gateway knows neither other files of the run nor the sheet that a document was made of, keeps the
first findings of a record alone, and reads a line of FHIR by its profiles only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from bhyt.problems import TOO_MANY
from clinics.batch.receipts import rows_of
from clinics.batch.rows import Row, pending
from clinics.errors import GatewayError

_NUMBER = attrgetter("number")


class Receipts:
    """The receipts of a batch as rows, in the order of the file, read once.

    `complete` is known behind the last one: the batch had `ended`, and the gateway did not go away
    meanwhile, which `stopped` gives the code of. `sent` is whether the gateway has the whole file.
    """

    def __init__(self, said: Iterable[Mapping[str, Any]], *, ended: bool, sent: bool = True) -> None:
        self._said = said
        self._ended = ended
        self.sent = sent
        self.stopped: str | None = None

    def __iter__(self) -> Iterator[Row]:
        """Yield each receipt as a row."""
        try:
            yield from rows_of(self._said)
        except GatewayError as error:
            self.stopped = error.code

    @property
    def complete(self) -> bool:
        """Whether every record has its receipt."""
        return self._ended and self.stopped is None


def joined(rows: Iterable[Row], receipts: Receipts) -> Iterator[Row]:
    """Yield a row for each receipt, and for each record that has none.

    Both are in the order of the file, so that neither is held whole. Rows that never travelled (number
    0, of a sheet) stay what they are. A record without a receipt is pending; where an element has others,
    only if not all receipts are there: the gateway reads what it was sent, and has the last word.
    """
    answered = groupby(receipts, key=_NUMBER)
    waits = partial(pending, sent=receipts.sent)
    number, group = next(answered, _NONE)
    for own, several in groupby(rows, key=_NUMBER):
        if own == 0:
            yield from several
            continue
        while number is not None and number < own:
            yield from group
            number, group = next(answered, _NONE)
        if number != own:
            yield from map(waits, several)
            continue
        yield from _element(list(several), list(group), receipts)
        number, group = next(answered, _NONE)
    while number is not None:
        yield from group
        number, group = next(answered, _NONE)


def _element(rows: list[Row], answered: list[Row], receipts: Receipts) -> Iterator[Row]:
    """Yield the rows of one element of the file, which may hold several records."""
    for receipt in answered:
        own = next((row for row in rows if (row.kind, row.key) == (receipt.kind, receipt.key)), None)
        if own is None:
            yield receipt
        else:
            rows.remove(own)
            yield _both(own, receipt)
    if not receipts.complete:
        yield from map(partial(pending, sent=receipts.sent), rows)


def _both(row: Row, receipt: Row) -> Row:
    """Return what a receipt says with all findings: ours of a record, then what the gateway alone found."""
    known = {(finding.code, finding.severity) for finding in row.findings}
    news = [
        finding
        for finding in receipt.findings
        if (finding.code, finding.severity) not in known and finding.code != TOO_MANY
    ]
    findings = sorted((*row.findings, *news), key=lambda one: one.severity != "error")
    warned = receipt.outcome == "accepted" and findings
    return replace(
        receipt,
        generation=receipt.generation or row.generation,
        findings=tuple(findings),
        line=row.line,
        outcome="accepted-with-warnings" if warned else receipt.outcome,
    )


_NONE: tuple[int | None, Iterator[Row]] = (None, iter(()))
