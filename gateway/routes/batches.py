"""The batch door: announce a file, send its chunks, commit it, ask what became of it (docs/batches.md)."""

import base64
import binascii
import hashlib
import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from bhyt.parsing import parse
from bhyt.tables.generations import generations
from gateway.errors import Issue, RequestRefused
from gateway.routes.answers import plain
from gateway.routes.guard import actor, caller, reading, runtime, transaction
from gateway.services import batch_status, batches
from gateway.services.batch_announced import Announced, Chunk, check_announced

bp = Blueprint("batches", __name__, url_prefix="/batches")

MAX_ANNOUNCEMENT_BYTES = 3 * 1024 * 1024
"""Both edges of a file in base64, and what is said beside them."""
DEFAULT_LISTED = 20
_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]{44}):\s*(?:,|$)")


class _Base64(fields.Field[bytes]):
    """Bytes, written in base64."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bytes:
        del attr, data, kwargs
        try:
            return base64.b64decode(value, validate=True)
        except (TypeError, ValueError, binascii.Error) as error:
            raise ValidationError("not base64") from error


def _is_bare_name(value: str) -> None:
    if not value.isprintable() or "/" in value or "\\" in value:
        raise ValidationError("a name, without its folder")


class Announcement(Schema):
    """The JSON that announces a file."""

    class Meta:
        """A newer sender may say more than we read."""

        unknown = EXCLUDE

    sha256 = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    format = fields.String(required=True, validate=validate.OneOf(("xml", "ndjson")))
    file_name = fields.String(required=True, validate=(validate.Length(1, 255), _is_bare_name))
    head = _Base64(required=True)
    tail = _Base64(required=True)
    chunks = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    records = fields.Integer(required=True, strict=True, validate=validate.Range(1))
    generation = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(generations()))
    reason = fields.String(load_default=None, allow_none=True)


@bp.post("", strict_slashes=False)
def create() -> Response:
    """Answer 201 with the batch of a file that is new, 200 with the first one of a file that is known."""
    announced = _announced()
    check_announced(announced, facility=caller().facility or "")
    with transaction() as session:
        batch, new = batches.create(session, announced, actor=actor())
        answer = batch_status.shown(session, batch)
    return plain(answer, 201 if new else 200)


@bp.put("/<uuid:batch_id>/chunks/<int:number>")
def put_chunk(batch_id: UUID, number: int) -> Response:
    """Answer 201 when the chunk is kept now, 200 when the same was kept before."""
    chunk = _chunk()
    with transaction() as session:
        new = batches.put_chunk(session, batch_id, number, chunk, actor=actor())
    return plain({"batch": str(batch_id), "chunk": number}, 201 if new else 200)


@bp.post("/<uuid:batch_id>/commit")
def commit(batch_id: UUID) -> Response:
    """Answer 202 when every chunk has come and the batch waits for its worker, or is past it."""
    with transaction() as session:
        batch = batches.commit(session, batch_id, actor=actor(), enqueue=runtime().enqueue)
        answer = batch_status.shown(session, batch)
    return plain(answer, 202)


@bp.get("/<uuid:batch_id>")
def status(batch_id: UUID) -> Response:
    """Answer how far a batch is."""
    with reading() as session:
        return plain(batch_status.status(session, batch_id, caller=caller()))


@bp.get("", strict_slashes=False)
def newest() -> Response:
    """Answer the newest batches."""
    limit = _number("limit", DEFAULT_LISTED, 1, batch_status.MAX_LISTED)
    with reading() as session:
        return plain(batch_status.newest(session, limit=limit, caller=caller()))


@bp.get("/<uuid:batch_id>/receipts")
def receipts(batch_id: UUID) -> Response:
    """Answer a page of receipts."""
    after = _number("after", 0, 0, 2**31 - 1)
    limit = _number("limit", batch_status.MAX_RECEIPTS, 1, batch_status.MAX_RECEIPTS)
    with transaction() as session:
        page = batch_status.receipts(
            session, batch_id, after=after, limit=limit, caller=caller(), actor=actor()
        )
    return plain(page)


def _announced() -> Announced:
    """Return the file that the body announces.

    Raises RequestRefused: an element is missing or has no sense.
    """
    _require_type("application/json")
    request.max_content_length = MAX_ANNOUNCEMENT_BYTES
    try:
        return Announced(**Announcement().load(parse(request.get_data(cache=False))))
    except ValidationError as error:
        issues = tuple(Issue("request.malformed", str(name), "not usable") for name in error.messages_dict)
        names = ", ".join(issue.where for issue in issues)
        raise RequestRefused("request.malformed", f"not usable: {names}", issues=issues) from error


def _chunk() -> Chunk:
    """Return the chunk that came.

    Raises RequestRefused: the digest is missing or another one, the number is none, or a limit is passed.
    """
    _require_type("application/octet-stream")
    data = request.get_data(cache=False)
    found = _DIGEST.search(request.headers.get("Repr-Digest", ""))  # RFC 9530
    if found is None or found[1] != base64.b64encode(hashlib.sha256(data).digest()).decode():
        raise RequestRefused("batch.digest", "Repr-Digest must hold the SHA-256 of the body")
    count = request.headers.get("Tiepdon-Records", "")
    if not (count.isascii() and count.isdigit() and len(count) <= 9):
        raise RequestRefused("request.malformed", "Tiepdon-Records must hold the number of records")
    return Chunk.of(data, int(count))


def _require_type(media_type: str) -> None:
    if request.mimetype != media_type:
        raise RequestRefused("request.media-type", f"the body must be {media_type}", status=415)


def _number(name: str, default: int, lowest: int, highest: int) -> int:
    """Return a whole number of the query; one above the highest is the highest.

    Raises RequestRefused: it is none, or below the lowest.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and int(text) >= lowest):
        raise RequestRefused("request.malformed", f"{name} must be a number from {lowest}")
    return min(int(text), highest)
