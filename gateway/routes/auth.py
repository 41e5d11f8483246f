"""The token endpoint and how clients find it (SMART App Launch 2, Backend Services)."""

from flask import Blueprint, Response, request

from gateway.domain.scopes import GRANTABLE
from gateway.errors import TokenRefused
from gateway.routes.answers import plain
from gateway.routes.guard import runtime
from gateway.services import tokens
from gateway.store.database import GATEWAY

bp = Blueprint("oauth", __name__)
MAX_FORM_BYTES = 32 * 1024


@bp.post("/auth/token")
def token() -> Response:
    """Answer an access token to a client that proves its key."""
    held = runtime()
    assertion = _checked_assertion()  # which waits for the body, so no transaction may be open yet
    with held.database.begin(GATEWAY) as session:
        text, granted = tokens.issue(
            session,
            assertion=assertion,
            wanted=request.form.get("scope", ""),
            token_url=held.settings.token_url,
            fhir_url=held.settings.fhir_url,
            key=held.keys.signing,
            now=held.now(),
        )
    answer = {
        "access_token": text,
        "token_type": "bearer",
        "expires_in": tokens.ACCESS_SECONDS,
        "scope": str(granted.scopes),
    }
    if granted.facility is not None:  # so that a desk notices a wrong setting (RFC 6749 §5.1)
        answer["facility"] = granted.facility
    return plain(answer, headers={"Pragma": "no-cache"})


@bp.get("/fhir/.well-known/smart-configuration")
@bp.get("/.well-known/smart-configuration")
def smart_configuration() -> Response:
    """Answer where the token endpoint is and what it takes."""
    names = {f"system/{name}.{verbs}" for served in GRANTABLE.values() for name, verbs in served.items()}
    return plain(
        {
            "issuer": runtime().settings.fhir_url,
            "token_endpoint": runtime().settings.token_url,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(tokens.ASSERTION_ALGORITHMS),
            "grant_types_supported": [tokens.GRANT_TYPE],
            "scopes_supported": sorted(names),
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        },
        headers={"Cache-Control": "max-age=300"},
    )


def _checked_assertion() -> str:
    request.max_content_length = MAX_FORM_BYTES
    if request.mimetype != "application/x-www-form-urlencoded":
        raise TokenRefused("auth.request", "a form is needed", oauth="invalid_request")
    if request.form.get("grant_type") != tokens.GRANT_TYPE:
        raise TokenRefused(
            "auth.grant", f"only {tokens.GRANT_TYPE} is served", oauth="unsupported_grant_type"
        )
    if request.form.get("client_assertion_type") != tokens.ASSERTION_TYPE:
        raise TokenRefused("auth.request", "private_key_jwt is needed", oauth="invalid_request")
    assertion = request.form.get("client_assertion", "")
    if not assertion:
        raise TokenRefused("auth.request", "no client_assertion was sent", oauth="invalid_request")
    return assertion
