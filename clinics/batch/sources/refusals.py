"""Why a file as a whole could not be read: one error, whose code is a row of the table of failures."""

from clinics.errors import ClinicError

NOT_FOUND = "file.not-found"
UNREADABLE = "file.unreadable"


class SourceRefused(ClinicError):
    """A file, or a member of an archive, is not read; `code` says why."""

    code = UNREADABLE

    def __init__(self, code: str) -> None:
        super().__init__(f"the file is refused: {code}")
        self.code = code


def code_of_fault(fault: OSError) -> str:
    """Return the code for what the operating system said."""
    return NOT_FOUND if isinstance(fault, FileNotFoundError) else UNREADABLE
