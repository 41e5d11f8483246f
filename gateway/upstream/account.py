"""A facility's account at the portal, as a call needs it; the password exists here as its MD5 alone."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Account:
    """`password_md5` is 32 upper-case hex digits, which is what the portal takes for a password."""

    facility: str
    username: str
    password_md5: str = field(repr=False)
    base_url: str

    @property
    def province(self) -> str:
        """The first two characters of the facility's code (maTinh)."""
        return self.facility[:2]


@dataclass(frozen=True, slots=True)
class Token:
    """What the portal gave for a password; good until `expires_at`, from one address only."""

    access: str = field(repr=False)
    identity: str = field(repr=False)
    expires_at: datetime


def md5_of(password: str) -> str:
    """Return the password as the portal takes it (CV 1245/BHXH-CNTT): MD5, upper-case hex.

    MD5 protects nothing; it is the portal's form, and is kept as secret as the password.
    """
    return hashlib.md5(password.encode("utf-8"), usedforsecurity=False).hexdigest().upper()
