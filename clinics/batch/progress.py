"""How far a check or an upload is, as a bar on a terminal: the step, records done, rate, time left."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clinics.signing import Ask

STEPS = {
    "check": "Đang kiểm tra / Checking",
    "send": "Đang gửi / Sending",
    "store": "Cổng đang lưu / Being stored",
}


class Bar:
    """Hears how far a run is and shows it; while nobody knows how many records there are, it only moves."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown
        self._task = shown.add_task(STEPS["check"], total=None, rate="")

    def __call__(self, step: str, done: int, total: int, /) -> None:
        """Show `done` of `total` records, 0 where the total is not known; another step begins anew."""
        (now,) = self._shown.tasks
        if (now.description, now.total) != (STEPS[step], total or None):
            self._shown.remove_task(self._task)
            self._task = self._shown.add_task(STEPS[step], total=total or None, rate="")
            (now,) = self._shown.tasks
        self._shown.update(self._task, completed=done, rate=f"{now.speed:.0f}/s" if now.speed else "")

    def aside(self, ask: Ask) -> Ask:
        """Return `ask` with the bar taken away while a person is asked: it would wipe out the question."""

        def asking(name: str) -> str:
            if not self._shown.live.is_started:
                return ask(name)
            self._shown.stop()
            try:
                return ask(name)
            finally:
                self._shown.start()

        return asking


@contextmanager
def progress_on(console: Console, *, shown: bool = True) -> Iterator[Bar]:
    """Show a bar on a terminal, and nothing elsewhere; it is gone at the end."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=console, transient=True)
    if not (shown and console.is_terminal):
        yield Bar(progress)
        return
    with progress:
        yield Bar(progress)
