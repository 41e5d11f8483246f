"""The national files of health insurance: bytes in, records and problems out, and back."""

from bhyt.national.dossier import Dossier, InnerFile
from bhyt.national.envelopes import Envelope
from bhyt.national.layouts import FileKind
from bhyt.national.making import changed_file, inner_file
from bhyt.national.outcomes import Outcome, ReadRecord
from bhyt.national.outline import Outline
from bhyt.national.reading import NationalFile, WholeFile, open_file, read_chunk, read_file
from bhyt.national.writing import write_births, write_check_ins, write_deaths, write_envelope

__all__ = [
    "Dossier",
    "Envelope",
    "FileKind",
    "InnerFile",
    "NationalFile",
    "Outcome",
    "Outline",
    "ReadRecord",
    "WholeFile",
    "changed_file",
    "inner_file",
    "open_file",
    "read_chunk",
    "read_file",
    "write_births",
    "write_check_ins",
    "write_deaths",
    "write_envelope",
]
