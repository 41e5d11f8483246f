"""What several commands are given: a key to the card, certificates, the name of a reader."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import click

from cardreader.access.keys import AccessKeys
from cardreader.commands.piped import one_line
from cardreader.errors import NumberInvalid
from cardreader.proof.trust import TrustStore
from cardreader.qr import parse_qr

Command = TypeVar("Command", bound=Callable[..., object])

_CAN_LENGTH = 6


@dataclass(frozen=True, slots=True)
class CardKey:
    """What opens one person's card, and the ID number that its chip must then state, if that is known."""

    access: AccessKeys
    expected_id: str | None = field(default=None, repr=False)


def key_options(command: Command) -> Command:
    """Add --number, --can, --mrz and --qr, which `given_key` takes; for `-`, each takes a line of stdin."""
    for name, metavar, help_text in (
        ("--qr", "TEXT|-", "Open with the text of the card's QR code, and compare its number."),
        ("--mrz", "TEXT|-", "Open with the machine-readable zone, in one line."),
        ("--can", "DIGITS|-", "Open with the 6-digit card access number."),
        ("--number", "DIGITS|-", "Open with the 12-digit ID number, and compare it; - reads it from stdin."),
    ):
        option = click.option(name, metavar=metavar, help=help_text, callback=_given_or_typed)
        command = option(command)
    return command


def _given_or_typed(context: click.Context, option: click.Parameter, text: str | None) -> str | None:
    """Return the option's text, for `-` a line of stdin: what all can see of a process are its arguments."""
    if text != "-" or context.resilient_parsing:
        return text
    if sys.stdin is not None and sys.stdin.isatty():
        click.echo(f"{option.name}: ", nl=False, err=True)
    line = one_line(sys.stdin.buffer) if sys.stdin is not None else ""
    if not line:
        raise click.BadParameter("không có dòng nào / stdin holds no line for it")
    return line


def trust_options(command: Command) -> Command:
    """Add --trust, --training and --allow-sha1, which `given_trust` takes."""
    for option in (
        click.option(
            "--allow-sha1", is_flag=True, help="Accept security objects and certificates signed with SHA-1."
        ),
        click.option("--training", is_flag=True, help="Accept cards of a training authority."),
        trust_folder_option("trust"),
    ):
        command = option(command)
    return command


def trust_folder_option(name: str, *, required: bool = False) -> Callable[[Command], Command]:
    """Return the option --trust, whose value is the parameter `name`."""
    return click.option(
        "--trust",
        name,
        type=click.Path(path_type=Path, file_okay=False),
        envvar="TIEPDON_CARD_TRUST",
        required=required,
        help="Directory of pinned country signing certificates.",
    )


def reader_option(command: Command) -> Command:
    """Add --reader."""
    return click.option(
        "--reader", "reader_name", metavar="NAME", help="Use the reader with this name or part of it."
    )(command)


def given_key(*, number: str | None, can: str | None, mrz: str | None, qr: str | None) -> CardKey | None:
    """Return the keys of all that was given together, or None where nothing was.

    Raises NumberInvalid, MrzInvalid, QrInvalid.
    """
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
        return None
    printed = AccessKeys.number_of_mrz(mrz) if mrz else None
    return CardKey(keys, number or (code.id_number if code else None) or printed)


def key_of_line(line: str) -> CardKey:
    """Return the key of one line: an ID number, a card access number, or the text of a QR code.

    Raises NumberInvalid, QrInvalid.
    """
    text = line.strip()
    kind = "qr" if "|" in text else "can" if len(text) == _CAN_LENGTH else "number"
    key = given_key(**{"number": None, "can": None, "mrz": None, "qr": None, kind: text})
    if key is None:
        raise NumberInvalid("the line is empty")
    return key


def given_trust(trust: Path | None, *, training: bool, allow_sha1: bool) -> TrustStore:
    """Return the pinned certificates, none of them where no directory was given.

    Raises TrustUnreadable.
    """
    if trust is None:
        return TrustStore([], training=training, sha1=allow_sha1)
    return TrustStore.from_directory(trust, training=training, sha1=allow_sha1)
