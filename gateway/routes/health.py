"""Is the process alive, and can it serve: for whatever watches the gateway."""

from flask import Blueprint, Response
from sqlalchemy import text

from gateway.routes.answers import plain
from gateway.routes.guard import runtime
from gateway.store.database import GATEWAY

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """Answer 200 while the process runs."""
    return plain({"status": "alive"})


@bp.get("/readyz")
def ready() -> Response:
    """Answer 200 when the database answers, 503 when it does not."""
    with runtime().database.read(GATEWAY) as session:
        session.execute(text("SELECT 1"))
    return plain({"status": "ready"})
