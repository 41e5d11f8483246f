"""The members of a ZIP archive, each unpacked into a temporary file of its own, within named limits.

No name of a member is ever used as a path. One that would leave the folder says that somebody
means harm, or that a program is broken: it is refused.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from clinics.batch.sources.content import Content, draft
from clinics.batch.sources.folders import is_left_out
from clinics.batch.sources.refusals import SourceRefused

MAX_MEMBERS = 10_000
"""How many members an archive may have."""

MAX_DIRECTORY_BYTES = 16_000_000
"""How large the list of members may be."""

MAX_MEMBER_BYTES = 4_000_000_000
"""How large one unpacked member may be: as large as a national file."""

MAX_TOTAL_BYTES = 16_000_000_000
"""How much is unpacked of one archive in all."""

MAX_RATIO = 200
"""How many times its packed size a member may have, when it is large; national files reach about 20."""

SMALL_BYTES = 10_000_000
"""Below this size a member is not large, whatever its ratio."""

_CHUNK_BYTES = 1 << 20
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = "archive.broken"


@dataclass(frozen=True, slots=True)
class Member:
    """One member: its name, and its bytes, or the code for which it is refused."""

    name: str
    content: Content | None
    refused: str | None


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked of an archive."""

    left: int = field(default_factory=lambda: MAX_TOTAL_BYTES)


def members(file: BinaryIO) -> Iterator[Member]:
    """Yield the members in the order of their names; folders and hidden files are left out.

    The receiver owns each content. Raises SourceRefused: the archive is broken, or has too many members.
    """
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.filename)
            if len(infos) > MAX_MEMBERS:
                raise SourceRefused("archive.too-many-members")
            yield from _members(archive, infos)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise SourceRefused(_BROKEN) from error


def _members(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> Iterator[Member]:
    budget = _Budget()
    seen: set[str] = set()
    for info in infos:
        if info.is_dir() or any(is_left_out(part) for part in info.filename.split("/")):
            continue
        try:
            _check_name(info, seen)
            yield Member(info.filename, _unpack(archive, info, budget), None)
        except SourceRefused as refused:
            yield Member(info.filename, None, refused.code)


def _check_name(info: zipfile.ZipInfo, seen: set[str]) -> None:
    """Raises SourceRefused: the name leaves the folder, stands twice, or its bytes are a secret."""
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or _DRIVE.match(name) or "\0" in name or "\\" in name:
        raise SourceRefused("archive.unsafe-name")
    if info.filename in seen:
        raise SourceRefused("archive.name-twice")
    seen.add(info.filename)
    if info.flag_bits & 1:
        raise SourceRefused("archive.encrypted")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Content:
    """Return the member's bytes.

    Raises SourceRefused: damaged, packed in a way that is not read, or over a limit, which is
    counted while it is unpacked: what the archive says of its sizes is not believed.
    """
    allowed = min(MAX_MEMBER_BYTES, max(SMALL_BYTES, MAX_RATIO * info.compress_size))
    into = draft()
    size = 0
    try:
        with archive.open(info) as packed:
            while piece := packed.read(_CHUNK_BYTES):
                size += len(piece)
                budget.left -= len(piece)
                if size > allowed:
                    raise SourceRefused("archive.bomb")
                if budget.left < 0:
                    raise SourceRefused("archive.too-large")
                into.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        into.close()
        raise SourceRefused(_BROKEN) from error
    except SourceRefused:
        into.close()
        raise
    return Content(into)


class _Bounded:
    """An archive's file of which no more than the list of members is read at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises SourceRefused: more are asked for than a list of members has."""
        if not 0 <= size <= MAX_DIRECTORY_BYTES:
            raise SourceRefused("archive.too-many-members")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Say that the place can be moved."""
        return True
