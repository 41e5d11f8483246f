"""The records of a chunk, read by the same `bhyt` code that the hospital ran: ready to store, or refused.

Nothing here knows the database, so that a chunk is read and converted before its transaction begins.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from bhyt.problems import Problem
from gateway.domain.extract import MAX_KEY_CHARS
from gateway.services.entries import Entry

Outcome = Literal["accepted", "accepted-with-warnings", "refused"]
MAX_FINDINGS = 50
"""Findings kept of one record; the first ones are enough to start mending."""
TOO_LONG = "record.too-long"
UNREADABLE = "batch.chunk-unreadable"
FAULT = "gateway.internal"
OUR_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Mistakes of this program that one record brings to light: that record is refused, the others go on."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Read:
    """One record: what to store of it, or (`code`) why it is refused.

    `number` is the place of its element in the file, from 1. `generation` is that of the national tables
    by which it was read. The first of `entries` is the record's own resource. `findings` are JSON as
    receipts show them.
    """

    number: int
    kind: str | None = None
    key: str | None = None
    generation: str | None = None
    outcome: Outcome = "accepted"
    code: str | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Part:
    """A chunk with what must be known of its file to read it; `first` is the number of its first record.

    `received` is the day in Vietnam on which the file was announced.
    """

    format: str
    facility: str
    head: bytes
    tail: bytes
    generation: str | None
    first: int
    records: int
    data: bytes
    received: date


def finding(rule: str, severity: str, **place: object) -> dict[str, Any]:
    """Return a finding as receipts show it; `place` gives code, table, line, field, value or expected.

    `code` finds the words; it is the rule where that is one of ours.
    """
    named = {name: place.get(name) for name in ("table", "line", "field", "value", "expected")}
    return {"rule": rule, "code": place.get("code", rule), "severity": severity} | named


def finding_of(problem: Problem) -> dict[str, Any]:
    """Return what the reader of a file, or the comparison of two papers, found."""
    return finding(
        problem.rule,
        problem.severity,
        code=problem.code,
        table=problem.table,
        line=problem.line,
        field=problem.field,
        value=problem.value,
        expected=problem.expected,
    )


def bounded(findings: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the findings, errors first; of too many the first ones, and that there are more."""
    ordered = sorted(findings, key=lambda one: one["severity"] != "error")
    if len(ordered) <= MAX_FINDINGS:
        return tuple(ordered)
    return (*ordered[:MAX_FINDINGS], finding("record.too-many-problems", "warning"))


def with_usable_key(read: Read) -> Read:
    """Return a record as it is, or refused where its key is too long: its receipt has the beginning."""
    if read.key is None or len(read.key) <= MAX_KEY_CHARS:
        return read
    said = finding(TOO_LONG, "error", expected=f"<= {MAX_KEY_CHARS}")
    return replace(
        read,
        key=read.key[:MAX_KEY_CHARS],
        outcome="refused",
        code=read.code or TOO_LONG,
        findings=bounded([*read.findings, said]),
        entries=(),
    )


def unreadable(part: Part) -> Iterator[Read]:
    """Yield a refusal for every record of a chunk that does not hold what was announced."""
    for number in range(part.first, part.first + part.records):
        yield Read(number=number, outcome="refused", code=UNREADABLE)
