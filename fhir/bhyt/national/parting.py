"""One record out of a file of several, as a file of its own: the portal takes one HOSO a call (vss_api 4).

The record's inner files, or its row, stand in the new file to the letter. A signature was over the whole
file and does not hold for a part, so that the new file is unsigned.
"""

from datetime import date
from io import BytesIO

from bhyt.national.dossier import read_dossier
from bhyt.national.envelopes import Envelope
from bhyt.national.outline import Outline, outline
from bhyt.national.writing import write_envelope
from bhyt.problems import Findings

_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_UNSIGNED = b"<CHUKYDONVI/>"


def part_of(
    piece: bytes, found: Outline, around: Envelope, *, number: int, facility: str, made_on: date
) -> bytes:
    """Return a file of the record whose element, `number` from 1, is `piece` of the file `found`.

    What stands `around` the records of that file is kept for a claim, but its signature; a file that does
    not say who made it and when was made by `facility`, `made_on` if it has no day.

    Raises FileRefused: what was made cannot be read again.
    """
    if found.kind == "claims":
        dossier = read_dossier(piece, found.frame, Findings(number))
        file = write_envelope([dossier], facility=facility, made_on=found.made_on or made_on, around=around)
    else:
        inner, mark, root = found.frame.closing.rpartition(b"</")
        file = _DECLARATION + found.frame.opening + piece + inner + _UNSIGNED + mark + root
    outline(BytesIO(file))
    return file
