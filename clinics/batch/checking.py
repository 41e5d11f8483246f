"""Records of a source checked as far as one computer can: no network.

Beyond what the file itself shows: a record of another facility, a record that was in this run
before, in this file or another (BHYT-R-005, BHYT-R-308), and two papers about one birth that differ.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Protocol

from bhyt.checks.receipt_day import check_day
from bhyt.national.outcomes import ReadRecord
from bhyt.national.signature import MAX_SIGNED_BYTES, verify_signature
from bhyt.national.signature_signers import Signature, Signers, judge
from bhyt.problems import Problem
from bhyt.records.content import Record
from clinics.answers import OTHER_FACILITY
from clinics.batch.rows import Finding, Row, worst
from clinics.batch.seen import Seen
from clinics.batch.sources import Source

_KEY_FIELDS = ("MA_GCS", "MA_GBT", "SO", "MA_LK")
"""Fields that hold the key of a record: the first one that is filled is its own."""

_FACILITY_FIELDS = ("MA_CSKCB", "MACSKCB", "MA_GCS")
"""Fields that name the facility of a record: the first one that is filled says whose it is.

A certificate in XML9 is its envelope's, whatever its number says.
"""


class Judge(Protocol):
    """Says what a file's signature is worth here."""

    def __call__(self, source: Source) -> Signature | None: ...


def judging(*, facility: str, signers: Signers, today: date) -> Judge:
    """Return what judges signatures for this facility; of a file that is no XML there is nothing to say."""

    def signature(source: Source) -> Signature | None:
        if source.format != "xml" or source.refused:
            return None
        with source.open() as file:
            found = verify_signature(file.read(MAX_SIGNED_BYTES + 1))
        return judge(found, facility=facility or source.facility or "", signers=signers, on=today)

    return signature


def check(source: Source, *, facility: str, seen: Seen, today: date) -> Iterator[Row]:
    """Yield the row of each record of a source; with `facility`, a record of another one is refused.

    What lies behind `today`, a day in Vietnam, is warned of.

    `seen` must have begun the source; asked again before the next one begins, it yields the same rows.
    """
    for position, read in enumerate(source.records()):
        findings = tuple(map(Finding.of, read.findings))
        if read.record is not None:
            beyond = _beyond_the_file(source, read, read.record, position, facility=facility, seen=seen)
            ahead = _ahead(source, read, read.record, today)
            findings = (*findings, *ahead, *beyond)
        if source.made_here:
            findings = tuple(replace(finding, in_sheet=True) for finding in findings)
        yield Row(
            number=read.number,
            kind=read.kind,
            key=read.key,
            outcome="refused" if read.outcome == "refused" else worst(findings),
            generation=read.generation,
            findings=findings,
            line=_line(source, read, findings) if source.made_here else None,
        )


def _line(source: Source, read: ReadRecord, findings: tuple[Finding, ...]) -> int | None:
    """Return the row of the sheet; one that stays behind has no place in the document, but findings."""
    return source.told(read) if read.number else next((one.line for one in findings if one.line), None)


def _ahead(source: Source, read: ReadRecord, record: Record, today: date) -> Iterator[Finding]:
    """Yield a warning where the record tells of a day that has not come."""
    found = check_day(record.row, today=today, number=read.number)
    if found is not None:
        table, line, name = source.place(read, found.field)
        named = replace(found, kind=read.kind, record_key=read.key, table=table, line=line, field=name)
        yield Finding.of(named)


def _beyond_the_file(
    source: Source, read: ReadRecord, record: Record, position: int, *, facility: str, seen: Seen
) -> Iterator[Finding]:
    """Yield what the file alone does not show: another facility's record, one that this run has seen."""
    named = partial(Problem, dossier=read.number, kind=read.kind, record_key=read.key)
    if facility and record.facility != facility:
        table, line, name = source.place(read, _filled(record, _FACILITY_FIELDS, but="XML9"))
        yield Finding.of(
            named(
                code=OTHER_FACILITY,
                table=table,
                line=line,
                field=name,
                value=record.facility,
                expected=facility,
            )
        )
    if again := seen.before(read, position=position, number=source.told(read)):
        key = _filled(record, _KEY_FIELDS)
        table, line, name = source.place(read, key)
        value = record.row.text(key) if record.row and key else read.key
        problem = named(
            code=again.code, severity=again.severity, table=table, line=line, field=name, value=value
        )
        yield replace(Finding.of(problem), first=again.first)
    for one in seen.differing(read):  # which of the two the gateway has first is not known here
        table, line, name = source.place(read, one.field)
        yield Finding.of(replace(one, severity="warning", table=table, line=line, field=name))


def _filled(record: Record, names: tuple[str, ...], *, but: str | None = None) -> str | None:
    """Return the first of these fields that the record's row fills, none of a row of the table `but`."""
    row = record.row
    if row is None or row.table == but:
        return None
    return next((name for name in names if row.text(name)), None)
