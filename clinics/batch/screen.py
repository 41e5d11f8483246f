"""What a person sees of a check or an upload: what needs attention first, and the counts of all."""

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cardreader.printable import printable
from clinics.batch.rows import Counts, FileSaid, Finding, Row
from failures import failure

MAX_SHOWN = 40
"""Rows of a table on the terminal; a report holds them all."""
MAX_FINDINGS_SHOWN = 5

_WORDS = {
    "accepted": ("hợp lệ / accepted", "green"),
    "accepted-with-warnings": ("hợp lệ, có cảnh báo / accepted, with warnings", "yellow"),
    "refused": ("bị từ chối / refused", "red"),
    "pending": ("chờ gửi / waiting to be sent", "yellow"),
    "stored": ("đã lưu / stored", "green"),
    "already-stored": ("đã có từ trước / already stored", "cyan"),
    "corrected": ("đã thay bản cũ / corrected", "green"),
    "files-unreadable": ("tệp không đọc được / files that cannot be read", "red"),
}
_ORDER = {"refused": 0, "pending": 1, "accepted-with-warnings": 2, "accepted": 3}


class Screen:
    """Keeps what is worth showing of each file, MAX_SHOWN rows at the most: refused before warned ones."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._files: list[tuple[FileSaid, list[Row], int]] = []

    def file(self, said: FileSaid) -> None:
        """Begin a file."""
        self._files.append((said, [], 0))

    def row(self, row: Row) -> None:
        """Keep a row if it is among the worst so far."""
        said, kept, left = self._files[-1]
        kept.append(row)
        if len(kept) > 2 * MAX_SHOWN:
            kept.sort(key=_rank)
            del kept[MAX_SHOWN:]
        self._files[-1] = (said, kept, left + 1)

    def show(self, counts: Counts) -> None:
        """Print a table of what needs attention, and the counts."""
        table = Table(title="Kết quả / Result", title_justify="left", expand=False)
        for title in (
            "Tệp / File",
            "Loại / Kind",
            "Mã / Key",
            "Kết quả / Outcome",
            "Lý do và cách xử lý / Why, what to do",
        ):
            table.add_column(title, overflow="fold")
        left_out = 0
        for said, kept, total in self._files:
            shown = sorted(kept, key=_rank)[:MAX_SHOWN]
            left_out += total - len(shown)
            for cells in _lines(said, shown):
                table.add_row(*cells)
        if table.row_count:
            self._console.print(table)
        if left_out:
            told = f"… và {left_out} dòng khác, xem đủ bằng --report / {left_out} more, --report has them all"
            self._console.print(told, style="dim", highlight=False)
        self._console.print(_counted(counts), highlight=False)


def _lines(said: FileSaid, rows: Iterable[Row]) -> Iterable[tuple[Text, ...]]:
    if said.code:
        refused = Text(_WORDS["refused"][0], style="red")
        why = "\n".join(failure(said.code).lines())
        yield Text(printable(said.file)), Text("-"), Text("-"), refused, Text(why)
    elif said.findings:
        warned = Text(_WORDS["accepted-with-warnings"][0], style="yellow")
        yield Text(printable(said.file)), Text("-"), Text("-"), warned, Text(_why(said.findings))
    for row in rows:
        words, style = _WORDS[row.result if row.result and row.outcome == "accepted" else row.outcome]
        plain = (said.file, row.kind or "-", row.key or "-")
        why = "\n".join(filter(None, (printable(row.location or ""), _why(row.findings))))
        yield *(Text(printable(one)) for one in plain), Text(words, style=style), Text(why)


def _why(findings: tuple[Finding, ...]) -> str:
    """Return the findings in words, errors first and with their remedy."""
    ordered = sorted(findings, key=lambda one: one.severity != "error")
    lines = []
    for finding in ordered[:MAX_FINDINGS_SHOWN]:
        told = failure(finding.code).lines()
        lines.append(f"{printable(finding.where)}: {told[0]}{_values(finding)}")
        if finding.severity == "error":
            lines += told[1:]
    if len(ordered) > MAX_FINDINGS_SHOWN:
        more = len(ordered) - MAX_FINDINGS_SHOWN
        lines.append(f"… và {more} lỗi hoặc cảnh báo khác / and {more} more")
    return "\n".join(lines)


def _values(finding: Finding) -> str:
    stands = f" “{printable(finding.value)}”" if finding.value else ""
    return f"{stands} → “{printable(finding.expected)}”" if finding.expected else stands


def _rank(row: Row) -> int:
    return _ORDER[row.outcome]


def _counted(counts: Counts) -> str:
    told = [f"{number} {_WORDS[name][0]}" for name, number in counts.to_json().items() if number]
    return ", ".join(told) or "0"
