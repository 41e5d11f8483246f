"""`tiepdon-clinic desk`: the reception page, until it is stopped."""

import signal

import click

from clinics.desk.server import serving
from clinics.exits import in_words
from clinics.reader import PcscReader
from clinics.settings import load_settings
from clinics.station import Station

_STOP = {signal.SIGINT, signal.SIGTERM}


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one; default: the setting's.")
@click.option("--reader", metavar="NAME", help="Use the reader with this name or part of it.")
def desk(*, port: int | None, reader: str | None) -> None:
    """Open the reception page on this machine until Ctrl-C."""
    # Blocked before any thread starts, so that none but the wait below gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    with in_words():
        settings = load_settings()
        with Station.open(settings) as station:
            chosen = settings.desk_port if port is None else port
            with serving(station, PcscReader(reader or settings.reader), port=chosen) as address:
                click.echo(address)
                signal.sigwait(_STOP)
