"""Where a desk asks for a challenge, hands in a chip's evidence and gets the receipt of a presence."""

import secrets
from base64 import b64encode
from uuid import UUID

from flask import Blueprint, Response

from gateway.routes.answers import plain
from gateway.routes.guard import actor, runtime, transaction
from gateway.routes.negotiation import body_of, json_object
from gateway.services import challenges, presence, proving, refusals, statements
from gateway.services.proving import Desk

bp = Blueprint("chip", __name__)
MAX_ASKING_BYTES = 4096


@bp.post("/presence/challenges")
def challenge() -> Response:
    """Answer 201 with a nonce for one tap at one reader."""
    reader, desk_session = statements.reader_and_session(json_object(MAX_ASKING_BYTES))
    log = refusals.logged(transaction, actor(), "challenge", "PresenceChallenge")
    with log, transaction() as session:
        row = challenges.issue(
            session, reader=reader, desk_session=desk_session, actor=actor(), random_bytes=secrets.token_bytes
        )
    answer = {
        "challenge": str(row.id),
        "nonce": b64encode(row.nonce).decode("ascii"),
        "expires_in": challenges.CHALLENGE_SECONDS,
    }
    return plain(answer, 201)


@bp.post("/presence/challenges/<uuid:challenge_id>/chip")
def question(challenge_id: UUID) -> Response:
    """Answer 201 with what the chip is to be asked in place of active authentication."""
    asked = json_object(statements.MAX_BYTES)
    made = proving.ask_chip(asked, challenge_id, _desk(), random_bytes=secrets.token_bytes)
    return plain(made.to_json(), 201)


@bp.post("/presence")
def prove() -> Response:
    """Answer 201 with the receipt of a presence that we verified ourselves."""
    receipt, row = proving.prove(body_of(statements.MEDIA_TYPE, statements.MAX_BYTES), _desk())
    answer = {
        "receipt": receipt,
        "level": row.level,
        "expires_in": presence.RECEIPT_SECONDS,
        "training": row.training,
    }
    return plain(answer, 201)


def _desk() -> Desk:
    held = runtime()
    return Desk(actor(), transaction, held.verifier, held.receipts)
