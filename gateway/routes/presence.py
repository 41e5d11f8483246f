"""Where a desk hands in a chip's evidence and gets the receipt of a stored presence."""

from flask import Blueprint, Response

from bhyt.parsing import parse
from gateway.routes import negotiation
from gateway.routes.answers import plain
from gateway.routes.guard import actor, runtime, transaction
from gateway.services import presence

bp = Blueprint("chip", __name__)


@bp.post("/presence")
def prove() -> Response:
    """Answer 201 with the receipt of a presence that we verified ourselves."""
    held = runtime()
    evidence = presence.evidence_of(parse(negotiation.received()))
    with transaction() as session:
        receipt, row = presence.prove(
            session, evidence, trust=held.trust, receipts=held.receipts, actor=actor()
        )
        answer = {
            "receipt": receipt,
            "level": row.level,
            "expires_in": presence.RECEIPT_SECONDS,
            "training": row.training,
        }
    return plain(answer, 201)
