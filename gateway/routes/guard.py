"""Every request passes here: the token, the right, the transaction as its holder, the request's id."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from gateway.errors import AccessDenied
from gateway.routes.policies import EACH_ENTRY, POLICIES, TYPE_IN_PATH
from gateway.services import clients, tokens
from gateway.services.access_log import Actor
from gateway.services.runtime import Runtime
from gateway.services.tokens import AccessToken
from gateway.store.database import Caller, Purpose

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_log = structlog.get_logger("gateway")


def install(app: Flask) -> None:
    """Guard every route of the app."""
    app.before_request(_name_request)
    app.before_request(_check_right)
    app.after_request(_finish)


def runtime() -> Runtime:
    """Return what this process holds."""
    held: Runtime = current_app.extensions["gateway"]
    return held


def believer(held: Runtime) -> Callable[[str], bool]:
    """Return what says of an Authorization header whether it holds a token of ours; it asks no database."""

    def is_ours(said: str) -> bool:
        try:
            _bearer(said, held)
        except AccessDenied:
            return False
        return True

    return is_ours


def holder() -> AccessToken:
    """Return whose token opened this route."""
    token: AccessToken = g.access
    return token


def request_id() -> str:
    """Return the id of this request, the caller's own where it sent a usable one."""
    named: str = g.request_id
    return named


def caller() -> Caller:
    """Return on whose behalf the database is asked."""
    token = holder()
    return Caller(token.role, token.client_id, token.facility)


def actor() -> Actor:
    """Return who acts in this request, for the access log and for what it stores."""
    token, held = holder(), runtime()
    return Actor(token.client_id, token.facility, request_id(), held.now(), held.settings.training)


@contextmanager
def transaction(*, purpose: Purpose = "records") -> Iterator[Session]:
    """Begin a transaction as the token's holder, who must still be a client.

    Raises AccessDenied: the client was revoked since the token was made.
    """
    with runtime().database.begin(caller(), purpose=purpose) as session:
        clients.active(session, holder().client_id)
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """As `transaction`, where nothing is written, not even into the access log: it waits for no writer.

    Raises AccessDenied: as `transaction`.
    """
    with runtime().database.read(caller()) as session:
        clients.active(session, holder().client_id)
        yield session


def require(resource: str, verb: str) -> None:
    """Check that the token gives `verb` on `resource`.

    Raises AccessDenied: it does not.
    """
    if not holder().scopes.allow(resource, verb):
        raise AccessDenied(
            "auth.scope", f"the token does not give system/{resource}.{verb}", authenticated=True
        )


def _name_request() -> None:
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if REQUEST_ID.fullmatch(sent) else str(uuid.uuid4())


def _check_right() -> None:
    if request.endpoint is None:
        return  # no such route: answered as not found
    policy = POLICIES[request.endpoint]
    if policy.resource is None:
        return
    g.access = _bearer(request.headers.get("Authorization", ""), runtime())
    if policy.resource != EACH_ENTRY:
        in_path = (request.view_args or {}).get("resource_type", "")
        require(in_path if policy.resource == TYPE_IN_PATH else policy.resource, policy.verb)


def _bearer(said: str, held: Runtime) -> AccessToken:
    scheme, _, text = said.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise AccessDenied("auth.no-token", "no bearer token was sent")
    return tokens.read_access_token(
        text.strip(), fhir_url=held.settings.fhir_url, key=held.keys.signing, now=held.now()
    )


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    response.headers.setdefault("Cache-Control", "no-store")
    if runtime().settings.training:
        response.headers["X-Tiepdon-Training"] = "true"
    _log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        client=g.access.client_id if "access" in g else None,
        request_id=request_id(),
    )
    return response
