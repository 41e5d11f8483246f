"""What a desk states of a chip, signed by the desk's own key: a compact JWS (RFC 7515).

Reading believes nothing; `verify` holds the signature to the client's registered key, whose kind
fixes the algorithm. Members that we do not name are ignored: what an agent says of its own checks
counts for nothing.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from bhyt.errors import Unreadable
from bhyt.parsing import parse
from cardreader.errors import CardError
from cardreader.proof.evidence import Evidence
from gateway.errors import PresenceRefused, RequestRefused
from gateway.services.clients import PublicKey

MEDIA_TYPE = "application/jose"
TYPE = "presence-evidence+jws"
MAX_BYTES = 128_000
MAX_URL_CHARS = 2048
MAX_READER_CHARS = 128
MAX_SESSION_CHARS = 64
MAX_BASIS_CHARS = 255
MAX_TIMES = 16
MAX_TIME_NAME_CHARS = 32
MAX_TIME_MS = 600_000
FRESH_SECONDS = 300
"""How far a statement's own time may be from ours, either way."""
WANTED_GROUPS = frozenset({1, 13, 14, 15})


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as sent; only `verify` says that it is the desk's. `challenge` None: none was had.

    `digest` is the SHA-256 of what is signed, and of nothing that can be changed without the key.
    """

    signed: jws.CompactSignature = field(repr=False)
    digest: bytes
    audience: str
    issued_at: int
    challenge: UUID | None
    reader: str
    desk_session: str
    evidence: Evidence = field(repr=False)
    legal_basis: str | None
    timing: Mapping[str, float]

    @property
    def resource(self) -> str:
        """What the access log calls it."""
        return challenge_name(self.challenge) if self.challenge else "Presence"


def challenge_name(challenge: UUID) -> str:
    """Return what the access log calls a challenge."""
    return f"PresenceChallenge/{challenge}"


def read(body: bytes) -> Statement:
    """Return what a body states, unverified.

    Raises RequestRefused: not a statement, or beyond a limit. PresenceRefused: a data group that
    nobody needs, or personal details (DG13) without the legal basis for sending them.
    """
    try:
        signed = jws.extract_compact(body)
        stated = parse(signed.payload)
    except (JoseError, Unreadable, TypeError, ValueError) as error:  # joserfc: a header that is no object
        raise _malformed("not a compact JWS with a JSON object") from error
    issued_at, challenge, basis = stated.get("iat"), stated.get("challenge"), _basis(stated)
    if type(issued_at) is not int:
        raise _malformed("iat is not a number of seconds")
    reader, desk_session = reader_and_session(stated)
    return Statement(
        signed=signed,
        digest=hashlib.sha256(body.rpartition(b".")[0]).digest(),
        audience=_short_text(stated, "aud", MAX_URL_CHARS),
        issued_at=issued_at,
        challenge=None if challenge is None else _uuid(challenge),
        reader=reader,
        desk_session=desk_session,
        evidence=wanted_evidence(stated, WANTED_GROUPS, legal_basis=basis),
        legal_basis=basis,
        timing=_timing(stated.get("timing", {})),
    )


def verify(statement: Statement, key: PublicKey, *, audience: str, now: datetime) -> None:
    """Accept a statement that this key signed for us, just now.

    Raises PresenceRefused: another key, algorithm, kind of token or audience (`signature-invalid`),
    or a time too far from ours (`signature-stale`).
    """
    algorithm = "ES384" if isinstance(key, ECKey) else "RS384"
    if statement.signed.headers() != {"alg": algorithm, "typ": TYPE}:
        raise PresenceRefused("presence.signature-invalid", "another algorithm or kind of token")
    try:
        signed = jws.validate_compact(statement.signed, key, [algorithm])
    except JoseError as error:
        raise PresenceRefused("presence.signature-invalid", "the signature cannot be checked") from error
    if not signed or statement.audience != audience:
        raise PresenceRefused("presence.signature-invalid", "not signed by this desk for this gateway")
    if abs(now.timestamp() - statement.issued_at) > FRESH_SECONDS:
        raise PresenceRefused("presence.signature-stale", "the statement's time is not ours")


def wanted_evidence(
    stated: Mapping[str, Any],
    wanted: Collection[int],
    *,
    needed: Collection[int] = (),
    legal_basis: str | None = None,
) -> Evidence:
    """Return the member `evidence`, if its data groups are all `wanted` and all that are `needed`.

    Raises RequestRefused: another form, or a file beyond the limits. PresenceRefused: as `read`.
    """
    try:
        evidence = Evidence.from_json(stated.get("evidence"))
    except CardError as error:
        raise _malformed(str(error)) from error
    if not evidence.data_groups.keys() >= set(needed):
        raise _malformed("a data group is missing")
    if not evidence.data_groups.keys() <= set(wanted):
        raise PresenceRefused("presence.group-not-wanted", "a data group that is not needed was sent")
    if 13 in evidence.data_groups and legal_basis is None:
        raise PresenceRefused("presence.legal-basis-missing", "DG13 came without a legal basis")
    return evidence


def reader_and_session(stated: Mapping[str, Any]) -> tuple[str, str]:
    """Return the names of the card reader and of the desk's session.

    Raises RequestRefused: one is missing, too long or not printable.
    """
    return (
        _short_text(stated, "reader", MAX_READER_CHARS),
        _short_text(stated, "session", MAX_SESSION_CHARS),
    )


def _short_text(stated: Mapping[str, Any], name: str, longest: int) -> str:
    """Return a member that is a text of 1 to `longest` printable characters."""
    value = stated.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise _malformed(f"{name} is not a text of 1 to {longest} characters")
    return value


def _basis(stated: Mapping[str, Any]) -> str | None:
    """Return the legal basis; an empty one is none."""
    if stated.get("legal_basis") in (None, ""):
        return None
    return _short_text(stated, "legal_basis", MAX_BASIS_CHARS).strip() or None


def _timing(value: object) -> dict[str, float]:
    """Return times in milliseconds by name, as the desk measured them."""
    if not isinstance(value, dict) or len(value) > MAX_TIMES:
        raise _malformed(f"timing is not an object of at most {MAX_TIMES} members")
    times = {}
    for name, time in value.items():
        is_name = 0 < len(name) <= MAX_TIME_NAME_CHARS and name.isprintable()
        if not is_name or type(time) not in {int, Decimal} or not 0 <= time <= MAX_TIME_MS:
            raise _malformed("a time is not a number of milliseconds")
        times[name] = float(time)
    return times


def _uuid(value: object) -> UUID:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _malformed("challenge is no UUID") from error


def _malformed(detail: str) -> RequestRefused:
    return RequestRefused("presence.evidence-malformed", detail)
