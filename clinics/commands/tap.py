"""`tiepdon-clinic tap`: one check-in in the terminal."""

from typing import get_args

import click

from bhyt.records.eligibility import Arrival
from clinics import report
from clinics.clerk import read_clerk
from clinics.entry import read_entry
from clinics.exits import NETWORK, REFUSED, in_words
from clinics.printable import json_line, printable
from clinics.reader import PcscReader
from clinics.settings import load_settings
from clinics.station import Station

_EXITS = {"covered": 0, "not-covered": REFUSED, "not-genuine": REFUSED, "unknown": NETWORK}


@click.command()
@click.option("--entry", metavar="TEXT", help="The ID number, or the QR code's text; asked for when absent.")
@click.option("--clerk-name", metavar="NAME", envvar="TIEPDON_CLERK_NAME", prompt="Họ tên nhân viên / Clerk")
@click.option("--clerk-id", metavar="NUMBER", envvar="TIEPDON_CLERK_ID", prompt="Số định danh / ID number")
@click.option("--arrival", type=click.Choice(get_args(Arrival)), default="regular", show_default=True)
@click.option("--visit-id", metavar="MA_LK", help="The hospital's own key of this visit.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def tap(
    *,
    entry: str | None,
    clerk_name: str,
    clerk_id: str,
    arrival: Arrival,
    visit_id: str | None,
    as_json: bool,
) -> None:
    """Check one person in by the card on the reader; exit 5 when refused, 4 when it is not known."""
    with in_words():
        clerk = read_clerk(clerk_name, clerk_id)
        settings = load_settings()
        with Station.open(settings) as station:
            keys = read_entry(entry if entry is not None else click.prompt("QR / ID", err=True))
            click.echo("Đặt thẻ lên đầu đọc / Lay the card on the reader ...", err=True)
            with PcscReader(settings.reader).card(settings.card_seconds) as transport:
                arriving = station.arriving(clerk, arrival=arrival, visit_id=visit_id)
                result = station.check_in(transport, keys, arriving, report=lambda _step: None)
    if as_json:
        click.echo(json_line(report.to_json(result)))
    else:
        for line in report.to_lines(result):
            click.echo(printable(line))
    raise SystemExit(REFUSED if result.stored == "refused" else _EXITS[result.outcome])
