"""What became of each record of each file: one row a record, for a person or for a program. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rich.table import Table
from rich.text import Text

from cardreader.printable import json_line, printable
from failures import failure

Outcome = Literal["accepted", "accepted-with-warnings", "stored", "already-stored", "refused", "pending"]
_WORDS: dict[Outcome, tuple[str, str]] = {
    "accepted": ("hợp lệ / accepted", "green"),
    "accepted-with-warnings": ("hợp lệ, có cảnh báo / accepted, with warnings", "yellow"),
    "stored": ("đã lưu / stored", "green"),
    "already-stored": ("đã có từ trước / already stored", "cyan"),
    "refused": ("bị từ chối / refused", "red"),
    "pending": ("chờ gửi / waiting to be sent", "yellow"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a record: its code in the table of failures, how bad, and where in the file."""

    code: str
    severity: Literal["error", "warning"]
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record's outcome; `kind` and `key` are None where the file does not say which record it is.

    `code` says why it was refused or waits; `receipt` is where the gateway keeps it.
    """

    file: str
    outcome: Outcome
    kind: str | None = None
    key: str | None = None
    code: str | None = None
    findings: tuple[Finding, ...] = ()
    receipt: str | None = None

    def to_json(self) -> str:
        """Return the row as one JSON line, with the remedy of its code in both languages."""
        why = failure(self.code) if self.code else None
        line = {
            "file": self.file,
            "kind": self.kind,
            "key": self.key,
            "outcome": self.outcome,
            "code": self.code,
            "message": {"vi": why.message.vi, "en": why.message.en} if why else None,
            "remedy": {"vi": why.remedy.vi, "en": why.remedy.en} if why else None,
            "findings": [{"code": f.code, "severity": f.severity, "where": f.where} for f in self.findings],
            "receipt": self.receipt,
        }
        return json_line(line)


def table(rows: Iterable[Row]) -> Table:
    """Return the rows as a table for a terminal; what a file says is shown as text, never as markup."""
    shown = Table(title="Kết quả / Result", title_justify="left", expand=False)
    for title in (
        "Tệp / File",
        "Loại / Kind",
        "Mã / Key",
        "Kết quả / Outcome",
        "Lý do và cách xử lý / Why, what to do",
    ):
        shown.add_column(title, overflow="fold")
    for row in rows:
        words, style = _WORDS[row.outcome]
        plain = map(printable, (row.file, row.kind or "-", row.key or "-"))
        shown.add_row(*map(Text, plain), Text(words, style=style), Text(_why(row)))
    return shown


def counts(rows: Iterable[Row]) -> str:
    """Return how many rows came to which end, in one line."""
    counted = Counter(row.outcome for row in rows)
    return ", ".join(f"{number} {_WORDS[outcome][0]}" for outcome, number in counted.items()) or "0"


def exit_code(rows: Iterable[Row]) -> int:
    """Return 5 when something was refused, else 4 when something waits for the network, else 0."""
    outcomes = {row.outcome for row in rows}
    if "refused" in outcomes:
        return 5
    return 4 if "pending" in outcomes else 0


def _why(row: Row) -> str:
    lines = [printable(row.receipt)] if row.receipt else []
    if row.code:
        told = failure(row.code).lines()
        # What to do about a gateway that is away is said once, below the table.
        lines += told if row.outcome == "refused" else told[::2]
    lines += [f"{printable(finding.where)}: {failure(finding.code).lines()[0]}" for finding in row.findings]
    return "\n".join(lines)
