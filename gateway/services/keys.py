"""The gateway's own keys: an ES256 key for its tokens and receipts, a secret for cursors and hashes."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from gateway.errors import SetupError
from gateway.store.private_files import make_private_folder

_SIGNING = "signing-key.pem"
_SECRET = "secret"  # noqa: S105 - a file's name
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """`signing` is a P-256 private key, `secret` 32 random bytes."""

    signing: ECKey
    secret: bytes


def create(folder: Path) -> bool:
    """Make each key that `folder` lacks, readable by its owner alone; return False where none was missing.

    Raises OSError: the folder or a file in it cannot be made.
    """
    make_private_folder(folder)
    made = [
        _write_once(folder / name, new())
        for name, new in ((_SIGNING, _new_signing_key), (_SECRET, _new_secret))
        if not (folder / name).exists()
    ]
    return any(made)


def load(folder: Path) -> Keys:
    """Read the keys that `create` made.

    Raises SetupError: they are missing or damaged.
    """
    try:
        signing = ECKey.import_key((folder / _SIGNING).read_bytes())
        secret = (folder / _SECRET).read_bytes()
    except (OSError, ValueError, JoseError) as error:
        raise SetupError("gateway.not-initialized", "the gateway's keys cannot be read") from error
    if not signing.is_private or signing.curve_name != "P-256" or len(secret) != _SECRET_BYTES:
        raise SetupError("gateway.not-initialized", "the gateway's keys are damaged")
    return Keys(signing, secret)


def _new_signing_key() -> bytes:
    return ECKey.generate_key("P-256").as_pem(private=True)


def _new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def _write_once(path: Path, content: bytes) -> bool:
    """Return True when `content` now stands in the new file `path`, False when another made it first.

    The file appears under its name only when its bytes are on the disk: a kill leaves no half key.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
        _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
