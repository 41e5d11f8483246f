"""The face of a card that passed its checks, as a PNG that only this user can open."""

from pathlib import Path

from cardreader.commands.new_files import write_new
from cardreader.errors import FaceAbsent
from cardreader.lds.face import parse_face
from cardreader.portrait import face_png
from cardreader.reading import CardReading

FACE_GROUP = 2


def save_face(reading: CardReading, file: Path) -> None:
    """Write the face to the file, whole or not at all, with mode 0600.

    Only for a reading whose every check allows it: DG2 is then signed by the issuer.

    Raises FaceAbsent: the card has none, does not hand it out, or failed a check.
    FaceUnsupported, FaceUndecodable, MalformedData. click.UsageError: as `write_new`.
    """
    group = reading.evidence.data_groups.get(FACE_GROUP)
    if group is None or reading.checks.failure() is not None:
        raise FaceAbsent("no face that the issuer signed was read")
    png = face_png(parse_face(group).data)
    write_new("--face", file, png)
