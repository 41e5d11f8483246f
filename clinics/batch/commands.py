"""`tiepdon-clinic batch`: check the hospital's files, upload them, and say what became of each record."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clinics.batch import ready, upload
from clinics.batch.ready import Ready
from clinics.batch.report import Row, counts, exit_code, table
from clinics.batch.template_command import template
from clinics.clock import utc_now
from clinics.exits import in_words, say
from clinics.gateway_client import Gateway
from clinics.outbox import Outbox
from clinics.pairing import load_key
from clinics.settings import load_settings

_FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),  # what cannot be read becomes a row, and stops no other file
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each record.")


@click.group()
def batch() -> None:
    """Check or upload files in the national formats."""


batch.add_command(template)


@batch.command()
@_FILES
@_JSON
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check FILES without a network; exit 5 when a record is refused."""
    with in_words():
        facility = load_settings().facility
    rows = [one.accepted if isinstance(one, Ready) else one for one in _read(files, facility)]
    if as_json:
        for row in rows:
            click.echo(row.to_json())
    else:
        _print(rows)
    raise SystemExit(exit_code(rows))


@batch.command("upload")
@_FILES
@_JSON
def upload_command(files: tuple[Path, ...], as_json: bool) -> None:
    """Upload FILES; may be stopped or killed at any moment and run again."""
    rows: list[Row] = []

    def report(row: Row) -> None:
        rows.append(row)
        if as_json:
            click.echo(row.to_json())

    with in_words():
        settings = load_settings()
        settings.require_paired()
        with (
            Gateway(settings, load_key(settings.data_dir), now=utc_now) as gateway,
            Outbox.open(settings.data_dir) as outbox,
        ):
            queued, refused = upload.queue(outbox, _read(files, settings.facility), now=utc_now())
            for row in refused:
                report(row)
            with _progress(len(queued), shown=not as_json) as advance:
                stopped_by = upload.send(outbox, gateway, queued, report=report, ended=advance)
    if not as_json:
        _print(rows)
    if stopped_by:
        say(stopped_by)
    if any(row.outcome == "pending" for row in rows):
        say("outbox.backlog")
    raise SystemExit(exit_code(rows))


def _read(files: Iterable[Path], facility: str) -> Iterator[Ready | Row]:
    for path in files:
        yield from ready.read(path, facility=facility)


def _print(rows: list[Row]) -> None:
    console = Console(width=None if Console().is_terminal else 160)
    console.print(table(rows))
    console.print(counts(rows), highlight=False)


@contextmanager
def _progress(total: int, *, shown: bool) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal, and nothing elsewhere."""
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield lambda: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Đang gửi / Sending", total=total)
        yield lambda: progress.advance(task)
