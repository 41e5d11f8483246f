"""Everything the gateway refuses, as one tree; routes/answers.py turns it into HTTP.

GatewayError                    code, status (the HTTP meaning), retry
├── SetupError                  settings, keys or database not ready      gateway.* setup.*
│   ├── SettingUnusable         a folder, URL, address or output           setup.*
│   └── DatabaseUnreachable     the database does not answer              setup.*
├── AccessDenied                a token does not open this door           auth.*
│   └── TokenRefused            the token endpoint's own errors (RFC 6749)
├── RequestRefused              the request cannot be understood          request.*
├── NotServed                   no such resource, type or operation       request.*
├── RecordUnreadable            a stored record cannot be shown           gateway.*
├── RecordRefused               one record cannot be stored               record.*
│   ├── RecordConflict          the key is taken by other content         record.*
│   └── PapersDiffer            two papers about one birth do not agree   birth.*
├── PresenceRefused             the chip's evidence or receipt is no good presence.*
├── IdempotencyReused           the same key with another body            idempotency.*
├── BatchConflict               a batch's parts are not as announced      batch.*
├── TooMany                     a named limit was reached                 request.*
└── ImportRefused               a table with row errors                   setup.*

The words for each code are in failures/codes.csv. No message carries personal data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from bhyt.errors import RecordsError
from bhyt.problems import Problem
from failures import failure


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding inside a refusal: what is wrong and where (a FHIRPath or a line)."""

    code: str
    where: str
    text: str


class GatewayError(Exception):
    """The gateway refuses; `code` names the row of the failure table, `status` the HTTP answer."""

    status: int = 400

    def __init__(self, code: str, detail: str, *, issues: tuple[Issue, ...] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.issues = issues

    @property
    def retry(self) -> bool:
        """Whether trying again can help, as the table of failures says of the code."""
        return failure(self.code).retry


class SetupError(GatewayError):
    """The gateway cannot start or serve: settings, keys or database are not ready."""

    status = 503


class SettingUnusable(SetupError):
    """What the operator chose cannot be used on this machine: a folder, a URL, an address, an output."""


class DatabaseUnreachable(SetupError):
    """The database does not answer, or does not let us in."""


class AccessDenied(GatewayError):
    """No token, a token that is not ours or has ended (401), or one without this right (403)."""

    def __init__(self, code: str, detail: str, *, authenticated: bool = False) -> None:
        super().__init__(code, detail)
        self.authenticated = authenticated
        self.status = 403 if authenticated else 401


class TokenRefused(AccessDenied):
    """The token endpoint refuses; `oauth` is the error name of RFC 6749 §5.2."""

    def __init__(self, code: str, detail: str, *, oauth: str) -> None:
        super().__init__(code, detail)
        self.oauth = oauth


class RequestRefused(GatewayError):
    """The request is malformed, too large, or asks for what this route does not do."""

    def __init__(self, code: str, detail: str, *, status: int = 400, issues: tuple[Issue, ...] = ()) -> None:
        super().__init__(code, detail, issues=issues)
        self.status = status


class NotServed(GatewayError):
    """Nothing with this id that the caller may see, or a type that is not served."""

    status = 404


class RecordUnreadable(GatewayError):
    """What is stored of a record cannot be read back; the fault is ours."""

    status = 500


class RecordRefused(GatewayError):
    """A record breaks a rule (422) or contradicts what is stored under its key (409)."""

    status = 422


class RecordConflict(RecordRefused):
    """The business key is taken by other content."""

    status = 409


class PapersDiffer(RecordRefused):
    """A paper about a birth contradicts the stronger one that stands; `problems` have the facts of both."""

    status = 409

    def __init__(self, detail: str, problems: tuple[Problem, ...]) -> None:
        told = [f"{one.table}.{one.field}: {one.value} / {one.expected}" for one in problems]
        issues = tuple(Issue("birth.papers-differ", "", text) for text in told)
        super().__init__("birth.papers-differ", detail, issues=issues)
        self.problems = problems


class PresenceRefused(GatewayError):
    """The chip's evidence does not verify, or a challenge or receipt is false, used or someone else's.

    `person` is the number in data that a pinned authority signed, now or when the presence that a
    receipt names was stored; for the access log alone.
    """

    status = 422

    def __init__(self, code: str, detail: str, *, person: str | None = None) -> None:
        super().__init__(code, detail)
        self.person = person


class IdempotencyReused(GatewayError):
    """An idempotency key came back with another body."""

    status = 422


class BatchConflict(GatewayError):
    """A chunk differs from the one that came before, comes too late, or is missing; `facts` say which."""

    status = 409

    def __init__(self, code: str, detail: str, *, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(code, detail)
        self.facts = facts or {}


class TooMany(GatewayError):
    """A named limit was reached; `retry_after` is in seconds."""

    status = 429

    def __init__(self, code: str, detail: str, *, retry_after: int) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class ImportRefused(GatewayError):
    """A table has rows that cannot be read; nothing of it was stored."""

    status = 422


Describe: TypeAlias = Callable[[GatewayError | RecordsError], tuple[int, dict[str, Any]]]
"""How an edge says a refusal inside an answer: the HTTP status and the OperationOutcome."""
