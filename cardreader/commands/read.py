"""`tiepdon-card read`: one card, read and checked."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from cardreader import pcsc
from cardreader.access.keys import AccessKeys
from cardreader.commands.exits import EXIT_NOT_GENUINE, stderr
from cardreader.display import show_reading
from cardreader.proof.trust import TrustStore
from cardreader.qr import parse_qr
from cardreader.reading import CardReading, read_card
from failures.terminal import show_failure


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the reading as JSON.")
@click.option("--reader", "reader_name", metavar="NAME", help="Use the reader with this name or part of it.")
@click.option("--number", metavar="DIGITS", help="Open with the 12-digit ID number, and compare it.")
@click.option("--can", metavar="DIGITS", help="Open with the 6-digit card access number.")
@click.option("--mrz", metavar="TEXT", help="Open with the machine-readable zone.")
@click.option(
    "--qr", metavar="TEXT", help="Open with the text of the card's QR code, and compare its number."
)
@click.option(
    "--trust",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="TIEPDON_CARD_TRUST",
    help="Directory of pinned country signing certificates.",
)
@click.option("--training", is_flag=True, help="Accept cards of a training authority.")
@click.option("--wait", default=30.0, show_default=True, help="Seconds to wait for a card.")
def read(
    *,
    as_json: bool,
    reader_name: str | None,
    number: str | None,
    can: str | None,
    mrz: str | None,
    qr: str | None,
    trust: Path | None,
    training: bool,
    wait: float,
) -> None:
    """Read the card on the reader and check that it is genuine."""
    keys, expected_id = _keys(number=number, can=can, mrz=mrz, qr=qr)
    anchors = (
        TrustStore.from_directory(trust, training=training) if trust else TrustStore([], training=training)
    )
    reader = pcsc.choose_reader(reader_name)
    if sys.stderr.isatty():
        click.echo("Đặt thẻ lên đầu đọc… · Lay the card on the reader…", err=True)
    pcsc.wait_for_card(reader, wait)
    with pcsc.connect(reader) as card:
        reading = read_card(card, keys, trust=anchors, now=datetime.now(UTC), expected_id=expected_id)
    _report(reading, as_json=as_json)


def _keys(
    *, number: str | None, can: str | None, mrz: str | None, qr: str | None
) -> tuple[AccessKeys, str | None]:
    """Return the keys of all that was given, and the ID number that the chip must state."""
    code = parse_qr(qr) if qr else None
    given = [
        AccessKeys.from_can(can) if can else None,
        AccessKeys.from_number(number) if number else None,
        AccessKeys.from_mrz(mrz) if mrz else None,
        AccessKeys.from_qr(code) if code else None,
    ]
    keys = AccessKeys()
    for key in given:
        keys = keys.also(key) if key else keys
    if keys == AccessKeys():
        raise click.UsageError("give one of --number, --can, --mrz, --qr")
    return keys, number or (code.id_number if code else None)


def _report(reading: CardReading, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(reading.to_json(), ensure_ascii=False, indent=2))
    else:
        show_reading(reading, Console(highlight=False))
    refusal = reading.checks.failure()
    if refusal is not None:
        show_failure(refusal, stderr())
        raise click.exceptions.Exit(EXIT_NOT_GENUINE)
