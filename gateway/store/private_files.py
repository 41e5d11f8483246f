"""The embedded database's files and the folder they lie in: for the user alone who runs the gateway."""

import os
from pathlib import Path

_OTHERS, _OTHERS_WRITE = 0o077, 0o022


def make_private_folder(folder: Path) -> None:
    """Make the folder, open to this user only, where it is missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def others_may_change(folder: Path) -> bool:
    """Say whether another user of this machine may put files into the folder or take some away.

    To look into it is no harm: every file in it is its owner's alone.
    """
    return bool(folder.stat().st_mode & _OTHERS_WRITE)


def make_private_database(file: Path) -> None:
    """Make SQLite's file where it is missing, and close it, its log and its index to others.

    SQLite gives a new -wal and -shm the rights of the database's own file; what an earlier
    program left open is closed here.

    Raises OSError: the folder is missing, or a file is another user's and open.
    """
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        if path.exists() and path.stat().st_mode & _OTHERS:
            path.chmod(0o600)
