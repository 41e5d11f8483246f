"""The app factory: one process's gateway, composed here and nowhere else."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from bhyt.parsing import MAX_BYTES
from gateway import logs, memory
from gateway.doorstep import Doorstep
from gateway.parent import end_with_parent
from gateway.routes import (
    answers,
    auth,
    batches,
    cancellations,
    fhir_history,
    fhir_read,
    fhir_write,
    guard,
    health,
    policies,
    presence,
)
from gateway.services import runtime
from gateway.settings import Settings


def serve() -> Doorstep:
    """Return the app of one worker process, set up from the environment, as granian calls it."""
    logs.configure()
    end_with_parent()
    app = create_app(Settings())
    memory.settle()
    return Doorstep(
        app,
        is_ours=guard.believer(app.extensions["gateway"]),
        max_bytes=MAX_BYTES,
        max_stranger_bytes=auth.MAX_FORM_BYTES,
    )


def create_app(settings: Settings, *, now: Callable[[], datetime] = runtime.utcnow) -> Flask:
    """Return the gateway as a WSGI app.

    Raises SetupError: `init` was not run, or a route has no policy.
    """
    app = Flask("gateway", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    app.url_map.strict_slashes = False
    app.extensions["gateway"] = runtime.start(settings, now=now)
    add_doors(app)
    return app


def add_doors(app: Flask) -> None:
    """Add every route, its guard and the answers to errors.

    Raises SetupError: a route has no policy.
    """
    guard.install(app)
    answers.install(app)
    doors = (
        health.bp,
        auth.bp,
        presence.bp,
        fhir_read.bp,
        fhir_history.bp,
        fhir_write.bp,
        cancellations.bp,
        batches.bp,
    )
    for blueprint in doors:
        app.register_blueprint(blueprint)
    policies.require_complete(app)
