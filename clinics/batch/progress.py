"""How far a check or an upload is: a bar on a terminal, elsewhere (a log, a pipe) a line now and then."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clinics.signing import Ask

STEPS = {
    "check": "Đang kiểm tra / Checking",
    "send": "Đang gửi / Sending",
    "store": "Cổng đang lưu / Being stored",
}


LINE_SECONDS = 10.0
"""How long nothing is written between two lines, where there is no terminal."""


class Shown(Protocol):
    """Hears how far a run is, and steps aside while a person is asked."""

    def __call__(self, step: str, done: int, total: int, /) -> None: ...

    def aside(self, ask: Ask) -> Ask: ...


class Lines:
    """Hears how far a run is and writes a line of it every LINE_SECONDS, so that a long run is no silence."""

    def __init__(self, console: Console, *, monotonic: Callable[[], float]) -> None:
        self._console = console
        self._monotonic = monotonic
        self._told = monotonic()

    def __call__(self, step: str, done: int, total: int, /) -> None:
        """Write `done` of `total` records if it is time to, 0 where the total is not known."""
        now = self._monotonic()
        if now - self._told >= LINE_SECONDS:
            self._told = now
            self._console.print(
                f"{STEPS[step]}: {done}/{total or '?'}", highlight=False, markup=False, soft_wrap=True
            )

    def aside(self, ask: Ask) -> Ask:
        """Return `ask`: a line wipes out no question."""
        return ask


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
def progress_on(
    console: Console, *, shown: bool = True, monotonic: Callable[[], float] = time.monotonic
) -> Iterator[Shown]:
    """Show a bar on a terminal, gone at the end, and lines elsewhere; nothing where it is not `shown`."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=console, transient=True)
    if not shown:
        yield Bar(progress)
    elif not console.is_terminal:
        yield Lines(console, monotonic=monotonic)
    else:
        with progress:
            yield Bar(progress)
