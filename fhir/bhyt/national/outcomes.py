"""What became of one record of a file when it was read."""

from dataclasses import dataclass, field
from typing import Literal

from bhyt.problems import Findings, Problem
from bhyt.records.content import Record, RecordKind
from bhyt.tables.generations import Generation

Outcome = Literal["accepted", "accepted-with-warnings", "refused"]


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """One record of a file: `record` is None if `findings` holds an error, and only then.

    `number` counts the record elements of the file from 1; a HOSO yields its claim, its births
    and its check-ins under one number. `kind` is None of what is no record at all; `key` is its
    business key, None if it is not known.
    """

    number: int
    kind: RecordKind | None
    key: str | None
    record: Record | None = field(repr=False)
    findings: tuple[Problem, ...]
    generation: Generation

    @property
    def outcome(self) -> Outcome:
        """Return whether the record may be used."""
        if self.record is None:
            return "refused"
        return "accepted-with-warnings" if self.findings else "accepted"


def outcome(
    findings: Findings, record: Record | None, *, before: tuple[Problem, ...] = (), generation: Generation
) -> ReadRecord:
    """Return the outcome of a record whose kind and key `findings` names; an error takes the record away.

    `before` are problems that concern it too.
    """
    return ReadRecord(
        number=findings.dossier,
        kind=findings.kind,
        key=findings.record_key,
        record=None if findings.errors else record,
        findings=(*before, *findings.problems),
        generation=generation,
    )
