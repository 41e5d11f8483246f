"""The uploads that a gateway knows, as a table for people: which file, when, how far, and what came of it."""

from collections.abc import Iterable
from datetime import datetime

from rich.table import Table
from rich.text import Text

from bhyt.records.dates import VIETNAM
from cardreader.printable import printable
from clinics.batch.door import Batch, State
from clinics.batch.words import Word, counted

STATES: dict[State, Word] = {
    "receiving": Word("đang nhận", "being sent", "yellow"),
    "queued": Word("đã nhận, chờ cổng xử lý", "sent, waiting for the gateway", "yellow"),
    "working": Word("cổng đang xử lý", "being stored", "yellow"),
    "done": Word("xong", "done", "green"),
    "refused": Word("cả tệp bị từ chối", "file refused", "red"),
}
_TITLES = (
    "Mã lần gửi / Upload ID",
    "Lúc / Time",
    "Tệp / File",
    "Tình trạng / State",
    "Đã xử lý / Done",
    "Kết quả / Results",
)


def table_of(batches: Iterable[Batch]) -> Table:
    """Return a table with a row for each batch; times are those of Vietnam."""
    table = Table(expand=False)
    for title in _TITLES:
        first = title == _TITLES[0]
        table.add_column(title, overflow="fold", no_wrap=first, min_width=36 if first else None)
    for batch in batches:
        state = STATES[batch.state]
        table.add_row(
            batch.id,
            _time(batch.said.get("created")),
            Text(printable(str(batch.said.get("file_name") or "-"))),
            Text(str(state), style=state.style),
            f"{batch.receipts}/{batch.records}",
            counted(dict(batch.said["counts"])) or "-",
        )
    return table


def _time(said: object) -> str:
    """Return a time of the gateway as a clerk reads it, `-` where there is none that can be read."""
    try:
        told = datetime.fromisoformat(str(said))
    except ValueError:
        return "-"
    return f"{told.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if told.tzinfo else "-"
