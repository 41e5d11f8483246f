"""File locks that every Tiếp Đón program of this machine sees, whoever runs it.

The files stay in one folder, whatever a program's own TMPDIR says; only the locks on
them matter, and the kernel drops those when their process ends, however it ends.
"""

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cardreader.emulator.errors import PcscdUnavailable

FOLDER = Path("/tmp")  # noqa: S108 - shared by all users on purpose; opened without following links
_POLL_SECONDS = 0.05


def open_lock_file(name: str) -> int:
    """Return a descriptor of the named lock file, which any user may open.

    It is opened first without creating it, since Linux refuses even root to "create"
    a file that is there already and belongs to another user (fs.protected_regular).

    Raises PcscdUnavailable: something else stands in the file's place.
    """
    path = FOLDER / f"tiepdon-{name}.lock"
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            try:
                created = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                continue  # another program was quicker: open its file
            os.fchmod(created, 0o666)
            return created
        except OSError as error:
            raise PcscdUnavailable("the lock files of the virtual reader cannot be opened") from error


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the named lock alone, waiting for it as long as it takes; meant for short work."""
    descriptor = open_lock_file(name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def one_locked(names: Sequence[str], *, patience: float) -> Iterator[str | None]:
    """Hold whichever of the named locks is free first; yield its name, or None after `patience` seconds."""
    descriptors = {name: open_lock_file(name) for name in names}
    deadline = time.monotonic() + patience
    try:
        held = next(filter(lambda name: take(descriptors[name]), names), None)
        while held is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            held = next(filter(lambda name: take(descriptors[name]), names), None)
        yield held
    finally:
        for descriptor in descriptors.values():
            os.close(descriptor)


def take(descriptor: int) -> bool:
    """Return whether the lock could be had alone at this moment; then it is held."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def share(descriptor: int) -> None:
    """Hold the lock together with others who share it."""
    fcntl.flock(descriptor, fcntl.LOCK_SH)
