"""What the gateway's answers mean: bytes and a status in, FHIR or one error of ours out. Pure.

The gateway says why in an OperationOutcome (`issue.details.coding`), in a problem
document (RFC 9457, `code`) or in an OAuth error (RFC 6749 §5.2). Its own code is
kept when our table of failures knows it; otherwise the status decides.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bhyt.errors import Unreadable
from bhyt.parsing import parse
from cardreader.proof.active import NONCE_BYTES
from clinics.errors import (
    DeskForbidden,
    DeskRefused,
    GatewayBusy,
    GatewayError,
    GatewayFailed,
    GatewayNonsense,
    RecordConflict,
    RecordRefused,
)
from failures import all_failures

ANSWER_LIMIT = 10 * 1024 * 1024
RETRY_AFTER_LIMIT = 3600.0
RECEIPT_PLACE = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9.\-]{1,64}(/_history/[A-Za-z0-9.\-]{1,64})?")
OTHER_FACILITY = "auth.other-facility"
NO_SUCH_RECORD = "record.unknown"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The gateway's acknowledgement: where the record stands, and whether this request put it there."""

    location: str
    new: bool


@dataclass(frozen=True, slots=True)
class Challenge:
    """The gateway's one-time challenge: its id, and the `nonce` of 8 bytes that the chip is to sign."""

    id: str
    nonce: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """That a record is withdrawn: the version that says so, and since when."""

    location: str
    at: str


def read_object(body: bytes) -> Json:
    """Return the JSON object that `body` holds, its decimals as sent.

    Raises GatewayNonsense: too big, not UTF-8, not JSON, too deep, or not an object.
    """
    if len(body) > ANSWER_LIMIT:
        raise GatewayNonsense("the answer is too big")
    try:
        return parse(body)
    except Unreadable as fault:
        raise GatewayNonsense("the answer is not a JSON object") from fault


def read_resource(body: bytes, resource_type: str) -> Json:
    """Return the FHIR resource of this type that `body` holds.

    Raises GatewayNonsense: not JSON, or another resource.
    """
    answer = read_object(body)
    if answer.get("resourceType") != resource_type:
        raise GatewayNonsense(f"the answer is not a {resource_type}")
    return answer


def read_receipt(status: int, headers: Mapping[str, str], body: bytes) -> Receipt:
    """Return the receipt of one stored resource: the `Location` of the answer, 201 when it is new.

    Raises GatewayNonsense: no place such as `Encounter/1/_history/1` is named.
    """
    place = headers.get("location") or headers.get("content-location")
    return Receipt(location=_place(place) if place else _own_place(read_object(body)), new=status == 201)


def read_cancelled(body: bytes) -> Cancelled:
    """Return what the gateway says of a withdrawn record.

    Raises GatewayNonsense: no place or no time is named.
    """
    answer = read_object(body)
    at = answer.get("cancelled_at")
    if not isinstance(at, str) or not at:
        raise GatewayNonsense("the answer holds no time of the cancellation")
    return Cancelled(_place(str(answer.get("location") or "")), at)


def read_challenge(body: bytes) -> Challenge:
    """Return the challenge that `body` holds.

    Raises GatewayNonsense: its id is no UUID, or its nonce not 8 bytes in base64.
    """
    answer = read_object(body)
    try:
        challenge = Challenge(str(UUID(answer["challenge"])), b64decode(answer["nonce"], validate=True))
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        raise GatewayNonsense("the answer holds no challenge") from fault
    if len(challenge.nonce) != NONCE_BYTES:
        raise GatewayNonsense(f"the challenge has another length than {NONCE_BYTES} bytes")
    return challenge


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> GatewayError:
    """Return what an answer that is not a success means, as the error to raise."""
    code = _known_code(body)
    message = f"the gateway answered {status}"
    if status == 401:
        return DeskRefused(message, code=code)
    if (status, code) in {(403, OTHER_FACILITY), (404, NO_SUCH_RECORD)}:  # of the record, not of the desk
        return RecordRefused(message, code=code)
    if status == 403:
        return DeskForbidden(message, code=code)
    if status == 409:
        return RecordConflict(message, code=code)
    if status == 429:
        return GatewayBusy(message, code=code, retry_after=_seconds(headers.get("retry-after")))
    if 400 <= status < 500 and status not in {404, 405, 408}:
        return RecordRefused(message, code=code)
    if status >= 500 or status == 408:
        # A 5xx is the gateway's trouble whatever it says of itself: only a code of such trouble is believed.
        passing = code if _is_passing_trouble(code) else None
        return GatewayFailed(message, code=passing, retry_after=_seconds(headers.get("retry-after")))
    return GatewayNonsense(message, code=code)


def _is_passing_trouble(code: str | None) -> bool:
    """Say whether a code tells of the gateway itself, and that trying again can help."""
    return code is not None and code.startswith("gateway.") and all_failures()[code].retry


def _known_code(body: bytes) -> str | None:
    try:
        answer = read_object(body)
    except GatewayNonsense:
        return None
    candidates = [answer.get("code"), *_outcome_codes(answer)]
    return next((code for code in candidates if isinstance(code, str) and code in all_failures()), None)


def _outcome_codes(outcome: Json) -> list[object]:
    issues = outcome.get("issue")
    codings = [
        coding
        for issue in (issues if isinstance(issues, list) else [])
        for coding in _list(_object(_object(issue).get("details")).get("coding"))
    ]
    return [_object(coding).get("code") for coding in codings]


def _own_place(resource: Json) -> str:
    """Return the place of a resource that names itself. Raises GatewayNonsense: it does not."""
    kind, own_id = resource.get("resourceType"), resource.get("id")
    place = f"{kind}/{own_id}"
    if not (isinstance(kind, str) and isinstance(own_id, str) and RECEIPT_PLACE.fullmatch(place)):
        raise GatewayNonsense("the answer names no stored resource")
    return place


def _place(text: str) -> str:
    found = RECEIPT_PLACE.search(text)
    if not found:
        raise GatewayNonsense("the answer names no stored resource")
    return found.group()


def _seconds(text: str | None) -> float | None:
    if text is None or not re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return None
    return min(float(text), RETRY_AFTER_LIMIT)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
