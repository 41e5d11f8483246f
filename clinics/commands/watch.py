"""`tiepdon-clinic watch`: an export folder that empties itself."""

import time
from collections.abc import Iterable
from pathlib import Path

import click

from cardreader.printable import printable
from clinics.batch.door import BatchDoor
from clinics.batch.facility import signing, upload_files
from clinics.batch.rows import Counts
from clinics.batch.run import Listener, Sending
from clinics.batch.sources import Sign
from clinics.batch.upload import unheard
from clinics.batch.watching import LOOK_SECONDS, STABLE_SECONDS, Folder, Handled, Upload
from clinics.batch.words import counted
from clinics.clock import utc_now
from clinics.connection import Connection, connected
from clinics.exits import NETWORK, REFUSED, USAGE, in_words, say
from clinics.settings import ClinicSettings, load_settings

WORST_FIRST = (USAGE, REFUSED, NETWORK, 0)
"""How --once ends: as an upload of all that it found would."""


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--stable",
    default=STABLE_SECONDS,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help="Seconds for which a file must have stood still to be finished.",
)
@click.option("--once", is_flag=True, help="Handle what is finished now, and end.")
@click.option("--reason", help="Why records that were sent before are sent again with other content.")
def watch(folder: Path, stable: float, once: bool, reason: str | None) -> None:
    """Upload each finished file of FOLDER and move it to done/ or refused/ with its report.

    With --once exit 5 when a record was refused, 2 when a file cannot be read, 4 when one has to wait.
    """
    with in_words():
        settings = load_settings()
        settings.require_paired()
        with connected(settings, now=utc_now) as connection, signing(settings) as sign:
            watched = Folder(folder, time.monotonic, stable)
            ends = time.monotonic() + stable if once else None
            codes = {0}
            while True:
                for file in watched.finished():
                    handled = watched.handle(file, _upload(settings, connection, sign, reason))
                    codes.add(handled.counts.exit_code)
                    _tell(handled)
                if ends is not None and time.monotonic() > ends and not watched.unsettled:
                    raise SystemExit(next(code for code in WORST_FIRST if code in codes))
                time.sleep(min(LOOK_SECONDS, max(0.05, stable)))


def _upload(
    settings: ClinicSettings, connection: Connection, sign: Sign | None, reason: str | None
) -> Upload:
    def upload(file: Path, listeners: Iterable[Listener], counts: Counts) -> str | None:
        sending = Sending(BatchDoor(connection), None, reason, unheard)
        return upload_files([file], sending, settings=settings, sign=sign, listeners=listeners, counts=counts)

    return upload


def _tell(handled: Handled) -> None:
    counts = handled.counts
    told = " · ".join(filter(None, (counted(counts.ends), counted(counts.faults()))))
    place = f"{handled.moved_to.parent.name}/{handled.moved_to.name}" if handled.moved_to else "…"
    click.echo(f"{printable(handled.file.name)} → {printable(place)}  ({told})")
    if handled.stopped_by:
        say(handled.stopped_by)
