"""`tiepdon-clinic batch`: check the hospital's files, upload them, and say what became of each record."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click
from rich.console import Console

from bhyt.tables.generations import Generation
from cardreader.printable import json_line
from clinics.batch.door import BatchDoor
from clinics.batch.facility import check_files, signing, upload_files
from clinics.batch.progress import progress_on
from clinics.batch.receipts import rows_of, told_of_sheets
from clinics.batch.reports import JsonReport, report_to
from clinics.batch.rows import Counts, FileSaid
from clinics.batch.run import Listener, Sending, tell
from clinics.batch.screen import Screen
from clinics.batch.status_table import table_of
from clinics.batch.template_command import template
from clinics.clock import utc_now
from clinics.commands.sign import ask_secret
from clinics.connection import connected
from clinics.exits import in_words, say
from clinics.settings import load_settings

_FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),  # what cannot be read becomes a row, and stops no other file
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
_REPORT = click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every row to this .xlsx, .csv or .json file.",
)
_GENERATION = click.option(
    "--generation",
    type=click.Choice(get_args(Generation)),
    help="Read the tables as of this generation; default: by date and content.",
)
_ID = click.argument("batch_id", metavar="ID")


@click.group()
def batch() -> None:
    """Check or upload files: national XML, spreadsheets, FHIR NDJSON, folders and ZIP archives."""


batch.add_command(template)


@batch.command()
@_FILES
@_JSON
@_REPORT
@_GENERATION
def check(files: tuple[Path, ...], as_json: bool, report: Path | None, generation: Generation | None) -> None:
    """Check FILES without a network; exit 5 when a record is refused, 2 when a file cannot be read."""
    counts = Counts()
    with in_words():
        settings = load_settings()
        with (
            _listeners(as_json, report, counts) as listeners,
            progress_on(Console(stderr=True), shown=not as_json) as progress,
        ):
            check_files(
                files, generation, settings=settings, listeners=listeners, counts=counts, progress=progress
            )
    raise SystemExit(counts.exit_code)


@batch.command()
@_FILES
@_JSON
@_REPORT
@_GENERATION
@click.option("--reason", help="Why records that were sent before are sent again with other content.")
def upload(
    files: tuple[Path, ...],
    as_json: bool,
    report: Path | None,
    generation: Generation | None,
    reason: str | None,
) -> None:
    """Upload FILES; may be stopped or killed at any moment and run again."""
    counts = Counts()
    with in_words():
        settings = load_settings()
        settings.require_paired()
        with (
            connected(settings, now=utc_now) as connection,
            _listeners(as_json, report, counts) as listeners,
            progress_on(Console(stderr=True), shown=not as_json) as progress,
            signing(settings, ask=progress.aside(ask_secret)) as sign,
        ):
            sending = Sending(BatchDoor(connection), generation, reason, progress)
            stopped = upload_files(
                files, sending, settings=settings, sign=sign, listeners=listeners, counts=counts
            )
    if stopped:
        say(stopped)
    if counts.ends["sent"]:
        say("batch.at-gateway")
    if counts.ends["pending"]:
        say("batch.waiting")
    raise SystemExit(counts.exit_code)


@batch.command()
@click.argument("batch_id", metavar="[ID]", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100), help="How many.")
@_JSON
def status(batch_id: str | None, limit: int, as_json: bool) -> None:
    """Say how far the newest uploads are, or the one with this ID."""
    with in_words():
        settings = load_settings()
        settings.require_paired()
        with connected(settings, now=utc_now) as connection:
            door = BatchDoor(connection)
            found = [door.status(batch_id)] if batch_id else door.newest(limit)
    if as_json:
        for one in found:
            click.echo(json_line(dict(one.said)))
    else:
        _console().print(table_of(found))


@batch.command()
@_ID
@_JSON
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A .xlsx, .csv or .json file.")
def receipts(batch_id: str, as_json: bool, out: Path | None) -> None:
    """Show the receipt of every record of an upload; exit 5 when one was refused, 2 when the file was."""
    counts = Counts()
    with in_words():
        settings = load_settings()
        settings.require_paired()
        with connected(settings, now=utc_now) as connection:
            door = BatchDoor(connection)
            found = door.status(batch_id)
            name = str(found.said.get("file_name"))
            said = FileSaid(
                file=name,
                signature=found.said.get("signature"),
                code=found.code if found.state == "refused" else None,
                findings=told_of_sheets(name),
                batch=found.id,
            )
            with _listeners(as_json, out, counts, option="--out") as listeners:
                tell(said, rows_of(door.receipts(found.id)), listeners, counts)
    raise SystemExit(counts.exit_code)


@contextmanager
def _listeners(
    as_json: bool, report: Path | None, counts: Counts, *, option: str = "--report"
) -> Iterator[list[Listener]]:
    """Give whoever hears the rows: stdout as JSON or as a table, and the file that `option` names."""
    with report_to(report, counts) as written:
        listeners: list[Listener] = [written] if written else []
        if as_json:
            json_report = JsonReport(sys.stdout)
            yield [json_report, *listeners]
            json_report.close(counts)
        else:
            screen = Screen(_console(), option=option)
            yield [screen, *listeners]
            screen.show(counts)


def _console() -> Console:
    return Console(width=None if Console().is_terminal else 160)
