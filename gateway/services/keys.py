"""The gateway's own keys: an ES256 key for its tokens and receipts, a secret for cursors and hashes."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from gateway.errors import SetupError

_SIGNING = "signing-key.pem"
_SECRET = "secret"  # noqa: S105 - a file's name
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """`signing` is a P-256 private key, `secret` 32 random bytes."""

    signing: ECKey
    secret: bytes


def create(folder: Path) -> bool:
    """Make the keys in `folder`, readable by their owner alone; return False where they already are."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / _SIGNING).exists() and (folder / _SECRET).exists():
        return False
    _write_private(folder / _SIGNING, ECKey.generate_key("P-256").as_pem(private=True))
    _write_private(folder / _SECRET, secrets.token_bytes(_SECRET_BYTES))
    return True


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


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
