"""Clients: one desk, one key; registered by an operator, known by its public JWK, revoked at once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.domain import scopes
from gateway.errors import AccessDenied, SetupError
from gateway.store.database import is_postgresql
from gateway.store.tables_access import Client
from gateway.store.tables_register import Facility

MIN_RSA_BITS = 2048
_ADDING = 0x7469_6570  # the number of the lock under which clients are added
PublicKey = ECKey | RSAKey


def add(
    session: Session,
    name: str,
    *,
    facility: str | None,
    public_jwk: Mapping[str, Any],
    wanted: Sequence[str],
    now: datetime,
) -> Client:
    """Register a client of `facility`, or of the insurer where it is None; return its row.

    No scopes wanted means all that its role can be granted.

    Raises SetupError: the facility is unknown, the key is private, of an unsuited kind or a live
    client's already, or no wanted scope can be granted.
    """
    if facility is not None and session.get(Facility, facility) is None:
        raise SetupError("setup.facility-unknown", "no facility has this code")
    role = "insurer" if facility is None else "facility"
    granted = scopes.parse(wanted, role) if wanted else scopes.grantable(role)
    if not granted.rights:
        raise SetupError("setup.no-scope", "none of these scopes can be granted to this role")
    key = checked_key(public_jwk)
    _require_new(session, key)
    client = Client(
        id=f"{role}-{secrets.token_hex(8)}",
        name=name,
        role=role,
        facility=facility,
        scopes=str(granted),
        public_jwk=dict(key.as_dict(private=False)),
        created_at=now,
    )
    session.add(client)
    session.flush()
    return client


def checked_key(jwk: Mapping[str, Any]) -> PublicKey:
    """Return a public key fit for client assertions: EC P-384 (ES384) or RSA of 2048 bits or more (RS384).

    Raises SetupError: anything else, a private key above all.
    """
    try:
        key = import_key(dict(jwk))
    except (JoseError, ValueError, TypeError, KeyError) as error:  # KeyError: a curve that the library lacks
        raise SetupError("setup.key-unsuited", "not a JSON Web Key") from error
    if not isinstance(key, ECKey | RSAKey) or key.is_private:
        raise SetupError("setup.key-unsuited", "a public EC or RSA key is needed")
    if isinstance(key, ECKey) and key.curve_name != "P-384":
        raise SetupError("setup.key-unsuited", "an EC key must be on P-384")
    if isinstance(key, RSAKey) and key.public_key.key_size < MIN_RSA_BITS:
        raise SetupError("setup.key-unsuited", f"an RSA key needs {MIN_RSA_BITS} bits")
    return key


def every(session: Session) -> list[Client]:
    """Return all clients, revoked ones too, in the order in which they were registered."""
    return list(session.scalars(select(Client).order_by(Client.created_at, Client.id)))


def active(session: Session, client_id: str) -> Client:
    """Return a client that is registered and not revoked.

    Raises AccessDenied: it is not.
    """
    client = session.get(Client, client_id)
    if client is None or client.revoked_at is not None:
        raise AccessDenied("auth.client-revoked", "the client is not registered or was revoked")
    return client


def key_of(session: Session, client_id: str) -> PublicKey:
    """Return the key that an active client is known by.

    Raises AccessDenied: as `active`.
    """
    return checked_key(active(session, client_id).public_jwk)


def revoke(session: Session, client_id: str, *, now: datetime) -> None:
    """Revoke a client for good.

    Raises SetupError: there is none of this id.
    """
    client = session.get(Client, client_id)
    if client is None:
        raise SetupError("setup.client-unknown", "no client has this id")
    client.revoked_at = client.revoked_at or now


def _require_new(session: Session, key: PublicKey) -> None:
    """Refuse a key that a live client has; keys are compared by their RFC 7638 thumbprints.

    Two operators who add clients at once wait for each other: on SQLite every transaction does
    so already, on PostgreSQL by a lock that ends with the transaction.
    """
    if is_postgresql(session):
        session.execute(select(func.pg_advisory_xact_lock(_ADDING)))
    live = session.execute(select(Client.id, Client.public_jwk).where(Client.revoked_at.is_(None)))
    for client_id, jwk in live:
        if import_key(jwk).thumbprint() == key.thumbprint():
            raise SetupError("setup.key-taken", f"the key of {client_id}")
