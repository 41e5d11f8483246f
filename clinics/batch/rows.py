"""What became of each record of each file: the rows that people and programs are shown. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bhyt.problems import TOO_MANY, Problem, Severity
from clinics.exits import NETWORK, REFUSED, USAGE
from failures import Expected, Failure, failure

MAX_DIGITS = 12
"""How long the number of faults of one record may be, as somebody tells it."""

MEND_CELL = "sheet.cell-to-mend"
"""The code whose remedy a sheet has for what a file of the hospital's software has another one."""
MENDED_IN_CELL = frozenset(
    {
        "record.bad-date",
        "record.bad-number",
        "record.control-character",
        "record.missing-conditional-field",
        "record.missing-field",
        "record.no-visit-id",
        "record.twice-in-file",
        "record.unknown-code",
        "record.visit-id-too-long",
    }
)

Outcome = Literal["accepted", "accepted-with-warnings", "refused", "pending"]
Result = Literal["stored", "already-stored", "corrected", "refused"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a record: the rule it breaks, our code for the words, and where in the file.

    `value` is what stands there; what `expected` is, `expected_is` says: seldom the right value. Both may
    be personal. `first` is the file and number of the record before it that this one repeats or replaces.
    """

    rule: str
    code: str
    severity: Severity
    table: str | None
    line: int | None
    field: str | None
    value: str | None
    expected: str | None
    first: str | None = None
    in_sheet: bool = False

    @classmethod
    def of(cls, problem: Problem) -> "Finding":
        """Return what the reader of the file found."""
        return cls(
            problem.rule,
            problem.code,
            problem.severity,
            problem.table,
            problem.line,
            problem.field,
            problem.value,
            problem.expected,
        )

    @property
    def words(self) -> Failure:
        """Return what it means and what to do; of a sheet the cell is mended, and no hospital software."""
        words = failure(self.code)
        of_cell = self.in_sheet and self.code in MENDED_IN_CELL
        return replace(words, remedy=failure(MEND_CELL).remedy) if of_cell else words

    @property
    def expected_is(self) -> Expected | None:
        """Return what `expected` is, None where nothing is."""
        return None if self.expected is None else failure(self.code).expected

    @property
    def where(self) -> str:
        """Return the place in words that are the same in every language: `XML3[2].NGAY_YL`."""
        place = (self.table or "") + (f"[{self.line}]" if self.line is not None else "")
        return f"{place}.{self.field}" if place and self.field else place or self.field or "-"

    def to_json(self) -> dict[str, Any]:
        """Return it as reports write it, with its words and its remedy in both languages."""
        return {
            "rule": self.rule,
            "code": self.code,
            "severity": self.severity,
            "table": self.table,
            "line": self.line,
            "field": self.field,
            "value": self.value,
            "expected": self.expected,
            "expected_is": self.expected_is,
            **({"first": self.first} if self.first else {}),
            **_told(self.words),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record's outcome; `number` is the place of its element in the file, from 1.

    `generation` is that of the national tables by which the record was read, and so of its findings.
    After an upload `result` says what the gateway did with it and `location` where it stands; `sent`, that
    the gateway has it and did nothing with it yet. `line` is the row of a sheet that it was made of.
    """

    number: int
    kind: str | None
    key: str | None
    outcome: Outcome
    generation: str | None = None
    findings: tuple[Finding, ...] = ()
    result: Result | None = None
    location: str | None = None
    sent: bool = False
    line: int | None = None

    @property
    def end(self) -> str:
        """Return what became of it, by the gateway where that has answered, as `words.ENDS` names it."""
        if self.outcome == "pending":
            return "sent" if self.sent else "pending"
        if self.outcome == "refused" or not self.result:
            return self.outcome
        return f"{self.result}-with-warnings" if self.outcome == "accepted-with-warnings" else self.result

    def to_json(self) -> dict[str, Any]:
        """Return it as reports write it."""
        said: dict[str, Any] = {
            "number": self.number,
            "kind": self.kind,
            "key": self.key,
            "generation": self.generation,
            "outcome": self.outcome,
            "findings": [finding.to_json() | {"generation": self.generation} for finding in self.findings],
        }
        if self.line is not None:
            said["line"] = self.line
        if self.sent:
            said["sent"] = True
        return said | {"result": self.result, "location": self.location} if self.result else said


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSaid:
    """One file, above its rows; `code` says why nothing of it was read or why it was not sent.

    Only its rows tell by which generations it was read: a file may hold records of several.
    """

    file: str
    signature: Mapping[str, str | None] | None = None
    code: str | None = None
    findings: tuple[Finding, ...] = ()
    batch: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as reports write it, without the rows."""
        said: dict[str, Any] = {
            "file": self.file,
            "signature": dict(self.signature) if self.signature else None,
            "findings": [finding.to_json() for finding in self.findings],
        }
        if self.batch:
            said["batch"] = self.batch
        if self.code:
            said["refused"] = {"code": self.code, **words_of(self.code)}
        return said


@dataclass(slots=True)
class Counts:
    """How many rows came to which end, how many files could not be read, and all errors and warnings.

    `rows` has outcomes and results, as JSON tells them; `ends` has each row once, as people are told.
    """

    rows: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    waiting: bool = False
    findings: Counter[Severity] = field(default_factory=Counter)

    def add_file(self, said: FileSaid) -> None:
        """Count a file, without its rows."""
        self.unreadable += said.code is not None
        self.findings += number_of(said.findings)

    def add(self, row: Row) -> None:
        """Count a row."""
        self.rows[row.outcome] += 1
        self.ends[row.end] += 1
        if row.result:
            self.rows[row.result] += row.result != "refused"
        self.waiting = self.waiting or row.outcome == "pending"
        if row.findings:
            self.findings += number_of(row.findings)

    def to_json(self) -> dict[str, int]:
        """Return every count by its name."""
        return {**dict(self.rows), **self.faults()}

    def faults(self) -> dict[str, int]:
        """Return how many files could not be read, and how many errors and warnings there are."""
        found = {"errors": self.findings["error"], "warnings": self.findings["warning"]}
        return {"files-unreadable": self.unreadable, **found}

    @property
    def exit_code(self) -> int:
        """Return 2 when a file could not be read, else 5 when a record was refused, else 4 or 0."""
        if self.unreadable:
            return USAGE
        if self.rows["refused"]:
            return REFUSED
        return NETWORK if self.waiting else 0


def worst(findings: Iterable[Finding]) -> Outcome:
    """Return the outcome that these findings lead to."""
    severities = {finding.severity for finding in findings}
    if "error" in severities:
        return "refused"
    return "accepted-with-warnings" if severities else "accepted"


def pending(row: Row, *, sent: bool = False) -> Row:
    """Return a row that was not sent, or not yet answered; one that is refused here stays so."""
    return row if row.outcome == "refused" else replace(row, outcome="pending", sent=sent)


def number_of(findings: Iterable[Finding]) -> Counter[Severity]:
    """Return how many errors and warnings these are, those with them that were too many to be listed."""
    found: Counter[Severity] = Counter()
    listed: Counter[Severity] = Counter()
    for finding in findings:
        severity = finding.severity
        if finding.code != TOO_MANY:
            found[severity] += 1
            listed[severity] += 1
            continue
        told = finding.value or ""
        known = int(told) if told.isdecimal() and len(told) <= MAX_DIGITS else 0
        found[severity] += max(0, known - listed[severity])
        listed[severity] = 0
    return found


def words_of(code: str) -> dict[str, str]:
    """Return what a code means and what to do about it, in both languages, as reports write it."""
    return _told(failure(code))


def _told(words: Failure) -> dict[str, str]:
    return {
        "message_vi": words.message.vi,
        "message_en": words.message.en,
        "remedy_vi": words.remedy.vi,
        "remedy_en": words.remedy.en,
    }
