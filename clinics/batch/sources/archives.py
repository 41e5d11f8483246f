"""The members of a ZIP archive, each unpacked into a temporary file of its own, within named limits.

No name of a member is ever used as a path. One that would leave the folder says that somebody
means harm, or that a program is broken: it is refused.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from clinics.batch.sources.content import Content, draft
from clinics.batch.sources.folders import is_left_out
from clinics.batch.sources.packed import inflated, open_archive
from clinics.batch.sources.refusals import UNREADABLE, SourceRefused

MAX_MEMBERS = 10_000
"""How many members an archive may have."""

MAX_MEMBER_BYTES = 4_000_000_000
"""How large one unpacked member may be: as large as a national file."""

MAX_TOTAL_BYTES = 16_000_000_000
"""How much is unpacked of one archive in all."""

_UNSAFE = re.compile(r"^[A-Za-z]:|[\\\0]")


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
    with open_archive(file) as archive:
        infos = sorted(archive.infolist(), key=lambda info: info.filename)
        if len(infos) > MAX_MEMBERS:
            raise SourceRefused("archive.too-many-members")
        yield from _members(archive, infos)


def _members(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> Iterator[Member]:
    budget = _Budget()
    seen: set[str] = set()
    for info in infos:
        if info.filename.endswith("/") or (
            _is_safe(info) and any(map(is_left_out, info.filename.split("/")))
        ):
            continue
        try:
            _check(info, seen)
            yield Member(info.filename, _unpack(archive, info, budget), None)
        except SourceRefused as refused:
            yield Member(info.filename, None, refused.code)


def _is_safe(info: zipfile.ZipInfo) -> bool:
    """Say whether the name stays in the folder, on every system on which somebody may unpack it."""
    name = info.orig_filename
    parts = name.split("/")
    return bool(parts[0]) and not {".", ".."}.intersection(parts) and not _UNSAFE.search(name)


def _check(info: zipfile.ZipInfo, seen: set[str]) -> None:
    """Raises SourceRefused: the name leaves the folder or stands twice, or a password hides the bytes."""
    if not _is_safe(info):
        raise SourceRefused("archive.unsafe-name")
    if info.filename in seen:
        raise SourceRefused("archive.name-twice")
    seen.add(info.filename)
    if info.flag_bits & 1:
        raise SourceRefused("archive.encrypted")


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Content:
    """Return the member's bytes. Raises SourceRefused: damaged, over a limit, or no room to unpack it."""
    into = draft()
    try:
        for piece in inflated(archive, info, limit=MAX_MEMBER_BYTES):
            budget.left -= len(piece)
            if budget.left < 0:
                raise SourceRefused("archive.too-large")
            into.write(piece)
    except OSError as fault:
        into.close()
        raise SourceRefused(UNREADABLE) from fault
    except SourceRefused:
        into.close()
        raise
    return Content(into)
