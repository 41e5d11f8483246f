"""What is wrong with one record of a file, said so that the hospital can find and mend it."""

import dataclasses
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from bhyt.errors import MissingField, NotXml, RecordsError, UnknownRoot
from bhyt.records.content import RecordKind
from bhyt.tables.rules import rule_of

Severity = Literal["error", "warning"]

MAX_PROBLEMS = 200
"""How many problems of one record are listed; a million errors help nobody."""

TOO_MANY = "record.too-many-problems"
"""The code that says how many problems a record has, where not all are listed."""

MAX_VALUE_LENGTH = 100
"""How many characters of a wrong value, or of what should stand there, are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault; `code` finds the words in `failures`. A record with an error was not read.

    `dossier` counts the record elements (HOSO, rows) in the file from 1, 0 for the file as a
    whole; `table`, `line` (from 1) and `field` say where, as far as it is one place. `kind` and
    `record_key` name the record, None when the fault concerns the whole dossier or the key is not
    known. `value` is what stands there and `expected` what should, both cut short; neither is in
    the `repr`, because a value may be personal.
    """

    code: str
    severity: Severity = "error"
    dossier: int
    kind: RecordKind | None = None
    record_key: str | None = None
    table: str | None = None
    line: int | None = None
    field: str | None = None
    value: str | None = dataclasses.field(default=None, repr=False)
    expected: str | None = dataclasses.field(default=None, repr=False)

    @property
    def where(self) -> str:
        """Return the place in words that are the same in every language: `XML3[2].NGAY_YL`."""
        place = self.table or (f"HOSO[{self.dossier}]" if self.dossier else "THONGTINHOSO")
        if self.line is not None:
            place += f"[{self.line}]"
        return f"{place}.{self.field}" if self.field else place

    @property
    def rule(self) -> str:
        """Return the review rule that the fault breaks (`BHYT-R-204`), else the code itself."""
        return rule_of(self.code)


def problem_of(refused: RecordsError) -> Problem:
    """Return why a whole file was refused as its one problem: with the line, if it is one place."""
    line = value = None
    match refused:
        case NotXml():
            line = refused.line or None
            value = f"{refused.line}:{refused.column}" if refused.line else None
        case UnknownRoot():
            value = refused.name[:MAX_VALUE_LENGTH]
    return Problem(code=refused.code, dossier=0, line=line, value=value)


@dataclass(slots=True)
class Findings:
    """The problems of one record, collected while it is read; at most MAX_PROBLEMS are kept, errors first.

    `with findings:` notes the field that is missed inside instead of raising MissingField.
    """

    dossier: int
    kind: RecordKind | None = "claim"
    record_key: str | None = None
    errors: int = 0
    warnings: int = 0
    _kept: list[Problem] = dataclasses.field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Return the problems that were kept; where some were not, the last ones say how many there are.

        Those have the code TOO_MANY and, as value, the number of all errors or of all warnings.
        """
        if self.errors + self.warnings <= MAX_PROBLEMS:
            return list(self._kept)
        kept = sum(problem.severity == "error" for problem in self._kept)
        closing = [self._problem(TOO_MANY, "error", value=str(self.errors))] if kept < self.errors else []
        if len(self._kept) - kept < self.warnings:
            closing.append(self._problem(TOO_MANY, "warning", value=str(self.warnings)))
        return [*self._kept, *closing]

    def add(
        self,
        code: str,
        *,
        severity: Severity = "error",
        table: str | None = None,
        line: int | None = None,
        name: str | None = None,
        value: str | None = None,
        expected: str | None = None,
    ) -> None:
        """Note a fault at a place; `name` is the field, `value` what stands in it."""
        if severity == "error":
            self.errors += 1
        else:
            self.warnings += 1
        full = len(self._kept) == MAX_PROBLEMS
        if full and not (severity == "error" and self._drops_a_warning()):
            return
        self._kept.append(
            self._problem(code, severity, table=table, line=line, field=name, value=value, expected=expected)
        )

    def _problem(
        self,
        code: str,
        severity: Severity,
        *,
        table: str | None = None,
        line: int | None = None,
        field: str | None = None,
        value: str | None = None,
        expected: str | None = None,
    ) -> Problem:
        return Problem(
            code=code,
            severity=severity,
            dossier=self.dossier,
            kind=self.kind,
            record_key=self.record_key,
            table=table,
            line=line,
            field=field,
            value=value and value[:MAX_VALUE_LENGTH],
            expected=expected and expected[:MAX_VALUE_LENGTH],
        )

    def _drops_a_warning(self) -> bool:
        """Drop the last warning, for an error must be told; say whether there was one."""
        for place in range(MAX_PROBLEMS - 1, -1, -1):
            if self._kept[place].severity == "warning":
                del self._kept[place]
                return True
        return False

    def __enter__(self) -> Self:
        """Begin to build a record, which may turn out to miss a field."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None, /
    ) -> bool:
        """Note a MissingField and end it; let everything else pass."""
        if not isinstance(error, MissingField):
            return False
        self.add(error.code, table=error.table, line=error.line, name=error.field)
        return True
