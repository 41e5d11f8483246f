"""ZIP files opened without trust: a bounded list of members, and members inflated piece by piece."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from clinics.batch.sources.refusals import SourceRefused

MAX_DIRECTORY_BYTES = 16_000_000
"""How large the list of members may be."""

MAX_RATIO = 200
"""How many times its packed size a member may have, when it is large; honest files reach about 50."""

SMALL_BYTES = 10_000_000
"""Below this size a member is not large, whatever its ratio."""

_CHUNK_BYTES = 1 << 20
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@contextmanager
def open_archive(file: BinaryIO, *, broken: str = "archive.broken") -> Iterator[zipfile.ZipFile]:
    """Give the archive in a file.

    Raises SourceRefused: it is damaged or packed in a way that is not read (`broken`), or its
    list of members is too large.
    """
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            yield archive
    except _FAULTS as error:
        raise SourceRefused(broken) from error


def inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, limit: int) -> Iterator[bytes]:
    """Yield a member in pieces. What the archive says of its size is not believed.

    Raises SourceRefused: it is larger than `limit`, or far larger than what was packed
    (`archive.bomb`), or damaged (`archive.broken`).
    """
    allowed = min(limit, max(SMALL_BYTES, MAX_RATIO * member.compress_size))
    size = 0
    try:
        with archive.open(member) as packed:
            while piece := packed.read(_CHUNK_BYTES):
                size += len(piece)
                if size > allowed:
                    raise SourceRefused("archive.bomb")
                yield piece
    except _FAULTS as error:
        raise SourceRefused("archive.broken") from error


class _Bounded:
    """An archive's file of which no more than the list of members is read at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises SourceRefused: more are asked for than a list of members has."""
        data = self._file.read(size if 0 <= size <= MAX_DIRECTORY_BYTES else MAX_DIRECTORY_BYTES + 1)
        if len(data) > MAX_DIRECTORY_BYTES:
            raise SourceRefused("archive.too-many-members")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Say that the place can be moved."""
        return True
