"""The files of a folder and of the folders in it, in the order of their names, without following links."""

import os
from collections.abc import Iterator
from pathlib import Path

from clinics.batch.sources.refusals import SourceRefused

MAX_FILES = 100_000
"""How many files a folder may hold, those in its folders included."""

MAX_DEPTH = 32
"""How deep folders are gone into."""

REPORT_MARK = ".report."
"""Names with this in them are our own reports, which stand beside the files they speak of."""

_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".lock", ".lck", ".swp")


def is_left_out(name: str) -> bool:
    """Say whether a name is that of a hidden, temporary, lock or system file, or of a report of ours."""
    lowered = name.lower()
    return (
        lowered.startswith((".", "~"))
        or lowered.endswith(("~", *_UNFINISHED))
        or lowered in _SYSTEM
        or REPORT_MARK in lowered
    )


def files_in(folder: Path) -> Iterator[Path]:
    """Yield the regular files, and the links that lead out of the folder, which are not to be followed.

    A link to something inside is left out: what it names is there anyway.

    Raises SourceRefused: too many files, or folders in folders. OSError: the folder cannot be read.
    """
    for number, path in enumerate(_walk(folder, folder.resolve(), 0)):
        if number == MAX_FILES:
            raise SourceRefused("file.too-many")
        yield path


def _walk(folder: Path, top: Path, depth: int) -> Iterator[Path]:
    if depth > MAX_DEPTH:
        raise SourceRefused("file.too-many")
    with os.scandir(folder) as found:
        entries = sorted((entry for entry in found if not is_left_out(entry.name)), key=lambda one: one.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), top, depth + 1)
        elif entry.is_symlink():
            if not Path(os.path.realpath(entry.path)).is_relative_to(top):
                yield Path(entry.path)
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)
