"""Signing in as the standard says (SMART Backend Services), written apart from the desk's client."""

import secrets
from datetime import UTC, datetime

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from demo.processes import DemoFailed

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 120


def sign_in(http: httpx.Client, gateway_url: str, client_id: str, key: ECKey, *, scope: str) -> str:
    """Return an access token of this client, whose key is on P-384.

    Raises DemoFailed: it gets none.
    """
    endpoint = http.get(f"{gateway_url}/fhir/.well-known/smart-configuration").json()["token_endpoint"]
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": endpoint,
        "exp": int(datetime.now(UTC).timestamp()) + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(16),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": jwt.encode({"alg": "ES384"}, claims, key, algorithms=["ES384"]),
        "scope": scope,
    }
    answer = http.post(endpoint, data=form)
    if answer.status_code != httpx.codes.OK:
        raise DemoFailed(f"{client_id} got no token: {answer.text[:500]}")
    token: str = answer.json()["access_token"]
    return token
