"""`tiepdon-card read`: one card, read and checked."""

import json
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from cardreader import pcsc
from cardreader.access.keys import AccessKeys
from cardreader.access.opening import WAYS
from cardreader.commands.exits import EXIT_NOT_GENUINE, stderr
from cardreader.display import show_reading
from cardreader.proof.active import NONCE_BYTES
from cardreader.proof.trust import TrustStore
from cardreader.proving import LocalChallenger
from cardreader.qr import parse_qr
from cardreader.reading import CardReading, read_card
from failures.terminal import show_failure


def _nonce(_context: click.Context, _parameter: click.Parameter, text: str | None) -> bytes | None:
    try:
        nonce = bytes.fromhex(text) if text is not None else None
    except ValueError as error:
        raise click.BadParameter("not hexadecimal") from error
    if nonce is not None and len(nonce) != NONCE_BYTES:
        raise click.BadParameter(f"not {NONCE_BYTES} bytes")
    return nonce


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
@click.option(
    "--allow-sha1", is_flag=True, help="Accept security objects and certificates signed with SHA-1."
)
@click.option(
    "--access",
    "ways",
    multiple=True,
    type=click.Choice([way.lower() for way in WAYS]),
    help="Open in this way only; may be given several times.",
)
@click.option("--no-extended", is_flag=True, help="Send no commands of extended length.")
@click.option("--nonce", metavar="HEX", callback=_nonce, help="Have the chip sign these 8 bytes.")
@click.option(
    "--evidence",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what was read to this file, for `tiepdon-card verify`: it holds personal data.",
)
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
    allow_sha1: bool,
    ways: tuple[str, ...],
    no_extended: bool,
    nonce: bytes | None,
    evidence: Path | None,
    wait: float,
) -> None:
    """Read the card on the reader, have its chip prove itself, and check that all is genuine."""
    keys, expected_id = _keys(number=number, can=can, mrz=mrz, qr=qr)
    anchors = _anchors(trust, training=training, sha1=allow_sha1)
    reader = pcsc.choose_reader(reader_name)
    if sys.stderr.isatty():
        click.echo("Đặt thẻ lên đầu đọc… · Lay the card on the reader…", err=True)
    pcsc.wait_for_card(reader, wait)
    with pcsc.connect(reader) as card:
        reading = read_card(
            card,
            keys,
            trust=anchors,
            now=datetime.now(UTC),
            expected_id=expected_id,
            challenger=LocalChallenger(secrets.token_bytes, nonce=nonce),
            ways=[way for way in WAYS if not ways or way.lower() in ways],
            extended=False if no_extended else None,
        )
    if evidence is not None:
        _write_evidence(reading, evidence)
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


def _anchors(directory: Path | None, *, training: bool, sha1: bool) -> TrustStore:
    if directory is None:
        return TrustStore([], training=training, sha1=sha1)
    return TrustStore.from_directory(directory, training=training, sha1=sha1)


def _write_evidence(reading: CardReading, file: Path) -> None:
    """Write the evidence for its owner's eyes only, in place of what the file held."""
    text = json.dumps(reading.evidence.to_json(), indent=2)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            os.fchmod(out.fileno(), 0o600)
            out.write(text + "\n")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be written: {type(error).__name__}") from error


def _report(reading: CardReading, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(reading.to_json(), ensure_ascii=False, indent=2))
    else:
        show_reading(reading, Console(highlight=False))
    refusal = reading.checks.failure()
    if refusal is not None:
        show_failure(refusal, stderr())
        raise click.exceptions.Exit(EXIT_NOT_GENUINE)
