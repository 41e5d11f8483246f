"""A gateway at our own port that keeps the contract, and breaks it where a test asks it to.

It knows a request by its Idempotency-Key alone, so that an agent that sends one record under two
keys is caught: the real gateway would also notice by the record's own key.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from waitress.server import create_server

from tests.integration.clinics.fake_presence import Presences

Reply = tuple[int, dict[str, str], bytes]
REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
FHIR = {"Content-Type": "application/fhir+json"}


class FakeGateway:
    """What a test may set, and what it may look at afterwards."""

    def __init__(self) -> None:
        self.url = ""
        self.client_id = "desk-1"
        self.facility = "33999"
        self.public_key: ECKey | None = None
        self.used_jti: set[str] = set()
        self.tokens: dict[str, float] = {}
        self.token_seconds = 300
        self.stored: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.broken: Callable[[str], Reply | None] = lambda _path: None
        self.delay = 0.0
        self.presence: Reply | None = None
        self.presences = Presences()
        self.challenged = threading.Event()
        self.challenge_delay = 0.0
        self.eligibility: Callable[[bytes], Reply] = lambda _body: self.json(
            200, {"resourceType": "CoverageEligibilityResponse"}
        )
        self.refuse_record: Callable[[bytes], Reply | None] = lambda _body: None
        self._lock = threading.Lock()

    @staticmethod
    def json(status: int, content: object, **headers: str) -> Reply:
        return status, {**FHIR, **headers}, json.dumps(content).encode()

    @classmethod
    def outcome(cls, status: int, code: str, **headers: str) -> Reply:
        coding = {"coding": [{"system": "https://tiepdon.example/fhir/CodeSystem/failure", "code": code}]}
        issue = {"severity": "error", "code": "invalid", "details": coding}
        return cls.json(status, {"resourceType": "OperationOutcome", "issue": [issue]}, **headers)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self._lock:
            self.requests.append(environ["PATH_INFO"])
        time.sleep(self.delay)
        status, headers, answer = self._answer(environ, body)
        start_response(f"{status} {REASONS.get(status, 'Whatever')}", list(headers.items()))
        return [answer]

    def _answer(self, environ: WSGIEnvironment, body: bytes) -> Reply:
        path = environ["PATH_INFO"]
        broken = self.broken(path)
        if broken is not None:
            return broken
        if path == "/readyz":
            return self.json(200, {"status": "ready"})
        if path == "/fhir/.well-known/smart-configuration":
            return self.json(200, {"token_endpoint": f"{self.url}/auth/token"})
        if path == "/auth/token":
            return self._token(dict(parse_qsl(body.decode())))
        bearer = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        if self.tokens.get(bearer, 0) < time.monotonic():
            return self.outcome(401, "auth.token-expired")
        if path.startswith("/presence"):
            return self._presence(path, body)
        if path.endswith("/$submit"):
            return self.eligibility(body)
        return self._store(path, environ.get("HTTP_IDEMPOTENCY_KEY", ""), body)

    def _presence(self, path: str, body: bytes) -> Reply:
        if path == "/presence/challenges":
            self.challenged.set()
            time.sleep(self.challenge_delay)
            return self.json(201, self.presences.issue(body))
        if path.endswith("/chip"):
            return self.json(201, self.presences.question(path, body))
        assert self.public_key is not None
        answer = self.presences.judge(body, key=self.public_key, audience=self.url)
        if self.presence is not None:
            return self.presence
        return self.json(422, {"code": answer}) if isinstance(answer, str) else self.json(201, answer)

    def _token(self, form: dict[str, str]) -> Reply:
        assert self.public_key is not None
        try:
            claims = jwt.decode(form["client_assertion"], self.public_key, algorithms=["ES384"]).claims
        except (JoseError, KeyError):
            return self.json(401, {"error": "invalid_client", "code": "auth.assertion-invalid"})
        if claims["iss"] != self.client_id:
            return self.json(401, {"error": "invalid_client", "code": "auth.client-unknown"})
        good = claims["aud"] == f"{self.url}/auth/token" and claims["iss"] == claims["sub"]
        in_time = time.time() < claims["exp"] <= time.time() + 300
        if not good or not in_time or claims["jti"] in self.used_jti:
            return self.json(401, {"error": "invalid_client", "code": "auth.assertion-invalid"})
        self.used_jti.add(claims["jti"])
        token = f"token-{len(self.used_jti)}"
        self.tokens[token] = time.monotonic() + self.token_seconds
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": self.token_seconds}
        return self.json(200, {**answer, "facility": self.facility})

    def _store(self, path: str, key: str, body: bytes) -> Reply:
        refused = self.refuse_record(body)
        if refused is not None:
            return refused
        with self._lock:
            known = self.stored.get(key)
            if known is not None and known != body:
                return self.outcome(422, "idempotency.reused")
            self.stored[key] = body
        kind = path.removeprefix("/fhir/")
        place = f"{kind}/{hashlib.sha256(key.encode()).hexdigest()[:16]}/_history/1"
        location = f"{self.url}/fhir/{place}"
        return self.json(201 if known is None else 200, {"resourceType": kind}, Location=location)


@contextmanager
def running(gateway: FakeGateway) -> Iterator[FakeGateway]:
    """Serve `gateway` on a free port of this machine while the block runs."""
    sockets: dict[int, Any] = {}
    server = create_server(gateway, host="127.0.0.1", port=0, threads=6, map=sockets)
    gateway.url = f"http://127.0.0.1:{server.effective_port}"
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()

    closing: list[Any] = []

    def leave() -> None:
        closing.extend(sockets.values())
        sockets.clear()

    try:
        yield gateway
    finally:
        server.trigger.pull_trigger(leave)
        thread.join(timeout=5)
        for channel in closing:
            channel.close()
