"""The portal's client: tokens, one repeated sign-in, and what may be sent twice.

A lookup changes nothing and is asked again once. A file is sent once: where no answer tells what
became of it, `PortalSilent` says so, and a person decides. The result code in the body decides;
HTTP 200 means "received".
"""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Self

import httpx

from bhyt.records.dates import VIETNAM
from gateway.upstream import answers, calls
from gateway.upstream.account import Account, Token
from gateway.upstream.answers import Copayments, PortalEligibility, PortalVisit, Received
from gateway.upstream.calls import Call, DocumentKind, Lookup
from gateway.upstream.deadline import TimedTransport, within
from gateway.upstream.errors import (
    PortalAway,
    PortalBusy,
    PortalError,
    PortalLocked,
    PortalNonsense,
    PortalRefused,
    PortalSilent,
)
from gateway.upstream.results import Handling, result

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
"""How long a question may take in all, a second try too; a file gets more, by its size."""
SLOWEST_BYTES_PER_SECOND = 32 * 1024
"""The slowest line on which a file is sent: the largest chunk takes six minutes, and is not in doubt yet."""
MAX_ANSWER_BYTES = 5_000_000
TOKEN_LIFE = timedelta(minutes=10)
"""How long a token is used at the most: the portal's session, whatever the answer says (CV 1839)."""
TOKEN_MARGIN = timedelta(seconds=45)
"""How long before its end a token is no longer used."""

LIMITED = "hạn chế"
"""What GhiChu says where code 500 means a restricted account and not a fault of the portal (S6)."""

_FINE: frozenset[Handling] = frozenset({"ok", "attention", "ok-new-card", "reject", "ambiguous", "legacy"})


class Portal:
    """The portal as seen from one address of this machine; may be used by several threads.

    `pace` is called before each request and may wait or raise: the portal bans accounts that ask
    too often. A token is good only from the address that took it, so that tokens never leave here.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        pace: Callable[[Account], None],
        egress: str | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._now = now
        self._pace = pace
        self._answer_seconds = answer_seconds
        self._tokens: dict[Account, Token] = {}
        self._locks: dict[Account, threading.Lock] = {}
        self._lock = threading.Lock()
        self._http = httpx.Client(
            transport=TimedTransport(local_address=egress),
            timeout=httpx.Timeout(answer_seconds, connect=CONNECT_SECONDS),
            headers={"Accept-Encoding": "identity"},  # a few packed bytes can hold gigabytes
            trust_env=False,  # a proxy would be another address than the token's
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def eligibility(self, account: Account, who: Lookup) -> PortalEligibility:
        """Return whether the card is in force; a refusal of the card is an answer.

        Raises PortalError: there is no answer.
        """
        return answers.read_eligibility(
            self._ask(account, lambda token: calls.eligibility(account, token, who))
        )

    def history(self, account: Account, who: Lookup) -> tuple[PortalVisit, ...]:
        """Return earlier visits at all facilities. Raises PortalError: there is no answer."""
        return answers.read_history(self._ask(account, lambda token: calls.history(account, token, who)))

    def copayments(self, account: Account, who: Lookup) -> Copayments:
        """Return this year's co-payments. Raises PortalError: there is no answer."""
        asked = self._ask(account, lambda token: calls.accumulated_copayment(account, token, who))
        return answers.read_copayments(asked)

    def send_check_in(self, account: Account, xml: bytes) -> Received:
        """Send a check-in file. Raises PortalError: see the module."""
        return answers.read_received(self._ask(account, lambda token: calls.check_in(account, token, xml)))

    def send_claim(self, account: Account, xml: bytes) -> Received:
        """Send a file with one claim. Raises PortalError: see the module."""
        return answers.read_received(self._ask(account, lambda token: calls.claim(account, token, xml)))

    def send_document(self, account: Account, kind: DocumentKind, xml: bytes) -> Received:
        """Send a birth certificate or death notice. Raises PortalError: see the module."""
        asked = self._ask(account, lambda token: calls.document(account, token, kind, xml))
        return answers.read_received(asked)

    def _ask(self, account: Account, call: Callable[[Token], Call]) -> Mapping[str, Any]:
        """Return the answer's body; a token that is refused is renewed once: refused is not processed."""
        token = self._token(account)
        try:
            return self._judged(account, call(token))
        except _TokenRefused:
            token = self._token(account, other_than=token)
        try:
            return self._judged(account, call(token))
        except _TokenRefused as again:
            raise PortalLocked("a fresh token is refused", result=again.result) from again

    def _token(self, account: Account, *, other_than: Token | None = None) -> Token:
        """Return the token in use, or a new one where it ended or was refused.

        Raises PortalLocked: the account is wrong or locked. PortalAway, PortalPaced, PortalBusy,
        PortalNonsense: there is no token, and nothing was sent but the question for one.
        """
        with self._lock:
            lock = self._locks.setdefault(account, threading.Lock())
        with lock:
            held = self._tokens.get(account)
            if held and held is not other_than and held.expires_at - TOKEN_MARGIN > self._now():
                return held
            self._tokens.pop(account, None)
            try:
                taken = answers.read_token(self._judged(account, calls.take_token(account)))
            except _TokenRefused as refused:
                raise PortalLocked("the portal refuses the account", result=refused.result) from refused
            except PortalSilent as silent:
                raise PortalAway("the portal gives no token") from silent
            ends = min(taken.expires_at, self._now() + TOKEN_LIFE)
            token = Token(taken.access, taken.identity, ends)
            self._tokens[account] = token
            return token

    def _judged(self, account: Account, call: Call) -> Mapping[str, Any]:
        """Return the body of an answer that answers.

        Raises _TokenRefused, and PortalError by what its code calls for.
        """
        status, body = self._sent(account, call)
        code = answers.code_of(body) if body is not None else None
        if body is None or code is None:
            raise _unsaid(call, status)
        known = result(call.door, code, on=_today(self._now()))
        if known is None:
            # Nobody told us this code: a lookup has no answer, a file an unknown fate.
            unknown = PortalNonsense if call.repeatable else PortalSilent
            raise unknown("an unknown result code", result=code)
        if known.handling in _FINE:
            return body
        limited = LIMITED in str(body.get("GhiChu", "")).casefold()
        raise _fault(call, known.handling, code, limited=limited)

    def _sent(self, account: Account, call: Call) -> tuple[int, Mapping[str, Any] | None]:
        """Return the status and the JSON object of the answer, None where it holds none.

        A lookup whose answer is lost is asked once more.
        """
        with within(self._answer_seconds + _size(call) / SLOWEST_BYTES_PER_SECOND):
            try:
                return self._once(account, call)
            except PortalSilent:
                if not call.repeatable:
                    raise
            return self._once(account, call)

    def _once(self, account: Account, call: Call) -> tuple[int, Mapping[str, Any] | None]:
        self._pace(account)
        try:
            with self._http.stream(
                "POST",
                account.base_url.rstrip("/") + call.path,
                params=dict(call.query),
                headers=dict(call.headers),
                data=dict(call.form) if call.form is not None else None,
                json=dict(call.json) if call.json is not None else None,
            ) as response:
                return response.status_code, _object(response)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as fault:
            raise PortalAway("no connection to the portal") from fault
        except httpx.HTTPError as fault:
            raise PortalSilent("no whole answer from the portal") from fault


