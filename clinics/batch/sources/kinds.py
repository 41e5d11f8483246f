"""What a file is, by its bytes: a name is only what somebody called it."""

from typing import BinaryIO, Literal

from clinics.batch.sources.packed import open_archive
from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets.delimited import encoding_of

FileType = Literal["xml", "ndjson", "csv", "xlsx", "zip"]

HEAD_BYTES = 4_096
"""How many bytes are looked at."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BEFORE_TEXT = " \t\r\n\ufeff"
_WORKBOOK = "xl/workbook.xml"
_OTHER_WORKBOOKS = ("xl/workbook.bin", "content.xml")


def file_type(file: BinaryIO) -> FileType:
    """Return what the file is.

    Raises SourceRefused: it is empty, a workbook of an older or other program (or behind a
    password), or nothing that is read here.
    """
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head:
        raise SourceRefused("file.empty")
    if head.startswith(_ZIP):
        return _packed(file)
    if head.startswith(_OLD_OFFICE):
        raise SourceRefused("sheet.old-format")
    return _text(head)


def _text(head: bytes) -> FileType:
    """Return what a text is, by its first character; a control character means that it is none."""
    encoding = encoding_of(head)
    text = head[: len(head) // 2 * 2 if encoding == "utf-16" else len(head)].decode(encoding, "replace")
    start = text.lstrip(_BEFORE_TEXT)[:1]
    if start == "<":
        return "xml"
    if not start or any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        raise SourceRefused("file.unknown-type")
    return "ndjson" if start == "{" else "csv"


def _packed(file: BinaryIO) -> FileType:
    """Return whether an archive is a workbook."""
    with open_archive(file) as archive:
        names = frozenset(archive.namelist())
    if _WORKBOOK in names:
        return "xlsx"
    if names.intersection(_OTHER_WORKBOOKS):
        raise SourceRefused("sheet.old-format")
    return "zip"
