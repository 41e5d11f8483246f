"""How the desk talks to the gateway: FHIR over HTTP, as one signed-in client. The only user of httpx.

Fail closed: whatever is not a whole, proper answer is an error with a code.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Self

import httpx
import stamina
from joserfc.jwk import ECKey

from bhyt.r4 import wire
from clinics import answers
from clinics.answers import Json, Receipt
from clinics.errors import (
    DeskForbidden,
    DeskRefused,
    GatewayDown,
    GatewayError,
    GatewayFailed,
    GatewayNonsense,
    GatewaySlow,
    RecordRefused,
    SettingsInvalid,
)
from clinics.settings import THIS_MACHINE, ClinicSettings
from clinics.token import TokenSource

FHIR = "application/fhir+json"
FORM = "application/x-www-form-urlencoded"
FACILITY_DIFFERS = "setup.facility-differs"
TRIES = 3
TRY_SECONDS = 8.0
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 1.0
WAIT_SPREAD_SECONDS = 0.2


class Repeat(Enum):
    """When a failed request is sent again by itself."""

    NEVER = auto()  # the outbox has its own schedule
    UNSENT = auto()  # only if no connection could be made, so that nothing can happen twice
    ALWAYS = auto()  # asking twice is the same as asking once


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the gateway with a status of success."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presence:
    """What the gateway says after it verified a chip's evidence itself."""

    receipt: str = field(repr=False)
    level: str
    training: bool


@dataclass(frozen=True, slots=True)
class Health:
    """That the gateway answers, its clock (None when it sent none) and whether it is a training one."""

    clock: datetime | None
    training: bool


