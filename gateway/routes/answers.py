"""Errors become HTTP here and nowhere else.

OperationOutcome under /fhir, OAuth errors (RFC 6749 §5.2) at the token endpoint, problem
documents (RFC 9457) elsewhere. An unknown error says 500 and its request id, nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Response, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bhyt.errors import RecordsError, Unreadable
from bhyt.r4.systems import code_url
from bhyt.r4.wire import write
from bhyt.validation.problem import ISSUE_TYPES
from failures import failure
from gateway.errors import AccessDenied, BatchConflict, GatewayError, Issue, TokenRefused, TooMany
from gateway.routes.guard import request_id, runtime
from gateway.store.away import is_away

FHIR_JSON = "application/fhir+json"
_HTTP_CODES = {
    400: "request.malformed",
    404: "request.no-such-route",
    405: "request.method",
    413: "request.too-large",
    415: "request.media-type",
}
_ISSUE_TYPES = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "conflict",
    413: "too-long",
    415: "not-supported",
    422: "business-rule",
    429: "throttled",
    500: "exception",
    503: "transient",
}
_log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error on its way out: HTTP status, failure code, our English detail, single findings."""

    status: int
    code: str
    detail: str
    issues: Sequence[Issue] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def install(app: Flask) -> None:
    """Answer every error of the app."""
    app.register_error_handler(GatewayError, _gateway_error)
    app.register_error_handler(RecordsError, _records_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(Exception, _unknown_error)


def fhir(
    resource: dict[str, Any] | bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer a FHIR resource as JSON."""
    body = resource if isinstance(resource, bytes) else write(resource)
    return Response(body, status, headers, content_type=f"{FHIR_JSON}; charset=utf-8")


def plain(value: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer JSON that is not FHIR."""
    return Response(write(value), status, headers, content_type="application/json")


def outcome(refusal: Refusal) -> dict[str, Any]:
    """Write a refusal as an OperationOutcome: our code, Vietnamese for the clerk, English for the log."""
    findings = refusal.issues or (Issue(refusal.code, "", refusal.detail),)
    kind = _ISSUE_TYPES.get(refusal.status, "processing")
    return {"resourceType": "OperationOutcome", "issue": [_issue(finding, kind) for finding in findings]}


def refusal_of(error: GatewayError | RecordsError) -> Refusal:
    """Say which HTTP status an error of ours has."""
    if isinstance(error, Unreadable):
        return Refusal(413 if error.code == "fhir.too-large" else 400, error.code, str(error))
    if isinstance(error, RecordsError):
        return Refusal(422, error.code, str(error))
    facts = error.facts if isinstance(error, BatchConflict) else {}
    return Refusal(error.status, error.code, error.detail, error.issues, facts)


def describe(error: GatewayError | RecordsError) -> tuple[int, dict[str, Any]]:
    """Return the status and OperationOutcome of an error that stands inside an answer."""
    refusal = refusal_of(error)
    return refusal.status, outcome(refusal)


def _issue(finding: Issue, kind: str) -> dict[str, Any]:
    words = failure(finding.code)
    issue: dict[str, Any] = {
        "severity": "error",
        "code": ISSUE_TYPES.get(finding.code, kind),
        "details": {
            "coding": [{"system": code_url("failure"), "code": finding.code, "display": words.message.en}],
            "text": f"{words.message.vi} {words.remedy.vi}",
        },
        "diagnostics": _in_english(finding.code, finding.text),
    }
    if finding.where:
        issue["expression"] = [finding.where]
    return issue


def _in_english(code: str, detail: str) -> str:
    """Return what happened and what to do, and behind it the finding's own words."""
    words = failure(code)
    told = f"{words.message.en} {words.remedy.en}"
    return f"{told} ({detail})" if detail and detail != words.message.en else told


def _answer(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    if request.path == "/fhir" or request.path.startswith("/fhir/"):
        return fhir(outcome(refusal), refusal.status, headers)
    words = failure(refusal.code)
    problem = {
        "type": f"{runtime().settings.public_url}/problems/{refusal.code}",
        "title": words.message.vi,
        "status": refusal.status,
        "detail": words.remedy.vi,
        "code": refusal.code,
        "retry": words.retry,
        "title_en": words.message.en,
        "detail_en": words.remedy.en,
        "diagnostics": refusal.detail,
        "request_id": request_id(),
        **refusal.facts,
    }
    return Response(write(problem), refusal.status, headers, content_type="application/problem+json")


def _gateway_error(error: GatewayError) -> Response:
    headers: dict[str, str] = {}
    if isinstance(error, TokenRefused):
        status = 401 if error.oauth == "invalid_client" else 400
        return plain({"error": error.oauth, "error_description": error.detail, "code": error.code}, status)
    refusal = refusal_of(error)
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    elif isinstance(error, AccessDenied):
        headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    return _answer(refusal, headers)


def _records_error(error: RecordsError) -> Response:
    return _answer(refusal_of(error))


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code = _HTTP_CODES.get(status, "request.malformed" if status < 500 else "gateway.internal")
    allowed = ", ".join(error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else ""
    headers = {"Allow": allowed} if allowed else {}
    return _answer(Refusal(status, code, error.name), headers)


def _database_error(error: OperationalError | PoolTimeout) -> Response:
    if not is_away(error):
        return _unknown_error(error)
    _log.error("database unavailable", request_id=request_id(), cause=type(error).__name__)
    return _answer(Refusal(503, "gateway.unavailable", "the database did not answer"), {"Retry-After": "5"})


def _unknown_error(error: Exception) -> Response:
    frames = []
    step = error.__traceback__
    while step is not None:
        frames.append(f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}")
        step = step.tb_next
    _log.error("unknown error", request_id=request_id(), kind=type(error).__name__, frames=frames)
    return _answer(Refusal(500, "gateway.internal", f"internal error, request {request_id()}"))
