"""Where a facility withdraws a record that it sent."""

from flask import Blueprint, Response

from gateway.routes.answers import plain
from gateway.routes.guard import actor, require, transaction
from gateway.routes.negotiation import json_object
from gateway.services import cancelling
from gateway.services.serving import instant

bp = Blueprint("cancellations", __name__)
MAX_ASKING_BYTES = 4096


@bp.post("/cancellations")
def cancel() -> Response:
    """Answer 200 with where the withdrawn record stands; the same again is answered with the same."""
    asked = cancelling.read(json_object(MAX_ASKING_BYTES))
    require(asked.type, "c")
    with transaction() as session:
        cancelled = cancelling.cancel(session, asked, actor=actor())
    return plain({"location": cancelled.location, "cancelled_at": instant(cancelled.at)})
