"""Records of a source checked as far as one computer can: no network.

Beyond what the file itself shows: a record of another facility, a record that was in this run
before, in this file or another (BHYT-R-005, BHYT-R-308), and two papers about one birth that differ.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Protocol

from bhyt.checks.birth_papers import contradictions, facts_of
from bhyt.national.outcomes import ReadRecord
from bhyt.national.signature import MAX_SIGNED_BYTES, verify_signature
from bhyt.national.signature_signers import Signature, Signers, judge
from bhyt.problems import Problem
from bhyt.records.birth import Birth
from bhyt.records.content import content_hash
from bhyt.records.row import Row
from clinics.answers import OTHER_FACILITY
from clinics.batch import rows
from clinics.batch.rows import Finding, worst
from clinics.batch.sources import Source

KEY_BYTES = 16
"""How much of a record's key and content is remembered, to see it again: 100,000 records are 20 MB."""

MAX_BIRTHS = 10_000
"""Births of one run whose facts are remembered, to compare their two papers: 20 MB."""


class Seen:
    """The records of one run, by key: only digests are kept, and of the first births the facts."""

    def __init__(self) -> None:
        self._contents: dict[bytes, bytes] = {}
        self._births: dict[bytes, Row] = {}

    def differing(self, read: ReadRecord) -> tuple[Problem, ...]:
        """Return where a birth's paper tells otherwise than its other paper, earlier in this run, did."""
        if not isinstance(read.record, Birth):
            return ()
        row = read.record.row
        name = _digest(f"{read.record.facility}|{read.key}".encode())
        first = self._births.get(name)
        if first is None and len(self._births) < MAX_BIRTHS:
            self._births[name] = facts_of(row)
        return contradictions(row, first) if first is not None and first.table != row.table else ()

    def before(self, read: ReadRecord) -> str | None:
        """Return the code for a record that came before in this run, None for one that did not."""
        if read.record is None:
            return None
        content = bytes.fromhex(content_hash(read.record))[:KEY_BYTES]
        # XML9 and the certificate are two papers about one birth under one key: not twice the same record.
        paper = read.record.row.table if isinstance(read.record, Birth) else read.kind
        name = f"{paper}|{read.record.facility}|{read.key}".encode()
        first = self._contents.setdefault(_digest(name), content)
        if first is content:
            return None
        return "record.same-again" if first == content else "record.twice"


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


def check(source: Source, *, facility: str, seen: Seen) -> Iterator[rows.Row]:
    """Yield the row of each record of a source; with `facility`, a record of another one is refused."""
    for read in source.records():
        problems = (*read.findings, *_beyond_the_file(read, facility, seen))
        findings = tuple(map(Finding.of, problems))
        outcome = "refused" if read.outcome == "refused" else worst(findings)
        yield rows.Row(
            number=read.number,
            kind=read.kind,
            key=read.key,
            outcome=outcome,
            generation=read.generation,
            findings=findings,
        )


def _beyond_the_file(read: ReadRecord, facility: str, seen: Seen) -> Iterator[Problem]:
    """Yield what the file alone does not show: another facility's record, one that this run has seen."""
    named = partial(Problem, dossier=read.number, kind=read.kind, record_key=read.key)
    if facility and read.record is not None and read.record.facility != facility:
        yield named(code=OTHER_FACILITY, value=read.record.facility, expected=facility)
    match seen.before(read):
        case "record.twice" as code:
            yield named(code=code, value=read.key)
        case "record.same-again" as code:
            yield named(code=code, severity="warning", value=read.key)
    for one in seen.differing(read):  # which of the two the gateway has first is not known here
        yield replace(one, severity="warning", dossier=read.number, record_key=read.key)


def _digest(name: bytes) -> bytes:
    return hashlib.blake2b(name, digest_size=KEY_BYTES).digest()
