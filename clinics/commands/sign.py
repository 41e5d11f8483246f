"""`tiepdon-clinic sign`: a national file signed with the facility's key, into a file of its own."""

from pathlib import Path

import click

from bhyt.errors import RecordsError
from bhyt.national.signature import MAX_SIGNED_BYTES
from bhyt.national.signature_key_info import lifetime, signer_name
from bhyt.national.signature_making import sign_file
from cardreader.printable import printable
from clinics.clock import utc_now
from clinics.errors import NothingEntered, OutputExists, OutputUnwritable
from clinics.exits import REFUSED, in_words, say
from clinics.private_files import write_once
from clinics.settings import load_settings
from clinics.signing import signing_key


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Must not exist.",
)
def sign(*, file: Path, out: Path) -> None:
    """Sign a national FILE with the facility's key; exit 5 when it cannot be signed.

    The key is that of the settings: a PKCS#12 file or a token. Its password or PIN is asked for,
    unless the settings name a file that holds it.
    """
    with in_words():
        settings = load_settings()
        if out.exists():
            raise OutputExists(out.name)
        document = _read(file)
        with signing_key(settings, ask=ask_secret) as key:
            try:
                signed = sign_file(document, key, signed_at=utc_now())
            except RecordsError as refusal:
                say(refusal.code, detail=str(refusal))
                raise SystemExit(REFUSED) from refusal
            certificate = key.certificate
        _write(out, signed)
    ends = f"{lifetime(certificate)[1]:%Y-%m-%d}"
    click.echo(str(out))
    click.echo(printable(f"Người ký / Signer: {signer_name(certificate)} (đến / until {ends})"), err=True)


def ask_secret(name: str) -> str:
    """Return the password or PIN that the person types, which is not shown.

    Raises NothingEntered: the input has ended, or Ctrl-C.
    """
    try:
        return str(
            click.prompt(f"Mật khẩu hoặc PIN của / Password or PIN of {name}", hide_input=True, err=True)
        )
    except click.Abort as ended:
        raise NothingEntered("the input has ended") from ended


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_SIGNED_BYTES + 1)


def _write(path: Path, content: bytes) -> None:
    try:
        if not write_once(path, content):
            raise OutputExists(path.name)
    except OSError as fault:
        raise OutputUnwritable(path.name) from fault
