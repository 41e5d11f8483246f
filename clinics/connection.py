"""One signed-in connection to the gateway: tokens, repeats, deadlines, and every fault by its name.

The only user of httpx. Fail closed: whatever is not a whole answer is an error with a code.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

import httpx
import stamina
from joserfc.jwk import ECKey

from clinics import answers
from clinics.errors import (
    DeskRefused,
    GatewayDown,
    GatewayError,
    GatewayFailed,
    GatewayNonsense,
    GatewaySlow,
    SettingsInvalid,
)
from clinics.pairing import load_key
from clinics.settings import THIS_MACHINE, ClinicSettings
from clinics.token import TokenSource

ACCEPTED = "application/fhir+json, application/json"
FORM = "application/x-www-form-urlencoded"
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


class Connection:
    """One gateway as one desk reaches it; may be used by several threads."""

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
            # A hospital's proxy is for other machines.
            trust_env=httpx.URL(self._url).host not in THIS_MACHINE,
            # A few packed bytes can hold gigabytes, and the gateway packs nothing.
            headers={"User-Agent": "tiepdon-clinic", "Accept-Encoding": "identity"},
        )
        self._tokens = TokenSource(
            self._url,
            settings.client_id,
            key,
            send=self._send_for_token,
            now=now,
            monotonic=monotonic,
        )

    def close(self) -> None:
        """Give the sockets back."""
        self._http.close()

    @property
    def url(self) -> str:
        """The gateway's address as this desk was told it, without a trailing slash."""
        return self._url

    def get(self, path: str) -> Answer:
        """Return the answer to an unsigned question.

        Raises GatewayError: no whole answer, or no success.
        """
        return self._send("GET", f"{self._url}{path}", {}, None, Repeat.UNSENT)

    def facility(self) -> str | None:
        """Sign in, and return the facility that the gateway has registered this desk for, if it says so."""
        return self._tokens.facility()

    def post(self, path: str, headers: Mapping[str, str], content: bytes, repeat: Repeat) -> Answer:
        """Return the answer to `content`, sent with this desk's token.

        Raises GatewayError: no token, no whole answer, or no success.
        """
        return self._with_token("POST", path, headers, content, repeat)

    def put(self, path: str, headers: Mapping[str, str], content: bytes) -> Answer:
        """Put `content` at its place; again is the same as once. Raises GatewayError: as `post`."""
        return self._with_token("PUT", path, headers, content, Repeat.ALWAYS)

    def fetch(self, path: str) -> Answer:
        """Return what stands at a place that only this desk may see. Raises GatewayError: as `post`."""
        return self._with_token("GET", path, {}, None, Repeat.ALWAYS)

    def _with_token(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes | None, repeat: Repeat
    ) -> Answer:
        def ask(token: str) -> Answer:
            signed = {"Accept": ACCEPTED, "Authorization": f"Bearer {token}", **headers}
            given = None if content is None else lambda: content
            return self._send(method, self._url + path, signed, given, repeat)

        token = self._tokens.token()
        try:
            return ask(token)
        except DeskRefused:
            # Withdrawn, or past its time. Refused means not processed, so once more is safe.
            token = self._tokens.token(other_than=token)
        return ask(token)

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
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as fault:
            raise GatewayNonsense("the answer's address is broken") from fault
        except httpx.TransportError as fault:
            raise GatewaySlow("the connection broke before the whole answer") from fault
        if not response.is_success:
            raise answers.refusal(response.status_code, response.headers, body)
        return Answer(status=response.status_code, headers=response.headers, body=body)

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise GatewayNonsense("the answer is packed, which nobody asked for")
        body = bytearray()
        for chunk in response.iter_raw():
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


@contextmanager
def connected(settings: ClinicSettings, *, now: Callable[[], datetime]) -> Iterator[Connection]:
    """Give a connection with this desk's key, and close it afterwards.

    Raises ClinicError: the desk is not paired, or its key cannot be used.
    """
    connection = Connection(settings, load_key(settings.data_dir), now=now)
    try:
        yield connection
    finally:
        connection.close()
