"""The insurer's own program: a SMART Backend Services client that asks the gateway over FHIR.

Written apart from the desk's client on purpose: whoever knows the standard can write one.
"""

import json
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from joserfc.jwk import ECKey

from demo.processes import DemoFailed
from demo.smart import sign_in

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
        self._url = gateway_url
        self._http = httpx.Client(timeout=20, trust_env=False)
        self._token = sign_in(self._http, gateway_url, client_id, key.private, scope="system/*.rs")

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
        return self._get(f"/fhir/{path}", parameters)

    def newest_batch(self) -> Json | None:
        """Return how far the newest upload of any hospital is, None when there is none."""
        batches = self._get("/batches", {"limit": "1"})["batches"]
        return self._get(f"/batches/{batches[0]['batch']}", {}) if batches else None

    def _get(self, path: str, parameters: dict[str, str]) -> Json:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self._http.get(self._url + path, params=parameters, headers=headers)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"GET {path} answered {answer.status_code}: {answer.text[:500]}")
        found: Json = json.loads(answer.text, parse_float=Decimal)
        return found
