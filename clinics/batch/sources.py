"""Files of the hospital's system, read into records to send and rows to report. No network.

Every record of a file ends in exactly one of the two: a `Ready` to send, or a refused `Row`.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from bhyt.errors import FileTooLarge, RecordsError
from bhyt.national import WholeFile, read_file
from bhyt.problems import Problem
from bhyt.r4.bundle import MAX_ORIGINAL_BYTES
from bhyt.records.checkin import CheckIn
from bhyt.records.content import Record, business_key, kind
from cardreader.printable import printable
from clinics.answers import OTHER_FACILITY
from clinics.batch.report import Finding, Row


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
    try:
        data = _original(path)
        found = read_file(data)
    except RecordsError as error:
        yield Row(file=name, outcome="refused", code=error.code)
        return
    except OSError as fault:
        yield Row(file=name, outcome="refused", code=_unread(fault))
        return
    warned: dict[tuple[str | None, str | None], list[Finding]] = {}
    refused: list[Row] = []
    for (record_kind, key, _dossier), problems in _by_record(found).items():
        findings = [Finding(problem.code, problem.severity, problem.where) for problem in problems]
        worst = next((finding.code for finding in findings if finding.severity == "error"), None)
        if worst is None:
            warned.setdefault((record_kind, key), []).extend(findings)
            continue
        refused.append(
            Row(
                file=name,
                kind=record_kind,
                key=key,
                outcome="refused",
                code=worst,
                findings=tuple(findings),
            )
        )
    for record in found.records:
        warnings = warned.pop((kind(record), _name(record)), [])
        ready = Ready(name, record, tuple(warnings), data)
        yield ready if facility in {"", record.facility} else _another_facilitys(ready)
    yield from refused


def _another_facilitys(ready: Ready) -> Row:
    finding = Finding(OTHER_FACILITY, "error", "MA_CSKCB")
    return replace(
        ready.accepted, outcome="refused", code=OTHER_FACILITY, findings=(*ready.findings, finding)
    )


def _unread(fault: OSError) -> str:
    if isinstance(fault, FileNotFoundError):
        return "file.not-found"
    return "file.directory" if isinstance(fault, IsADirectoryError) else "file.unreadable"


def _original(path: Path) -> bytes:
    """Return the file's bytes; of one that is too large, or grows, nothing beyond the limit is read.

    Raises FileTooLarge: it is larger than an original that can travel.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > MAX_ORIGINAL_BYTES:
            raise FileTooLarge(MAX_ORIGINAL_BYTES)
        data = file.read(MAX_ORIGINAL_BYTES + 1)
    if len(data) > MAX_ORIGINAL_BYTES:
        raise FileTooLarge(MAX_ORIGINAL_BYTES)
    return data


def _by_record(found: WholeFile) -> dict[tuple[str | None, str | None, int], list[Problem]]:
    grouped: dict[tuple[str | None, str | None, int], list[Problem]] = {}
    for problem in found.problems:
        grouped.setdefault((problem.kind, problem.record_key, problem.dossier), []).append(problem)
    return grouped


def _name(record: Record) -> str:
    """Return the key by which the file's problems name this record."""
    return record.visit_id if isinstance(record, CheckIn) else business_key(record)
