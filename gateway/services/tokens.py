"""Tokens: client assertions in, access tokens out (SMART Backend Services, RFC 7523, RFC 9068)."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey
from sqlalchemy import delete
from sqlalchemy.orm import Session

from gateway.domain import scopes
from gateway.errors import AccessDenied, TokenRefused
from gateway.services import challenges
from gateway.services.clients import checked_key
from gateway.store.database import Role
from gateway.store.tables_access import Client, UsedAssertion
from gateway.store.upsert import insert_if_absent

ACCESS_SECONDS = 300
ASSERTION_SECONDS = 300
CLOCK_LEEWAY_SECONDS = 5
MAX_TOKEN_CHARS = 8192
MAX_NAME_CHARS = 255
GRANT_TYPE = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_ALGORITHMS = ("ES384", "RS384")  # the kind of the registered key decides which


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Who holds a token and what it opens."""

    client_id: str
    role: Role
    facility: str | None
    scopes: scopes.Scopes


def issue(
    session: Session, *, assertion: str, wanted: str, token_url: str, fhir_url: str, key: ECKey, now: datetime
) -> tuple[str, AccessToken]:
    """Return a signed access token for the client that signed `assertion`, which is used up by this.

    Each sign-in sweeps what has ended: assertions, and presence challenges of every desk.

    Raises TokenRefused: the assertion is not that of a registered client, not for this endpoint,
    too old, too long-lived, or seen before (invalid_client); no wanted scope is granted (invalid_scope).
    """
    client, claims = _verified_assertion(session, assertion, token_url=token_url, now=now)
    _use_once(session, client.id, claims, now=now)
    challenges.sweep(session, now=now)
    allowed = scopes.parse(client.scopes, client.role)
    granted = allowed.narrowed(scopes.parse(wanted, client.role)) if wanted else allowed
    if not granted.rights:
        raise TokenRefused("auth.scope-none", "no scope can be granted", oauth="invalid_scope")
    token = AccessToken(client.id, cast(Role, client.role), client.facility, granted)
    return _signed(token, fhir_url=fhir_url, key=key, now=now), token


def read_access_token(text: str, *, fhir_url: str, key: ECKey, now: datetime) -> AccessToken:
    """Return what an access token of ours says.

    Raises AccessDenied: it is not ours, not for this server, or has ended.
    """
    try:
        if len(text) > MAX_TOKEN_CHARS:
            raise AccessDenied("auth.token-invalid", "the access token is too long")
        token = jwt.decode(text, key, algorithms=["ES256"])
        if token.header.get("typ") != "at+jwt":
            raise AccessDenied("auth.token-invalid", "not an access token")
        _registry(now, iss=fhir_url, aud=fhir_url).validate(token.claims)
        claims = token.claims
        return AccessToken(
            client_id=claims["sub"],
            role=claims["role"],
            facility=claims.get("facility"),
            scopes=scopes.parse(claims["scope"], claims["role"]),
        )
    except ExpiredTokenError as error:
        raise AccessDenied("auth.token-expired", "the access token has ended") from error
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise AccessDenied("auth.token-invalid", "the access token does not verify") from error


def _verified_assertion(
    session: Session, assertion: str, *, token_url: str, now: datetime
) -> tuple[Client, dict[str, Any]]:
    """Find the client by the name it gives itself, and believe it only by its registered key."""
    if len(assertion) > MAX_TOKEN_CHARS:
        raise _refused("auth.assertion-invalid", "the assertion is too long")
    try:
        issuer = _claimed_issuer(assertion)
        client = session.get(Client, issuer) if _is_name(issuer) else None
        if client is None or client.revoked_at is not None:
            raise _refused("auth.client-unknown", "no such client, or it was revoked")
        key = checked_key(client.public_jwk)
        token = jwt.decode(assertion, key, algorithms=["ES384" if isinstance(key, ECKey) else "RS384"])
        _registry(now, iss=client.id, sub=client.id, aud=token_url).validate(token.claims)
    except ExpiredTokenError as error:
        raise _refused("auth.assertion-expired", "the assertion has ended") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise _refused("auth.assertion-invalid", "the assertion does not verify") from error
    return client, token.claims


def _claimed_issuer(assertion: str) -> str:
    """Return the `iss` that an assertion claims, unverified.

    Raises ValueError, RecursionError, JoseError: there is none to read.
    """
    claims = json.loads(jws.extract_compact(assertion.encode()).payload or b"")
    return str(claims.get("iss")) if isinstance(claims, dict) else ""


def _is_name(value: object) -> bool:
    """Say whether a claim is a text that a database can hold: no U+0000, no half of a surrogate pair."""
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME_CHARS and value.isprintable()


def _use_once(session: Session, client_id: str, claims: dict[str, Any], *, now: datetime) -> None:
    latest = now + timedelta(seconds=ASSERTION_SECONDS + CLOCK_LEEWAY_SECONDS)
    if not claims["exp"] <= latest.timestamp():  # so that NaN is refused too
        raise _refused("auth.assertion-too-long", "the assertion lives longer than 5 minutes")
    if not _is_name(claims["jti"]):
        raise _refused("auth.assertion-invalid", f"a jti is a text of 1 to {MAX_NAME_CHARS} characters")
    expires = datetime.fromtimestamp(claims["exp"], UTC)
    session.execute(
        delete(UsedAssertion).where(UsedAssertion.expires_at < now - timedelta(seconds=ASSERTION_SECONDS))
    )
    row = {"issuer": client_id, "jti": claims["jti"], "expires_at": expires}
    if not insert_if_absent(session, UsedAssertion, row):
        raise _refused("auth.assertion-replayed", "the assertion was used before")


def _registry(now: datetime, **values: str) -> jwt.JWTClaimsRegistry:
    options: dict[str, Any] = {name: {"essential": True, "value": value} for name, value in values.items()}
    return jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=CLOCK_LEEWAY_SECONDS,
        exp={"essential": True},
        jti={"essential": True},
        **options,
    )


def _signed(token: AccessToken, *, fhir_url: str, key: ECKey, now: datetime) -> str:
    issued = int(now.timestamp())
    claims = {
        "iss": fhir_url,
        "aud": fhir_url,
        "sub": token.client_id,
        "client_id": token.client_id,
        "iat": issued,
        "exp": issued + ACCESS_SECONDS,
        "jti": secrets.token_urlsafe(16),
        "scope": str(token.scopes),
        "role": token.role,
    }
    if token.facility is not None:
        claims["facility"] = token.facility
    return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, key)


def _refused(code: str, detail: str) -> TokenRefused:
    return TokenRefused(code, detail, oauth="invalid_client")
