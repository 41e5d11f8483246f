"""Who a worker is: a name of its own that it keeps over restarts, and that no other bears at the same time.

DBOS gives the work of a name back to whoever bears it next; two at once would do it twice.
"""

import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.errors import SettingUnusable
from gateway.store.private_files import make_private_folder

MAX_WORKERS = 64
"""Workers on one machine."""


@contextmanager
def hold_name(folder: Path) -> Iterator[str]:
    """Yield a worker's name, which is this one's until the end, even if that is a kill.

    The file in `folder` is locked, not the name: the kernel lets go of it with the process. The
    machine's name belongs to it, so that a copied folder makes no second bearer.

    Raises SettingUnusable: the folder cannot be written to, or all names are taken.
    """
    try:
        make_private_folder(folder)
        held = _first_free(folder)
    except OSError as error:
        raise SettingUnusable("setup.data-dir", error.strerror or "no folder") from error
    try:
        yield f"{socket.gethostname()}/{_own_id(held)}"
    finally:
        os.close(held)


def _first_free(folder: Path) -> int:
    for number in range(1, MAX_WORKERS + 1):
        file = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return file
    raise SettingUnusable("setup.too-many-workers", f"{MAX_WORKERS} workers run on this machine")


def _own_id(file: int) -> str:
    """Return the id that stands in the file; a new one, written to the disk, where there is none."""
    said = os.pread(file, 100, 0).decode("ascii", "replace").strip()
    try:
        return str(uuid.UUID(said))
    except ValueError:
        new = str(uuid.uuid4())
        os.ftruncate(file, 0)
        os.pwrite(file, new.encode(), 0)
        os.fsync(file)
        return new
