"""Records back to national files: the official order and encodings, nothing lost that was read.

What is made anew has the official order of its table, fields that no list knows behind the one
they stood behind; what was read and not changed comes back to the letter. UTF-8, base64.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from xml.sax.saxutils import escape

from bhyt.errors import WrongCount
from bhyt.national.dossier import Dossier
from bhyt.national.envelopes import Envelope
from bhyt.national.layouts import FileKind
from bhyt.national.making import namespaces
from bhyt.national.row_files import RowFile
from bhyt.records.row import Row
from bhyt.tables.generations import Generation

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def write_envelope(
    dossiers: Iterable[Dossier], *, facility: str, made_on: date, around: Envelope | None = None
) -> bytes:
    """Return the envelope of one dossier; its inner files are written as they are.

    With `around`, which is that of the file that the dossier was read from, all that stands there and in the
    HOSO is kept (see `Envelope.around`); facility and day are for an envelope that lacks one of them, and
    for a dossier with more or less inner files than were read: these are written anew, unsigned, with
    nothing beside the inner files but the namespaces that they may use.

    Raises WrongCount: not exactly one dossier, which is what the portal takes (BHYT-R-002).
    """
    several = list(dossiers)
    if len(several) != 1:
        raise WrongCount(1, len(several))
    if around is not None and around.complete and (kept := around.around(several[0])) is not None:
        return kept
    declared = around.declarations() if around else {}
    files = "".join(
        f"<FILEHOSO><LOAIHOSO>{escape(file.table)}</LOAIHOSO>"
        f"<NOIDUNGFILE>{file.content}</NOIDUNGFILE></FILEHOSO>"
        for file in several[0].files
    )
    return (
        f"{_DECLARATION}<GIAMDINHHS {namespaces(declared)}>"
        f"<THONGTINDONVI><MACSKCB>{escape(facility)}</MACSKCB></THONGTINDONVI>"
        f"<THONGTINHOSO><NGAYLAP>{made_on:%Y%m%d}</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO>"
        f"<DANHSACHHOSO><HOSO>{files}</HOSO></DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    ).encode()


def write_check_ins(rows: Sequence[Row], *, generation: Generation | None = None) -> bytes:
    """Return the check-in file of these rows, unsigned.

    With a generation, fields that a row lacks are written empty, as the official files have them.
    """
    return _document("check-ins", rows, generation)


def write_deaths(rows: Sequence[Row], *, generation: Generation | None = None) -> bytes:
    """Return the file of these death notices (loaiHs 60), unsigned; see `write_check_ins`."""
    return _document("deaths", rows, generation)


def write_births(rows: Sequence[Row], *, generation: Generation | None = None) -> bytes:
    """Return the file of these birth certificates (loaiHs 61), unsigned; see `write_check_ins`."""
    return _document("births", rows, generation)


def _document(kind: FileKind, rows: Sequence[Row], generation: Generation | None) -> bytes:
    """Return a file in which each row is a record element."""
    into = BytesIO()
    file = RowFile(kind, into, generation=generation)
    for row in rows:
        file.add(row)
    file.finish()
    return into.getvalue()
