"""What a person sees of a check or an upload: what needs attention first, and the counts of all."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cardreader.printable import printable
from clinics.batch.rows import Counts, FileSaid, Finding, Row
from clinics.batch.words import ENDS, counted, hint, kind_in_words, right_value
from failures import Failure, failure

MAX_FILES_SHOWN = 30
"""Files told of on the terminal, those with faults first; a report holds them all."""
MAX_SHOWN = 40
"""Rows of one file's table on the terminal; a report holds them all."""
MAX_QUIET_SHOWN = 5
"""Rows that need no attention are listed only where there are no more than these."""
MAX_FINDINGS_SHOWN = 5

_TITLES = ("Loại / Kind", "Mã / Key", "Kết quả / Outcome", "Lý do và cách xử lý / Why, what to do")
_ORDER = {end: place for place, end in enumerate(ENDS)}
_QUIET = frozenset({"accepted", "stored", "corrected", "already-stored"})
"""Ends of which nobody has to read more."""


@dataclass(slots=True)
class _Shown:
    """A file, its worst rows so far, how many rows came to which end, and by which generations."""

    said: FileSaid
    worst: list[Row] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    read_as: set[str] = field(default_factory=set)

    @property
    def quiet(self) -> bool:
        """Whether nothing about it needs a person."""
        return self.said.code is None and set(self.ends) <= _QUIET


class Screen:
    """Keeps what is worth showing of each file: refused rows before warned ones, accepted ones counted.

    `option` of the command writes a report of them all.
    """

    def __init__(self, console: Console, *, option: str = "--report") -> None:
        self._console = console
        self._option = option
        self._files: list[_Shown] = []
        self._warned: dict[str, Failure] = {}

    def file(self, said: FileSaid) -> None:
        """Begin a file."""
        self._files.append(_Shown(said))

    def row(self, row: Row) -> None:
        """Keep a row if it is among the worst so far."""
        shown = self._files[-1]
        shown.ends[row.end] += 1
        if row.generation:
            shown.read_as.add(row.generation)
        shown.worst.append(row)
        if len(shown.worst) > 2 * MAX_SHOWN:
            shown.worst = _worst(shown.worst)

    def show(self, counts: Counts) -> None:
        """Print each file with what needs attention, and the counts of all."""
        files = sorted(self._files, key=lambda shown: shown.quiet)
        for shown in files[:MAX_FILES_SHOWN]:
            self._show(shown)
        if len(files) > MAX_FILES_SHOWN:
            more = len(files) - MAX_FILES_SHOWN
            self._dim(
                f"… và {more} tệp khác, xem đủ bằng {self._option}"
                f" / {more} more files, {self._option} has them all"
            )
        self._show_remedies()
        faults = counted(counts.faults())
        told = f"{counts.ends.total()} hồ sơ / records: {counted(counts.ends) or 0}"
        self._console.print(f"{told} · {faults}" if faults else told, highlight=False)

    def _show(self, shown: _Shown) -> None:
        said = shown.said
        self._console.print(Text(printable(said.file), style="bold"), soft_wrap=True)
        if said.code and all(finding.code != said.code for finding in said.findings):
            self._console.print(Text("\n".join(failure(said.code).lines()), style="red"))
        if said.findings:
            self._console.print(Text(self._why(said.findings), style="red" if said.code else "yellow"))
        if said.batch:
            self._dim(
                f"  Mã lần gửi / Upload ID: {said.batch}\n"
                f"  Xem lại biên nhận / Receipts later: tiepdon-clinic batch receipts {said.batch}"
            )
        if not shown.ends:
            return
        told = counted(shown.ends)
        self._console.print(
            f"  {told}" + (f" · QĐ {', '.join(sorted(shown.read_as))}" if shown.read_as else ""),
            highlight=False,
        )
        rows = _worst(shown.worst)
        if sum(shown.ends.values()) > MAX_QUIET_SHOWN:
            rows = [row for row in rows if row.end not in _QUIET]
        if rows:
            self._console.print(self._table(rows))
        left_out = sum(number for end, number in shown.ends.items() if end not in _QUIET) - len(rows)
        if left_out > 0:
            self._dim(
                f"… và {left_out} dòng khác, xem đủ bằng {self._option}"
                f" / {left_out} more, {self._option} has them all"
            )

    def _show_remedies(self) -> None:
        """Print what to do about the warnings that were shown, once for each code."""
        if not self._warned:
            return
        self._console.print("Cách xử lý cảnh báo / What to do about warnings", style="bold")
        for words in self._warned.values():
            self._console.print(Text("\n".join(words.lines())), soft_wrap=True)

    def _why(self, findings: tuple[Finding, ...]) -> str:
        """Return the findings in words, errors first and with their remedy; that of warnings comes later."""
        ordered = sorted(findings, key=lambda one: one.severity != "error")
        lines = []
        for finding in ordered[:MAX_FINDINGS_SHOWN]:
            title, *told = finding.words.lines()
            rule = f" ({finding.rule})" if finding.rule != finding.code else ""
            place = f"{printable(finding.where)}: " if finding.where != "-" else ""
            lines.append(f"{place}{title}{rule}{_values(finding)}")
            if finding.severity == "error":
                lines += told
            else:
                self._warned[finding.code] = finding.words
        if len(ordered) > MAX_FINDINGS_SHOWN:
            more = len(ordered) - MAX_FINDINGS_SHOWN
            lines.append(
                f"… và {more} lỗi hoặc cảnh báo khác, xem đủ bằng {self._option}"
                f" / {more} more, {self._option} has them all"
            )
        return "\n".join(lines)

    def _table(self, rows: Iterable[Row]) -> Table:
        table = Table(expand=False)
        for title in _TITLES:
            table.add_column(title, overflow="fold")
        for row in rows:
            word = ENDS[row.end]
            why = "\n".join(filter(None, (printable(row.location or ""), self._why(row.findings))))
            plain = (kind_in_words(row.kind) or "-", row.key or "-")
            table.add_row(
                *(Text(printable(one)) for one in plain), Text(str(word), style=word.style), Text(why)
            )
        return table

    def _dim(self, words: str) -> None:
        self._console.print(words, style="dim", highlight=False, soft_wrap=True)


def _worst(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: _ORDER[row.end])[:MAX_SHOWN]


def _values(finding: Finding) -> str:
    stands = f" “{printable(finding.value)}”" if finding.value else ""
    right, told = right_value(finding), hint(finding)
    should = f" → “{printable(right)}”" if right else f" ({told})" if told else ""
    return stands + should + (f" ({printable(finding.first)})" if finding.first else "")
