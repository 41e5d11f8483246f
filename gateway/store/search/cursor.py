"""The page's end as an opaque text: the last id, sealed for this search of this client."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

from gateway.errors import RequestRefused
from gateway.store.search.query import Query

_SEAL_BYTES = 16


def seal(query: Query, last: UUID, *, client_id: str, secret: bytes) -> str:
    """Return the cursor behind `last`."""
    return base64.urlsafe_b64encode(last.bytes + _seal(query, last, client_id, secret)).decode().rstrip("=")


def unseal(query: Query, *, client_id: str, secret: bytes) -> UUID | None:
    """Return the id behind which the query's page starts, None for the first page.

    Raises RequestRefused: the cursor was changed, or is of another search or client.
    """
    if query.cursor is None:
        return None
    try:
        raw = base64.b64decode(query.cursor + "=" * (-len(query.cursor) % 4), altchars=b"-_", validate=True)
        last = UUID(bytes=raw[:16])
    except (ValueError, binascii.Error) as error:
        raise RequestRefused("request.cursor", "the cursor is not one of ours") from error
    if not hmac.compare_digest(raw[16:], _seal(query, last, client_id, secret)):
        raise RequestRefused("request.cursor", "the cursor is not one of ours for this search")
    return last


def _seal(query: Query, last: UUID, client_id: str, secret: bytes) -> bytes:
    parts = [b"cursor", client_id.encode(), query.resource_type.encode(), last.bytes]
    for name, value in sorted(query.applied):
        parts += [name.encode(), value.encode("utf-8", "surrogatepass")]
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.digest()[:_SEAL_BYTES]
