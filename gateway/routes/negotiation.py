"""Which media types come in and go out, how strict a search is, and whether a record corrects another."""

import base64
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import unquote

from flask import Response, request

from bhyt.parsing import JsonObject, parse
from gateway.errors import RequestRefused
from gateway.routes.answers import FHIR_JSON, fhir
from gateway.routes.guard import runtime
from gateway.services.serving import Served, marked
from gateway.services.versions import Correction
from gateway.store.tables_records import Original

CORRECTION = "Tiepdon-Correction"
_JSON = (FHIR_JSON, "application/json")
_FORMATS = ("json", *_JSON)

_CONDITIONS = ("If-None-Exist", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")


def check() -> None:
    """Refuse a body that is no JSON, a conditional write and an answer that must not be JSON.

    Raises RequestRefused: 415, 400 or 406.
    """
    if request.method == "POST" and request.mimetype not in _JSON:
        raise RequestRefused("request.media-type", "the body must be application/fhir+json", status=415)
    if request.method == "POST" and any(name in request.headers for name in _CONDITIONS):
        raise RequestRefused("request.condition", "conditional requests are not served")
    asked = request.args.get("_format")
    if asked is not None and asked not in _FORMATS:
        raise RequestRefused("request.not-acceptable", "only JSON is served", status=406)
    is_binary = (request.view_args or {}).get("resource_type") == "Binary"
    names_types = asked is None and not is_binary and "Accept" in request.headers
    if names_types and request.accept_mimetypes.best_match(_JSON) is None:
        raise RequestRefused("request.not-acceptable", "only JSON is served", status=406)


def received() -> bytes:
    """Return the request's body.

    Raises RequestRefused: it holds the character U+0000, which no database text can hold.
    """
    body = request.get_data(cache=False)
    if b"\\u0000" in body:
        raise RequestRefused("request.malformed", "the body holds the character U+0000")
    return body


def body_of(media_type: str, longest: int) -> bytes:
    """Return the request's body, at a door that is not FHIR's.

    Raises RequestRefused: it is of another type. RequestEntityTooLarge: it is longer.
    """
    if request.mimetype != media_type:
        raise RequestRefused("request.media-type", f"the body must be {media_type}", status=415)
    request.max_content_length = longest
    return request.get_data(cache=False)


def json_object(longest: int) -> JsonObject:
    """Return the JSON object that the request's body is.

    Raises Unreadable: it is none. RequestRefused, RequestEntityTooLarge: as `body_of`.
    """
    return parse(body_of("application/json", longest))


def correction() -> Correction | None:
    """Return that the record takes the place of an older one: `Tiepdon-Correction: <reason>`.

    Header fields are ASCII (RFC 9110 §5.5), so a reason is percent-encoded UTF-8.

    Raises RequestRefused: the reason cannot be read.
    """
    said = request.headers.get(CORRECTION)
    if said is None:
        return None
    try:
        return Correction(unquote(said, errors="strict").strip())
    except UnicodeDecodeError as error:
        raise RequestRefused("request.reason", "the reason is not percent-encoded UTF-8") from error


def is_strict() -> bool:
    """Say whether the client wants unknown parameters refused (`Prefer: handling=strict`)."""
    preferences = request.headers.get("Prefer", "").replace(",", ";").split(";")
    return any(item.strip().lower() == "handling=strict" for item in preferences)


def binary(row: Original, data: bytes) -> Response:
    """Answer an original: its own bytes, or a FHIR Binary where FHIR is asked for (R4 §2.42)."""
    if (
        request.accept_mimetypes.best_match([FHIR_JSON]) == FHIR_JSON
        and "*/*" not in request.accept_mimetypes.values()
    ):
        resource = {
            "resourceType": "Binary",
            "contentType": row.media_type,
            "data": base64.b64encode(data).decode(),
        }
        training = runtime().settings.training
        return fhir(marked(resource, key=row.id, version=1, updated_at=row.received_at, training=training))
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "attachment",
        "ETag": 'W/"1"',
        "Last-Modified": http_date(row.received_at),
    }
    return Response(data, 200, headers, content_type=row.media_type)


def versioned(served: Served) -> Response:
    """Answer a version of a resource with what caches and later writes go by."""
    headers = {"ETag": f'W/"{served.version}"', "Last-Modified": http_date(served.updated_at)}
    return fhir(served.resource, headers=headers)


def http_date(moment: datetime) -> str:
    """Return a moment as HTTP writes it (RFC 9110 §5.6.7)."""
    return format_datetime(moment, usegmt=True)
