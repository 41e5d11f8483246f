"""An export folder watched: each finished file is uploaded and moved aside, its report beside it.

A file is finished when its size and time have not changed for STABLE_SECONDS. What cannot be sent now
stays where it is and is tried again. Killed at any moment, the next run goes on: an upload may be
repeated, and a file is moved only after its report is on the disk. Whoever may put files into the folder
is not trusted: links are not followed, and a file that makes trouble stops no other one.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from xlsxwriter.exceptions import FileCreateError

from clinics.batch.reports import XlsxReport
from clinics.batch.rows import Counts
from clinics.batch.run import Listener
from clinics.batch.sources.folders import is_left_out

STABLE_SECONDS = 5.0
"""How long a file must have stood still before it counts as finished."""
LOOK_SECONDS = 2.0
RETRY_SECONDS = 60.0
"""How long a file that could not be sent is left alone."""
DONE, REFUSED = "done", "refused"
UNWRITABLE = "batch.watch-unwritable"
"""The code of what stopped a file whose report cannot be written, or that cannot be moved."""
MAX_NAME_BYTES = 255
"""How long a file's name may be on the disk."""
MAX_ENDING_BYTES = 20
"""How long the last part of a name may be to be kept when the name is cut."""

_REPORT = ".report.xlsx"

Upload = Callable[[Path, Iterable[Listener], Counts], str | None]
"""Uploads one file; returns the code of what stopped it, None when it came to its end."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of one file: where it stands now, None where it waits."""

    file: Path
    moved_to: Path | None
    counts: Counts
    stopped_by: str | None


@dataclass(slots=True)
class _Look:
    size: int
    changed: int
    since: float


@dataclass(slots=True)
class Folder:
    """An export folder between two looks."""

    path: Path
    monotonic: Callable[[], float]
    stable_seconds: float
    _looks: dict[str, _Look] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)

    @property
    def unsettled(self) -> bool:
        """Whether some file has not stood still for long enough yet."""
        now = self.monotonic()
        return any(now - look.since < self.stable_seconds for look in self._looks.values())

    def finished(self) -> Iterator[Path]:
        """Yield the files that stand still, by name; folders and hidden or temporary files never."""
        names: set[str] = set()
        for entry in sorted(os.scandir(self.path), key=lambda one: one.name):
            if not entry.is_file(follow_symlinks=False) or is_left_out(entry.name):
                continue
            names.add(entry.name)
            if self._stands_still(entry):
                yield Path(entry.path)
        self._looks = {name: look for name, look in self._looks.items() if name in names}

    def handle(self, file: Path, upload: Upload) -> Handled:
        """Upload a file and move it to `done` or `refused`; one that could not be sent or moved stays."""
        counts = Counts()
        draft = self.path / f".{_digest(file.name)}{_REPORT}"
        try:
            stopped_by = _reported(draft, file, upload, counts)
            if stopped_by is None and not counts.waiting:
                return Handled(file, self._moved(file, draft, counts), counts, None)
        except (OSError, FileCreateError):
            counts.unreadable += 1
            stopped_by = UNWRITABLE
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        self._not_before[file.name] = self.monotonic() + RETRY_SECONDS
        return Handled(file, None, counts, stopped_by)

    def _moved(self, file: Path, draft: Path, counts: Counts) -> Path:
        """Move a file and its report; return where the file is now. Raises OSError: they cannot be moved."""
        folder = self.path / (DONE if counts.exit_code == 0 else REFUSED)
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            raise NotADirectoryError
        target, report = _free(folder, file)
        draft.replace(report)
        file.replace(target)
        return target

    def _stands_still(self, entry: os.DirEntry[str]) -> bool:
        try:
            now, stat = self.monotonic(), entry.stat(follow_symlinks=False)
        except OSError:  # taken away meanwhile
            return False
        look = self._looks.get(entry.name)
        if look is None or (look.size, look.changed) != (stat.st_size, stat.st_mtime_ns):
            look = self._looks[entry.name] = _Look(stat.st_size, stat.st_mtime_ns, now)
        waits = self._not_before.get(entry.name, now) > now
        return not waits and now - look.since >= self.stable_seconds


def _reported(draft: Path, file: Path, upload: Upload, counts: Counts) -> str | None:
    """Upload a file and write the report, into a new file: what stands under its name is no place for it.

    Raises OSError, FileCreateError: the report cannot be written.
    """
    draft.unlink(missing_ok=True)
    with draft.open("x+b") as out:  # fails where anything stands, a link too
        report = XlsxReport(out)
        stopped_by = upload(file, [report], counts)
        report.close(counts)
    return stopped_by


def _free(folder: Path, file: Path) -> tuple[Path, Path]:
    """Return where a file and its report can go, names that nothing has yet: `a.xml`, then `a-2.xml`."""
    short = len(os.fsencode(file.suffix)) <= MAX_ENDING_BYTES
    stem, ending = (file.stem, file.suffix) if short else (file.name, "")
    number, target = 1, folder / file.name
    while True:
        report = folder / _fitting(target.name, _REPORT)
        if not os.path.lexists(target) and not os.path.lexists(report):
            return target, report
        number += 1
        target = folder / _fitting(stem, f"-{number}{ending}")


def _fitting(stem: str, ending: str) -> str:
    """Return a name of the two; where it would be too long, the stem is cut and has its digest behind it."""
    room = MAX_NAME_BYTES - len(os.fsencode(ending))
    if len(os.fsencode(stem)) <= room:
        return stem + ending
    mark = f"~{_digest(stem)}"
    return os.fsencode(stem)[: room - len(mark)].decode(errors="ignore") + mark + ending


def _digest(name: str) -> str:
    return hashlib.blake2b(os.fsencode(name), digest_size=8).hexdigest()
