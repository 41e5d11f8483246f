"""The national files of health insurance: bytes in, records and problems out, and back."""

from bhyt.national.dossier import Dossier, InnerFile
from bhyt.national.layouts import FileKind
from bhyt.national.outcomes import Outcome, ReadRecord
from bhyt.national.outline import Outline, outline
from bhyt.national.reading import NationalFile, WholeFile, open_file, read_chunk, read_file

__all__ = [
    "Dossier",
    "FileKind",
    "InnerFile",
    "NationalFile",
    "Outcome",
    "Outline",
    "ReadRecord",
    "WholeFile",
    "open_file",
    "outline",
    "read_chunk",
    "read_file",
]
