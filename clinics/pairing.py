"""The desk's own key: one desk is one client of the gateway (SMART Backend Services, `private_key_jwt`).

The private key is made here and never leaves; the insurer registers the public JWK.
"""

import json
import secrets
from datetime import datetime, timedelta
from pathlib import Path

import click
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from clinics.errors import KeyUnusable, PublicKeyUnwritable
from clinics.private_files import make_private_directory, open_to_others, write_once

KEY_FILE = "desk-key.pem"
PUBLIC_FILE = "desk-public-key.json"
ALGORITHM = "ES384"
ASSERTION_LIFETIME = timedelta(minutes=4)


def make_key(directory: Path) -> bool:
    """Make the desk's P-384 key in `directory`, readable by this user only; False when there is one."""
    make_private_directory(directory)
    key = ECKey.generate_key("P-384", private=True)
    return write_once(directory / KEY_FILE, key.as_pem(private=True))


def load_key(directory: Path) -> ECKey:
    """Return the desk's private key.

    Raises KeyUnusable: missing, damaged, of another kind, or open to other users.
    """
    path = directory / KEY_FILE
    try:
        if open_to_others(path):
            raise KeyUnusable(f"{KEY_FILE} is open to other users")
        key = ECKey.import_key(path.read_bytes())
    except OSError as fault:
        raise KeyUnusable(f"{KEY_FILE} cannot be read") from fault
    except (ValueError, JoseError) as fault:
        raise KeyUnusable(f"{KEY_FILE} is damaged") from fault
    if key.curve_name != "P-384" or not key.is_private:
        raise KeyUnusable(f"{KEY_FILE} is not a private P-384 key")
    return key


def public_jwk(key: ECKey) -> dict[str, str]:
    """Return the public half as a JWK (RFC 7517) whose `kid` is its thumbprint (RFC 7638)."""
    public = key.as_dict(private=False)
    return {
        **{name: str(public[name]) for name in ("kty", "crv", "x", "y")},
        "alg": ALGORITHM,
        "use": "sig",
        "kid": key.thumbprint(),
    }


def write_public_jwk(key: ECKey, path: Path) -> None:
    """Write the public JWK, for the insurer, to `path`.

    Raises PublicKeyUnwritable: there is no such folder, or it may not be written.
    """
    try:
        path.write_text(json.dumps(public_jwk(key), indent=2) + "\n", encoding="utf-8")
    except OSError as fault:
        raise PublicKeyUnwritable(f"{click.format_filename(path)} cannot be written") from fault


def client_assertion(key: ECKey, client_id: str, *, audience: str, now: datetime) -> str:
    """Return the signed statement that asks the token endpoint `audience` for a token (RFC 7523 §3).

    It lives four minutes of the five that SMART allows, and its `jti` is never used again.
    """
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now.timestamp()),
        "exp": int((now + ASSERTION_LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(16),
    }
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key.thumbprint()}
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])
