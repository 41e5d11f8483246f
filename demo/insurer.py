"""The insurer's own program: a SMART Backend Services client that asks the gateway over FHIR.

Written apart from the desk's client on purpose: whoever knows the standard can write one.
"""

import json
import secrets
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from demo.processes import DemoFailed

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 120

Json = dict[str, Any]


class InsurerKey:
    """A key pair made for this run; only the public half is written to disk."""

    def __init__(self, public_file: Path) -> None:
        self.private = ECKey.generate_key("P-384", private=True)
        public = self.private.as_dict(private=False)
        public_file.write_text(json.dumps(public), encoding="utf-8")
        self.public_file = public_file


class Insurer:
    """Reads what the gateway holds; every question is a GET with a bearer token."""

    def __init__(self, gateway_url: str, client_id: str, key: InsurerKey) -> None:
        self._fhir = f"{gateway_url}/fhir"
        self._http = httpx.Client(timeout=20, trust_env=False)
        self._token = self._new_token(client_id, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def search(self, resource_type: str, **parameters: str) -> list[Json]:
        """Return the resources of the first page of a search; `_` in a name stands for itself."""
        bundle = self.read(resource_type, **parameters)
        return [entry["resource"] for entry in bundle.get("entry", [])]

    def read(self, path: str, **parameters: str) -> Json:
        """Return the resource at `path` below the FHIR base.

        Raises DemoFailed: any answer but 200.
        """
        answer = self._http.get(
            f"{self._fhir}/{path}", params=parameters, headers={"Authorization": f"Bearer {self._token}"}
        )
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"GET {path} answered {answer.status_code}: {answer.text[:500]}")
        found: Json = json.loads(answer.text, parse_float=Decimal)
        return found

    def _new_token(self, client_id: str, key: InsurerKey) -> str:
        endpoint = self._http.get(f"{self._fhir}/.well-known/smart-configuration").json()["token_endpoint"]
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": endpoint,
            "exp": now + ASSERTION_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        assertion = jwt.encode({"alg": "ES384"}, claims, key.private, algorithms=["ES384"])
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": "system/*.rs",
        }
        answer = self._http.post(endpoint, data=form)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"the insurer got no token: {answer.text[:500]}")
        token: str = answer.json()["access_token"]
        return token
