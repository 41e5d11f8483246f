"""The records of a file, to be sent one by one with their original; before there was a batch door."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from bhyt.national import ReadRecord
from bhyt.problems import Problem
from bhyt.r4.bundle import MAX_ORIGINAL_BYTES
from bhyt.records.content import Record, business_key, kind
from cardreader.printable import printable
from clinics.answers import OTHER_FACILITY
from clinics.batch.report import Finding, Row
from clinics.batch.sources import Source, find_sources


@dataclass(frozen=True, slots=True)
class Ready:
    """A record that may be sent, with the warnings found, and the bytes of the file it came from.

    `file` is the path as it was given.
    """

    file: str
    record: Record = field(repr=False)
    findings: tuple[Finding, ...]
    original: bytes = field(repr=False)

    @property
    def file_name(self) -> str:
        """Return the name without its folder, which is nobody's business but the hospital's."""
        return Path(self.file).name

    @property
    def accepted(self) -> Row:
        """Return the row that says that the record may be sent."""
        return Row(
            file=self.file,
            kind=kind(self.record),
            key=business_key(self.record),
            outcome="accepted-with-warnings" if self.findings else "accepted",
            findings=self.findings,
        )


def read(path: Path, *, facility: str = "") -> Iterator[Ready | Row]:
    """Yield each record of the file as ready or refused, or one refused row for a file that cannot be read.

    With `facility`, a record of another one is refused.
    """
    name = printable(click.format_filename(path))
    if path.is_file() and path.stat().st_size > MAX_ORIGINAL_BYTES:
        yield Row(file=name, outcome="refused", code="file.too-large")
        return
    for source in find_sources([path]):
        yield from _rows(source, facility)


def _rows(source: Source, facility: str) -> Iterator[Ready | Row]:
    if source.refused:
        yield Row(file=source.name, outcome="refused", code=source.refused)
        return
    with source.open() as file:
        original = file.read()
    for found in source.records():
        findings = tuple(_finding(problem) for problem in found.findings)
        if found.record is None:
            yield _refused(source, found, findings)
            continue
        ready = Ready(source.name, found.record, findings, original)
        yield ready if facility in {"", found.record.facility} else _another_facilitys(ready)


def _finding(problem: Problem) -> Finding:
    return Finding(problem.code, problem.severity, problem.where)


def _refused(source: Source, found: ReadRecord, findings: tuple[Finding, ...]) -> Row:
    worst = next(finding.code for finding in findings if finding.severity == "error")
    return Row(
        file=source.name, kind=found.kind, key=found.key, outcome="refused", code=worst, findings=findings
    )


def _another_facilitys(ready: Ready) -> Row:
    finding = Finding(OTHER_FACILITY, "error", "MA_CSKCB")
    return replace(
        ready.accepted, outcome="refused", code=OTHER_FACILITY, findings=(*ready.findings, finding)
    )
