"""Is the process alive, and can it serve: for whatever watches the gateway."""

from flask import Blueprint, Response

from gateway.routes.answers import plain
from gateway.routes.guard import runtime
from gateway.services import workers
from gateway.store.database import GATEWAY

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """Answer 200 while the process runs."""
    return plain({"status": "alive"})


@bp.get("/readyz")
def ready() -> Response:
    """Answer 200 when the database answers, 503 when it does not; `worker` says whether one lives.

    Without a worker everything is served and files are taken; they wait to be worked off.
    """
    with runtime().database.read(GATEWAY) as session:
        worker = workers.standing(session, now=runtime().now())
    return plain({"status": "ready", "worker": worker})
