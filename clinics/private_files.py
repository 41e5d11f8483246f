"""Files that only this user may read, on disk whole or not at all, also after a power cut."""

import os
import secrets
from pathlib import Path

from clinics.errors import FolderUnusable


def make_private_directory(path: Path) -> None:
    """Make `path` and its parents; the last one is open to this user only, also when it was there before.

    Raises FolderUnusable: it cannot be made, or belongs to another user.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if open_to_others(path):
            path.chmod(0o700)
    except OSError as fault:
        raise FolderUnusable(f"the data directory cannot be made private: {type(fault).__name__}") from fault


def write_once(path: Path, content: bytes) -> bool:
    """Return True when `content` now stands in the new file `path`, False when `path` existed.

    The file appears under its name only when its bytes are on the disk, so that neither
    a kill nor a power cut leaves half a key, and of two processes one wins.
    """
    draft = _write_draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
        _sync_directory(path.parent)
    return True


def replace(path: Path, content: bytes) -> None:
    """Put `content` in place of what `path` holds, in one step."""
    draft = _write_draft(path, content)
    draft.replace(path)
    _sync_directory(path.parent)


def open_to_others(path: Path) -> bool:
    """Return whether another user of this machine may read or change `path`."""
    return bool(path.stat().st_mode & 0o077)


def _write_draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