class _TokenRefused(PortalError):
    """The token, or at the token's door the account, is not accepted."""

    reason = "portal.locked"


def _unsaid(call: Call, status: int) -> PortalError:
    """Return what an answer without a result code means; an empty 401 is how some doors refuse a token."""
    if status == httpx.codes.UNAUTHORIZED:
        return _TokenRefused("401 without a word", result="401")
    if status == httpx.codes.FORBIDDEN:
        return PortalLocked("403 without a word", result="403")
    if call.repeatable:
        return PortalNonsense(f"HTTP {status} without a result code")
    return PortalSilent(f"HTTP {status} without a result code")


def _fault(call: Call, handling: Handling, code: str, *, limited: bool) -> PortalError:
    """Return what to do about a code; `limited`: its words say that the account is restricted."""
    if handling == "auth" and code == "401" and call.door != "token":
        return _TokenRefused("the token is refused", result=code)
    if handling == "auth" or limited or (call.door == "token" and handling == "config"):
        return PortalLocked("the portal refuses the account", result=code)
    if handling in {"retry", "config-or-retry"}:
        return PortalBusy("the portal says that it failed", result=code)
    return PortalRefused("the portal refuses what was sent", result=code)


def _size(call: Call) -> int:
    """Return about how many bytes of a body are to be sent."""
    return sum(len(str(value)) for value in {**(call.form or {}), **(call.json or {})}.values())


def _object(response: httpx.Response) -> Mapping[str, Any] | None:
    """Return the JSON object of a body, None where there is none: one that is packed is none either.

    Raises PortalSilent: it is too big.
    """
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        return None
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise PortalSilent("the answer is too big")
    try:
        found = json.loads(bytes(body))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _today(now: datetime) -> date:
    return now.astimezone(VIETNAM).date()
