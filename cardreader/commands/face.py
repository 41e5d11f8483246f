"""The face of a card that passed its checks, as a PNG that only this user can open."""

from pathlib import Path

import click

from cardreader.errors import FaceAbsent
from cardreader.lds.face import parse_face
from cardreader.portrait import face_png
from cardreader.reading import CardReading
from cardreader.whole_files import write_whole

FACE_GROUP = 2


def clear_face(file: Path) -> None:
    """Remove an older face, so that a card that gives none is never beside another person's.

    Raises click.UsageError: there is no such folder, or something else stands there.
    """
    try:
        if not file.absolute().parent.is_dir():
            raise click.UsageError("--face: the folder does not exist")
        file.unlink(missing_ok=True)
    except OSError as error:
        raise click.UsageError(f"--face: {error.strerror}") from error


def save_face(reading: CardReading, file: Path) -> None:
    """Write the face to the file, whole or not at all, with mode 0600.

    Only for a reading whose every check allows it: DG2 is then signed by the issuer.

    Raises FaceAbsent: the card has none, does not hand it out, or failed a check.
    FaceUnsupported, FaceUndecodable, MalformedData. click.UsageError: the file cannot be written.
    """
    group = reading.evidence.data_groups.get(FACE_GROUP)
    if group is None or reading.checks.failure() is not None:
        raise FaceAbsent("no face that the issuer signed was read")
    png = face_png(parse_face(group).data)
    try:
        write_whole(file.absolute(), png, mode=0o600)
    except OSError as error:
        raise click.UsageError(f"--face: {error.strerror}") from error
