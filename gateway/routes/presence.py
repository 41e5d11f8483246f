"""Where a desk asks for a challenge, hands in a chip's evidence and gets the receipt of a presence."""

import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, Response, request

from bhyt.parsing import JsonObject, parse
from gateway.errors import PresenceRefused, RequestRefused
from gateway.routes.answers import plain
from gateway.routes.guard import actor, runtime, transaction
from gateway.services import challenges, clients, presence, statements, verification

bp = Blueprint("chip", __name__)
MAX_ASKING_BYTES = 4096
CHIP_GROUPS = frozenset({1, 14})


@bp.post("/presence/challenges")
def challenge() -> Response:
    """Answer 201 with a nonce for one tap at one reader."""
    asked = _json(MAX_ASKING_BYTES)
    reader = statements.short_text(asked, "reader", statements.MAX_READER_CHARS)
    desk_session = statements.short_text(asked, "session", statements.MAX_SESSION_CHARS)
    with transaction() as session:
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
    """Answer 201 with the question that only the chip of these data can answer; once per challenge."""
    asked = _json(statements.MAX_BYTES)
    desk = actor()
    with _refusals_logged("ask-chip", statements.challenge_name(challenge_id)):
        evidence = statements.wanted_evidence(asked, CHIP_GROUPS, needed=CHIP_GROUPS)
        with transaction() as session:
            challenges.take_chip_turn(session, challenge_id, actor=desk)
        chip_question, sealed = verification.ask_chip(
            evidence,
            challenge_id,
            verifier=runtime().verifier,
            now=desk.now,
            random_bytes=secrets.token_bytes,
        )
        with transaction() as session:
            challenges.keep_examination(session, challenge_id, sealed, actor=actor())
    return plain(chip_question.to_json(), 201)


@bp.post("/presence")
def prove() -> Response:
    """Answer 201 with the receipt of a presence that we verified ourselves.

    The challenge is burned, and that is committed, before anything is verified; verifying costs
    time and so holds no transaction.
    """
    held, desk = runtime(), actor()
    body = _body(statements.MEDIA_TYPE, statements.MAX_BYTES)
    with _refusals_logged("prove", "Presence"):
        statement = statements.read(body)
    with _refusals_logged("prove", statement.resource):
        with transaction() as session:
            key = clients.key_of(session, desk.client_id)
            asked = statement.challenge
            burned = challenges.burn(session, asked, actor=desk) if asked else None
        verified = verification.verify(statement, burned, key=key, verifier=held.verifier, now=desk.now)
        with transaction() as session:
            receipt, row = presence.store(
                session, statement, verified, challenge=burned, receipts=held.receipts, actor=desk
            )
    answer = {
        "receipt": receipt,
        "level": row.level,
        "expires_in": presence.RECEIPT_SECONDS,
        "training": row.training,
    }
    return plain(answer, 201)


@contextmanager
def _refusals_logged(action: str, resource: str) -> Iterator[None]:
    """Write a refusal of the chip or of what came with it into the access log, and let it go on."""
    try:
        yield
    except (PresenceRefused, RequestRefused) as refused:
        with transaction() as session:
            presence.note_refusal(session, refused, action, resource, actor=actor())
        raise


def _json(longest: int) -> JsonObject:
    return parse(_body("application/json", longest))


def _body(media_type: str, longest: int) -> bytes:
    """Return the request's body.

    Raises RequestRefused: it is of another type. RequestEntityTooLarge: it is longer.
    """
    if request.mimetype != media_type:
        raise RequestRefused("request.media-type", f"the body must be {media_type}", status=415)
    request.max_content_length = longest
    return request.get_data(cache=False)
