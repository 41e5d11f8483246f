"""`tiepdon-clinic tap`: one check-in in the terminal."""

from typing import get_args

import click

from bhyt.records.eligibility import Arrival
from cardreader.printable import json_line, printable
from clinics import report
from clinics.clerk import read_clerk
from clinics.entry import read_entry
from clinics.errors import NothingEntered
from clinics.exits import NETWORK, REFUSED, in_words, terminal
from clinics.reader import PcscReader
from clinics.settings import load_settings
from clinics.station import Station
from failures.terminal import show_failure

_EXITS = {"covered": 0, "not-covered": REFUSED, "not-genuine": REFUSED, "unknown": NETWORK}


@click.command()
@click.option(
    "--entry",
    metavar="TEXT",
    help="The ID number, QR text or MRZ; asked for when absent.",
)
@click.option("--clerk-name", metavar="NAME", envvar="TIEPDON_CLERK_NAME", help="Asked for when absent.")
@click.option("--clerk-id", metavar="NUMBER", envvar="TIEPDON_CLERK_ID", help="Asked for when absent.")
@click.option("--arrival", type=click.Choice(get_args(Arrival)), default="regular", show_default=True)
@click.option("--reader", metavar="NAME", help="Use the reader with this name or part of it.")
@click.option("--visit-id", metavar="MA_LK", help="The hospital's own key of this visit.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def tap(
    *,
    entry: str | None,
    clerk_name: str | None,
    clerk_id: str | None,
    arrival: Arrival,
    reader: str | None,
    visit_id: str | None,
    as_json: bool,
) -> None:
    """Check one person in by the card on the reader; exit 5 when refused, 4 when it is not known."""
    with in_words():
        settings = load_settings()
        settings.require_paired()
        clerk = read_clerk(
            _given(clerk_name, "Họ tên nhân viên / Clerk"),
            _given(clerk_id, "Số định danh của nhân viên / Clerk's ID number"),
        )
        with Station.open(settings) as station:
            keys = read_entry(_given(entry, "Mã QR, số định danh hoặc MRZ / Patient's QR, ID or MRZ"))
            click.echo("Đặt thẻ lên đầu đọc / Lay the card on the reader ...", err=True)
            with PcscReader(reader or settings.reader).card(settings.card_seconds) as card:
                arriving = station.arriving(clerk, arrival=arrival, visit_id=visit_id)
                result = station.check_in(
                    card.transport, keys, arriving, reader=card.reader, report=lambda _step: None
                )
    if as_json:
        click.echo(json_line(report.to_json(result)))
    else:
        for line in report.to_lines(result):
            click.echo(printable(line))
        for code in report.failures(result):
            show_failure(code, terminal())
    raise SystemExit(REFUSED if result.stored == "refused" else _EXITS[result.outcome])


def _given(text: str | None, question: str) -> str:
    """Return `text`, or what the person answers to the question on stderr.

    Raises NothingEntered: the input has ended, or Ctrl-C.
    """
    if text is not None:
        return text
    try:
        return str(click.prompt(question, err=True))
    except click.Abort as ended:
        raise NothingEntered("the input has ended") from ended
