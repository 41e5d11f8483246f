"""Files that appear under their name whole or not at all, also after a power cut."""

import os
import secrets
from pathlib import Path


def write_whole(target: Path, content: bytes, *, mode: int) -> None:
    """Put the content under its name, in place of what stood there, once it is on the disk.

    Raises OSError: the folder is not there, may not be written to, or is full; then nothing has changed.
    """
    draft = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask says
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
