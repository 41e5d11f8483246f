"""An export folder watched: each finished file is uploaded and moved aside, its report beside it.

A file is finished when its size and time have not changed for STABLE_SECONDS. What cannot be sent now
stays where it is and is tried again. Killed at any moment, the next run goes on: an upload may be
repeated, and a file is moved only after its report is on the disk.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clinics.batch.reports import report_to
from clinics.batch.rows import Counts
from clinics.batch.run import Listener
from clinics.batch.sources.folders import is_left_out

STABLE_SECONDS = 5.0
"""How long a file must have stood still before it counts as finished."""
LOOK_SECONDS = 2.0
RETRY_SECONDS = 60.0
"""How long a file that could not be sent is left alone."""
DONE, REFUSED = "done", "refused"

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
        """Upload a file and move it to `done` or `refused`; one that could not be sent stays.

        Raises ReportUnwritable, OSError: the folder cannot be written to.
        """
        counts = Counts()
        draft = self.path / f".{file.name}.report.xlsx"
        with report_to(draft, counts) as report:
            stopped_by = upload(file, [report] if report else [], counts)
        if stopped_by is not None or counts.waiting:
            draft.unlink()
            self._not_before[file.name] = self.monotonic() + RETRY_SECONDS
            return Handled(file, None, counts, stopped_by)
        folder = self.path / (DONE if counts.exit_code == 0 else REFUSED)
        folder.mkdir(exist_ok=True)
        target = _free(folder / file.name)
        draft.replace(target.with_name(f"{target.name}.report.xlsx"))
        file.replace(target)
        return Handled(file, target, counts, None)

    def _stands_still(self, entry: os.DirEntry[str]) -> bool:
        now, stat = self.monotonic(), entry.stat(follow_symlinks=False)
        look = self._looks.get(entry.name)
        if look is None or (look.size, look.changed) != (stat.st_size, stat.st_mtime_ns):
            look = self._looks[entry.name] = _Look(stat.st_size, stat.st_mtime_ns, now)
        waits = self._not_before.get(entry.name, now) > now
        return not waits and now - look.since >= self.stable_seconds


def _free(path: Path) -> Path:
    """Return a name in the folder that no file or report has yet: `a.xml`, then `a-2.xml`."""
    number = 2
    found = path
    while found.exists() or found.with_name(f"{found.name}.report.xlsx").exists():
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return found
