"""One record out of a file of several, as a file of its own: the portal takes one HOSO a call (vss_api 4).

The record's inner files, or its row, stand in the new file to the letter. A signature was over the whole
file and does not hold for a part, so that the new file is unsigned.
"""

from datetime import date
from io import BytesIO

from bhyt.national.dossier import read_dossier
from bhyt.national.outline import Outline, outline
from bhyt.national.writing import write_envelope
from bhyt.problems import Findings

_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_UNSIGNED = b"<CHUKYDONVI/>"


def part_of(piece: bytes, found: Outline, *, number: int, facility: str, made_on: date) -> bytes:
    """Return a file of the record whose element, `number` from 1, is `piece` of the file `found`.

    It was made by `facility` when its file was, `made_on` if that does not say.

    Raises FileRefused: what was made cannot be read again.
    """
    if found.kind == "claims":
        dossier = read_dossier(piece, found.frame, Findings(number))
        file = write_envelope([dossier], facility=facility, made_on=found.made_on or made_on)
    else:
        inner, mark, root = found.frame.closing.rpartition(b"</")
        file = _DECLARATION + found.frame.opening + piece + inner + _UNSIGNED + mark + root
    outline(BytesIO(file))
    return file
