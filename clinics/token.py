"""The desk's access token: asked for by its key, kept until shortly before it expires.

SMART App Launch 2, Backend Services: the token endpoint is found through
`/fhir/.well-known/smart-configuration` and asked by `private_key_jwt` (RFC 7523), ES384.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from joserfc.jwk import ECKey

from clinics.answers import read_object
from clinics.errors import DeskRefused, GatewayError, GatewayNonsense
from clinics.pairing import client_assertion
from clinics.settings import require_secure

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DISCOVERY = "/fhir/.well-known/smart-configuration"
SCOPES = (
    "system/Presence.c system/CoverageEligibilityRequest.c system/Encounter.crs system/Claim.crs "
    "system/Bundle.crs system/Batch.cr system/Binary.cr system/DocumentReference.cr system/Provenance.cr"
)
RENEWAL_SECONDS = 30.0
LONGEST_SECONDS = 3600
UNSTATED_SECONDS = 60.0


class Send(Protocol):
    """Sends one request, repeating it while that may help, and returns a successful answer's body.

    The content is a callable where every try needs its own.
    """

    def __call__(self, method: str, url: str, content: Callable[[], bytes] | None) -> bytes: ...


class TokenSource:
    """The tokens of one client; may be used by several threads, of which one asks."""

    def __init__(
        self,
        gateway_url: str,
        client_id: str,
        key: ECKey,
        *,
        send: Send,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._gateway_url = gateway_url
        self._client_id = client_id
        self._key = key
        self._send = send
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0
        self._facility: str | None = None

    def token(self, *, other_than: str = "") -> str:
        """Return a token that is still good for a while, and not the one that was just refused.

        Raises DeskRefused: the gateway gives this desk none. Other GatewayErrors: it gave no proper answer.
        """
        with self._lock:
            if self._token in {"", other_than} or self._monotonic() >= self._until:
                asked = self._monotonic()
                self._token, lifetime = self._ask()
                self._until = asked + max(lifetime - RENEWAL_SECONDS, lifetime / 2)
            return self._token

    def facility(self) -> str | None:
        """Return the facility that the gateway has registered this desk for, None where it does not say.

        Raises what `token` raises.
        """
        self.token()
        return self._facility

    def _ask(self) -> tuple[str, float]:
        endpoint = self._endpoint()

        def form() -> bytes:
            # Made for every try: an assertion that may have arrived is used up.
            assertion = client_assertion(self._key, self._client_id, audience=endpoint, now=self._now())
            fields = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
            return urlencode({"grant_type": "client_credentials", "scope": SCOPES, **fields}).encode()

        try:
            found = read_object(self._send("POST", endpoint, form))
        except GatewayError as error:
            if error.retry:
                raise
            code = error.code if error.code.startswith("auth.") else None
            raise DeskRefused("the gateway gives this desk no token", code=code) from error
        token, lifetime = found.get("access_token"), found.get("expires_in")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise GatewayNonsense("the answer holds no token")
        facility = found.get("facility")
        self._facility = facility if isinstance(facility, str) else None
        if not isinstance(lifetime, int) or not 0 < lifetime <= LONGEST_SECONDS:
            return token, UNSTATED_SECONDS
        return token, float(lifetime)

    def _endpoint(self) -> str:
        found = read_object(self._send("GET", self._gateway_url + DISCOVERY, None))
        endpoint = found.get("token_endpoint")
        if not isinstance(endpoint, str):
            raise GatewayNonsense("the gateway names no token endpoint")
        require_secure(endpoint)
        return endpoint
