"""`tiepdon-clinic sign`: a national file signed with the facility's key, whole or one file a record."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from bhyt.errors import RecordsError
from bhyt.national.envelopes import envelope_of
from bhyt.national.outline import outline
from bhyt.national.parting import part_of
from bhyt.national.signature import MAX_SIGNED_BYTES
from bhyt.national.signature_key_info import lifetime, signer_name
from bhyt.national.signature_making import sign_file
from bhyt.records.dates import VIETNAM
from cardreader.printable import printable
from clinics.batch.sources.kinds import file_type
from clinics.batch.sources.refusals import SourceRefused
from clinics.clock import utc_now
from clinics.errors import OutputExists, OutputUnwritable, SecretNotEntered, SheetNotSigned
from clinics.exits import REFUSED, in_words, say
from clinics.private_files import write_once
from clinics.settings import load_settings
from clinics.signing import signing_key

_SHEETS = frozenset({".csv", ".tsv"})

_Document = tuple[Path, Callable[[], bytes]]
"""Where a signed file goes, and what reads the document to be signed."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Must not exist."
)
@click.option(
    "--split",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for one signed file a record, made if need be; none of them may exist.",
)
def sign(*, file: Path, out: Path | None, split: Path | None) -> None:
    """Sign a national FILE with the facility's key; exit 5 when it cannot be signed.

    With --split each of its records is signed in a file of its own, as the national portal takes them: a
    signature over several holds for none of them alone.

    The key is that of the settings: a PKCS#12 file or a token. Its password or PIN is asked for,
    unless the settings name a file that holds it.
    """
    if (out is None) == (split is None):
        raise click.UsageError("--out FILE hoặc --split DIR / either --out FILE or --split DIR")
    with in_words(), file.open("rb") as given:
        settings = load_settings()
        if _is_sheet(given, file.suffix):
            raise SheetNotSigned(file.name)
        try:
            documents = _whole(given, out) if out else _parts(given, file.stem, split or Path())
            for path, _ in documents:
                if path.exists():
                    raise OutputExists(path.name)
            with signing_key(settings, ask=ask_secret) as key:
                if split:
                    _make(split)
                for path, read in documents:
                    _write(path, sign_file(read(), key, signed_at=utc_now()))
                    click.echo(str(path))
                certificate = key.certificate
        except RecordsError as refusal:
            say(refusal.code, detail=str(refusal))
            raise SystemExit(REFUSED) from refusal
    ends = f"{lifetime(certificate)[1]:%Y-%m-%d}"
    click.echo(printable(f"Người ký / Signer: {signer_name(certificate)} (đến / until {ends})"), err=True)


def ask_secret(name: str) -> str:
    """Return the password or PIN that the person types, which is not shown.

    Raises SecretNotEntered: the input has ended, or Ctrl-C.
    """
    try:
        return str(
            click.prompt(f"Mật khẩu hoặc PIN của / Password or PIN of {name}", hide_input=True, err=True)
        )
    except click.Abort as ended:
        raise SecretNotEntered("the input has ended") from ended


def _is_sheet(file: BinaryIO, ending: str) -> bool:
    """Say whether a file is a spreadsheet: a workbook by its bytes, other text by its name, too."""
    try:
        kind = file_type(file)
    except SourceRefused:
        return False
    finally:
        file.seek(0)
    return kind == "xlsx" or (kind == "csv" and ending.casefold() in _SHEETS)


def _whole(file: BinaryIO, out: Path) -> list[_Document]:
    return [(out, lambda: file.read(MAX_SIGNED_BYTES + 1))]


def _parts(file: BinaryIO, stem: str, folder: Path) -> list[_Document]:
    """Return a document for each record of the file, by its number in it. Raises FileRefused."""
    found = outline(file)
    around = envelope_of(file, found)
    today = utc_now().astimezone(VIETNAM).date()

    def part(number: int) -> bytes:
        start, end = found.pieces[number - 1]
        file.seek(start)
        piece = file.read(end - start)
        return part_of(piece, found, around, number=number, facility=found.facility or "", made_on=today)

    return [
        (folder / f"{stem}-{number:05d}.xml", partial(part, number))
        for number in range(1, len(found.pieces) + 1)
    ]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputUnwritable(folder.name) from fault


def _write(path: Path, content: bytes) -> None:
    try:
        if not write_once(path, content):
            raise OutputExists(path.name)
    except OSError as fault:
        raise OutputUnwritable(path.name) from fault