class Gateway:
    """One gateway as one desk sees it; may be used by several threads."""

    def __init__(
        self,
        settings: ClinicSettings,
        key: ECKey,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Refuse what could not be safe.

        Raises NotPaired, GatewayInsecure: see `ClinicSettings.require_paired`.
        SettingsInvalid: `ca_file` cannot be read.
        """
        settings.require_paired()
        self._url = settings.gateway_url
        self._answer_seconds = settings.answer_seconds
        self._monotonic = monotonic
        self._http = httpx.Client(
            verify=_authorities(settings),
            timeout=httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds),
            trust_env=httpx.URL(self._url).host
            not in THIS_MACHINE,  # a hospital's proxy is for other machines
            headers={"User-Agent": "tiepdon-clinic"},
        )
        self._tokens = TokenSource(
            self._url,
            settings.client_id,
            key,
            send=self._send_for_token,
            now=now,
            monotonic=monotonic,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def health(self) -> Health:
        """Return that the gateway is ready, its time and whether it is a training gateway."""
        answer = self._send("GET", f"{self._url}/readyz", {}, None, Repeat.UNSENT)
        return Health(
            clock=_http_date(answer.headers.get("date")),
            training=answer.headers.get("x-tiepdon-training") == "true",
        )

    def sign_in(self) -> str | None:
        """Get a token now, or raise why there is none.

        Return the facility that the gateway has registered this desk for, None where it does not say.
        """
        return self._tokens.facility()

    def presence(self, evidence: Json) -> Presence:
        """Return the receipt for a chip's evidence that the gateway found genuine.

        Raises RecordRefused with the gateway's code: not verified. Any other GatewayError: not known.
        """
        content = wire.write(evidence)
        answer = self._signed_in("/presence", {"Content-Type": "application/json"}, content, Repeat.UNSENT)
        found = answers.read_object(answer.body)
        receipt, level = found.get("receipt"), found.get("level")
        if not isinstance(receipt, str) or not isinstance(level, str):
            raise GatewayNonsense("the answer holds no receipt")
        return Presence(receipt=receipt, level=level, training=found.get("training") is True)

    def eligibility(self, request: Json) -> Json:
        """Return the CoverageEligibilityResponse to a CoverageEligibilityRequest.

        Raises DeskForbidden with `setup.facility-differs`: this desk asks in another facility's name.
        """
        path = "/fhir/CoverageEligibilityRequest/$submit"
        try:
            answer = self._signed_in(path, {"Content-Type": FHIR}, wire.write(request), Repeat.ALWAYS)
        except RecordRefused as refused:
            if refused.code != answers.OTHER_FACILITY:
                raise
            # The desk's settings name the facility of a question: no file is to blame.
            raise DeskForbidden("the desk's facility is another one", code=FACILITY_DIFFERS) from refused
        return answers.read_resource(answer.body, "CoverageEligibilityResponse")

    def store(self, path: str, body: bytes, *, idempotency_key: str) -> Receipt:
        """Return the receipt for `body`, posted to `path`; again with the same key is the same as once.

        `/fhir` takes a transaction, `/fhir/<Type>` one resource. Nothing is repeated here.
        """
        headers = {"Content-Type": FHIR, "Idempotency-Key": idempotency_key}
        answer = self._signed_in(path, headers, body, Repeat.NEVER)
        if path == "/fhir":
            return answers.read_transaction_receipt(answer.body)
        return answers.read_receipt(answer.status, answer.headers, answer.body)

    def _signed_in(self, path: str, headers: Mapping[str, str], content: bytes, repeat: Repeat) -> Answer:
        token = self._tokens.token()
        try:
            return self._with_token(token, path, headers, content, repeat)
        except DeskRefused:
            # Withdrawn, or past its time. Refused means not processed, so once more is safe.
            token = self._tokens.token(other_than=token)
        return self._with_token(token, path, headers, content, repeat)

    def _with_token(
        self, token: str, path: str, headers: Mapping[str, str], content: bytes, repeat: Repeat
    ) -> Answer:
        headers = {"Accept": f"{FHIR}, application/json", "Authorization": f"Bearer {token}", **headers}
        return self._send("POST", self._url + path, headers, lambda: content, repeat)

    def _send_for_token(self, method: str, url: str, content: Callable[[], bytes] | None) -> bytes:
        headers = {"Accept": "application/json"} | ({"Content-Type": FORM} if content else {})
        return self._send(method, url, headers, content, Repeat.ALWAYS).body

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: Callable[[], bytes] | None,
        repeat: Repeat,
    ) -> Answer:
        attempts = stamina.retry_context(
            on=lambda error: _may_repeat(error, repeat),
            attempts=TRIES,
            timeout=TRY_SECONDS,
            wait_initial=FIRST_WAIT_SECONDS,
            wait_max=LONGEST_WAIT_SECONDS,
            wait_jitter=WAIT_SPREAD_SECONDS,
        )
        for attempt in attempts:
            with attempt:
                return self._once(method, url, headers, content() if content else None)
        raise GatewayDown("no try was made")

    def _once(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        deadline = self._monotonic() + self._answer_seconds
        try:
            with self._http.stream(method, url, headers=dict(headers), content=content) as response:
                body = self._read(response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as fault:
            raise GatewayDown("no connection to the gateway") from fault
        except httpx.TimeoutException as fault:
            raise GatewaySlow("the gateway did not answer in time") from fault
        except (httpx.DecodingError, httpx.InvalidURL, httpx.UnsupportedProtocol) as fault:
            raise GatewayNonsense("the answer's address or encoding is broken") from fault
        except httpx.TransportError as fault:
            raise GatewaySlow("the connection broke before the whole answer") from fault
        if not response.is_success:
            raise answers.refusal(response.status_code, response.headers, body)
        return Answer(status=response.status_code, headers=response.headers, body=body)

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > answers.ANSWER_LIMIT:
                raise GatewayNonsense("the answer is too big")
            if self._monotonic() > deadline:
                raise GatewaySlow("the answer did not end in time")
        return bytes(body)


def _may_repeat(error: Exception, repeat: Repeat) -> bool:
    if repeat is Repeat.NEVER or not isinstance(error, GatewayError):
        return False
    if isinstance(error, GatewayDown):
        return True
    return repeat is Repeat.ALWAYS and isinstance(error, GatewaySlow | GatewayFailed)


def _authorities(settings: ClinicSettings) -> ssl.SSLContext | bool:
    if settings.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as fault:  # ssl.SSLError is one
        raise SettingsInvalid("ca_file holds no certificates that can be read") from fault


def _http_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None
