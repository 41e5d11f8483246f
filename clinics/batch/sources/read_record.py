"""A record read, as bhyt.national will say it."""

from dataclasses import dataclass
from typing import Literal

from bhyt.national import Problem
from bhyt.records.content import Record, RecordKind

Outcome = Literal["accepted", "accepted-with-warnings", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """One record of a file; `record` is None when `findings` hold an error."""

    number: int
    kind: RecordKind
    key: str | None
    record: Record | None
    findings: tuple[Problem, ...]
    generation: str | None = None

    @property
    def outcome(self) -> Outcome:
        """Return what became of it."""
        if self.record is None:
            return "refused"
        return "accepted-with-warnings" if self.findings else "accepted"
