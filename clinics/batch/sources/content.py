"""A file's bytes, kept open and read by several readers at once, each with a place of its own."""

import errno
import io
import os
import tempfile
from threading import Lock
from typing import IO, BinaryIO, cast

MEMORY_BYTES = 8_000_000
"""How much of a member of an archive, or of a generated file, is kept in memory; the rest is on disk."""

_BUFFER_BYTES = 256 * 1024


class Content:
    """The bytes of one seekable file, which this owns: the same for whoever reads, until it is closed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lock = Lock()
        self.size = file.seek(0, os.SEEK_END)

    def open(self) -> BinaryIO:
        """Return a new reader at the first byte; what it does moves no other reader."""
        return cast("BinaryIO", io.BufferedReader(_Reader(self), _BUFFER_BYTES))

    def head(self, size: int) -> bytes:
        """Return at most the first `size` bytes."""
        return self.read_at(0, size)

    def read_at(self, position: int, size: int) -> bytes:
        """Return at most `size` bytes from `position` on, nothing behind the end."""
        with self._lock:
            self._file.seek(position)
            return self._file.read(size)

    def close(self) -> None:
        """Close the file; a temporary one is gone then."""
        self._file.close()


def draft() -> IO[bytes]:
    """Return a new empty file that only this user may read, and that is gone when it is closed.

    It is in memory up to MEMORY_BYTES, then a nameless file in the temporary folder (mode 0600).
    """
    return cast("IO[bytes]", tempfile.SpooledTemporaryFile(MEMORY_BYTES))


class _Reader(io.RawIOBase):
    """One reader's place in a content."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._position = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that its place can be moved."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the stubs' Buffer is no type here
        """Fill the buffer as far as there are bytes; return how many."""
        data = self._content.read_at(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place from the start, from here or from the end; return it."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._content.size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, "no place before the first byte")
        self._position = start + offset
        return self._position
