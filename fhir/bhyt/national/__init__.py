"""The national files of health insurance: bytes in, records and problems out."""

from bhyt.national.problems import Problem, Severity
from bhyt.national.reading import FileKind, NationalFile, read_file

__all__ = ["FileKind", "NationalFile", "Problem", "Severity", "read_file"]
