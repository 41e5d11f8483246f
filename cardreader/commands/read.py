"""`tiepdon-card read`: one card, read and checked."""

import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from cardreader import pcsc
from cardreader.access.opening import WAYS
from cardreader.commands.display import show_reading
from cardreader.commands.exits import EXIT_NOT_GENUINE, stderr
from cardreader.commands.face import FACE_GROUP, save_face
from cardreader.commands.new_files import OPTION_TYPE, require_new, write_new
from cardreader.commands.nonces import parse_nonce
from cardreader.commands.options import given_key, given_trust, key_options, reader_option, trust_options
from cardreader.commands.tracing import traced
from cardreader.proving import LocalChallenger
from cardreader.reader_names import takes_extended
from cardreader.reading import WANTED, CardReading, read_card
from failures import failure
from failures.terminal import show_failure


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the reading as JSON.")
@reader_option
@key_options
@trust_options
@click.option(
    "--access",
    "ways",
    multiple=True,
    type=click.Choice([way.lower() for way in WAYS]),
    help="Open in this way only; may be given several times. To find out why a card or reader fails in one.",
)
@click.option("--no-extended", is_flag=True, help="Send no commands of extended length.")
@click.option("--nonce", metavar="HEX", callback=parse_nonce, help="Have the chip sign these 8 bytes.")
@click.option(
    "--evidence",
    type=OPTION_TYPE,
    help="Write what was read to this new file, for `tiepdon-card verify`: it holds personal data. "
    "The nonce is printed beside it; keep it elsewhere.",
)
@click.option(
    "--face",
    type=OPTION_TYPE,
    help="Write the face of a card that passes every check to this new PNG file: it is personal data.",
)
@click.option("--trace", is_flag=True, help="Print all bytes on stderr: personal data and keys.")
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
    face: Path | None,
    trace: bool,
    wait: float,
) -> None:
    """Read the card on the reader, have its chip prove itself, and check that all is genuine.

    The files of --evidence and --face must not be there yet: nothing is overwritten. Without
    --access the card is opened by PACE with the number, then the MRZ, then by BAC.
    """
    key = given_key(number=number, can=can, mrz=mrz, qr=qr)
    if key is None:
        raise click.UsageError("cho một khóa / give one of: --number, --can, --mrz, --qr")
    anchors = given_trust(trust, training=training, allow_sha1=allow_sha1)
    require_new("--evidence", evidence)
    require_new("--face", face)
    if sys.stderr.isatty():
        click.echo("Đặt thẻ lên đầu đọc… · Lay the card on the reader…", err=True)
    reader = pcsc.await_card(reader_name, wait)
    with pcsc.connect(reader) as card:
        reading = read_card(
            traced(card, stderr()) if trace else card,
            key.access,
            trust=anchors,
            now=datetime.now(UTC),
            expected_id=key.expected_id,
            wanted=WANTED if face is None else (*WANTED, FACE_GROUP),
            challenger=LocalChallenger(secrets.token_bytes, nonce=nonce),
            ways=[way for way in WAYS if not ways or way.lower() in ways],
            extended=False if no_extended else takes_extended(reader),
        )
    if evidence is not None:
        _write_evidence(reading, evidence)
    _report(reading, as_json=as_json)
    if face is not None:
        save_face(reading, face)


def _write_evidence(reading: CardReading, file: Path) -> None:
    """Write the evidence and the nonce that the chip signed, which `verify` shows and never believes."""
    signed = {"nonce": reading.nonce.hex()} if reading.nonce else {}
    text = json.dumps(reading.evidence.to_json() | signed, indent=2) + "\n"
    write_new("--evidence", file, text.encode("ascii"))


def _report(reading: CardReading, *, as_json: bool) -> None:
    for number, code in reading.left_out.items():
        words = failure(code).message
        click.echo(f"– DG{number} không đọc được · not read: {words.vi} {words.en} [{code}]", err=True)
    if as_json:
        click.echo(json.dumps(reading.to_json(), ensure_ascii=False, indent=2))
    else:
        show_reading(reading, Console(highlight=False))
    refusal = reading.checks.failure()
    if refusal is not None:
        show_failure(refusal, stderr())
        raise click.exceptions.Exit(EXIT_NOT_GENUINE)
