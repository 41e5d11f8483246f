"""`tiepdon-clinic`: what runs at a clinic's desk and in a hospital's IT room."""

import json
import signal
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click
import stamina.instrumentation

from bhyt.records.eligibility import Arrival
from clinics import report
from clinics.batch.commands import batch
from clinics.clerk import read_clerk
from clinics.desk.server import serving
from clinics.doctor import examine
from clinics.entry import read_entry
from clinics.exits import NETWORK, REFUSED, in_words
from clinics.pairing import PUBLIC_FILE, load_key, make_key, write_public_jwk
from clinics.reader import PcscReader
from clinics.settings import data_directory, load_settings, save_settings
from clinics.station import Station, utc_now
from failures import failure

_EXITS = {"covered": 0, "not-covered": REFUSED, "not-genuine": REFUSED, "unknown": NETWORK}
_COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.group()
def main() -> None:
    """Receive patients, and send the hospital's records to the insurer's gateway."""
    # Its default hooks write to stdout, which is for data.
    stamina.instrumentation.set_on_retry_hooks([])


@main.command()
@click.option("--gateway", "gateway_url", metavar="URL", help="The insurer's gateway, https://...")
@click.option("--facility", metavar="CODE", help="This facility's five-character code.")
@click.option("--client-id", metavar="ID", help="What the insurer gave for the public key.")
@click.option(
    "--public-key", metavar="OUT.json", type=click.Path(dir_okay=False, writable=True, path_type=Path)
)
@click.option(
    "--trust",
    "trust_dir",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The pinned country signing certificates.",
)
@click.option("--training/--no-training", default=None, help="Accept training cards.")
def pair(
    *,
    gateway_url: str | None,
    facility: str | None,
    client_id: str | None,
    public_key: Path | None,
    trust_dir: Path | None,
    training: bool | None,
) -> None:
    """Make this desk's key and write its public half for the insurer; later, enter the client id."""
    given = {
        "gateway_url": gateway_url,
        "facility": facility,
        "client_id": client_id,
        "trust_dir": str(trust_dir.resolve()) if trust_dir else None,
        "training": training,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes and public_key is None:
        raise click.UsageError("nothing to pair: give --gateway and --facility, or --client-id")
    with in_words():
        directory = data_directory()
        save_settings(directory, **changes)
        made = make_key(directory)
        key = load_key(directory)
        out = public_key or directory / PUBLIC_FILE
        write_public_jwk(key, out)
        settings = load_settings(directory)
    click.echo(str(out))
    click.echo("Made a new key." if made else "Kept the key of this desk.", err=True)
    if settings.paired:
        click.echo("This desk is paired; `tiepdon-clinic doctor` tries it.", err=True)
    else:
        click.echo("Give the public key file to the insurer, then run: ", err=True, nl=False)
        click.echo("tiepdon-clinic pair --client-id ID", err=True)


@main.command()
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
                visit = station.visit(clerk, arrival=arrival, visit_id=visit_id)
                result = station.check_in(transport, keys, visit, report=lambda _step: None)
    if as_json:
        click.echo(json.dumps(report.to_json(result), ensure_ascii=False))
    else:
        for line in report.to_lines(result):
            click.echo(line)
    raise SystemExit(_EXITS[result.outcome])


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), help="0 takes a free one; default: the setting's.")
def desk(*, port: int | None) -> None:
    """Open the reception page on this machine until Ctrl-C."""
    with in_words():
        settings = load_settings()
        with Station.open(settings) as station:
            chosen = settings.desk_port if port is None else port
            with serving(station, PcscReader(settings.reader), port=chosen) as address:
                click.echo(address)
                signal.sigwait({signal.SIGINT, signal.SIGTERM})


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each part.")
def doctor(*, as_json: bool) -> None:
    """Look whether this desk can work, part by part; exit 2 when a part fails."""
    with in_words():
        settings = load_settings()
    failed = False
    for found in examine(settings, now=utc_now):
        failed = failed or found.level == "fail"
        why = failure(found.code) if found.code else None
        if as_json:
            remedy = asdict(why.remedy) if why else None
            click.echo(json.dumps({**asdict(found), "remedy": remedy}, ensure_ascii=False))
            continue
        mark = click.style(f"{found.level:4}", fg=_COLORS[found.level])
        click.echo(f"{mark} {found.part:8} {found.detail}")
        if why:
            click.echo(f"     {why.message.vi} {why.remedy.vi}\n     {why.message.en} {why.remedy.en}")
    raise SystemExit(2 if failed else 0)


main.add_command(batch)
