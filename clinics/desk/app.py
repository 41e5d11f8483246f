"""The Flask application of one desk: pages, stream, and the words for every error."""

import secrets
from datetime import timedelta

from flask import Flask, Response, make_response, render_template, request

from clinics.desk import view
from clinics.desk.guard import protect
from clinics.desk.pages import bp
from clinics.desk.state import DeskState
from clinics.errors import ClinicError, SessionOver, WrongHost
from failures import failure

SESSION_LIFETIME = timedelta(hours=12)
BODY_LIMIT = 16 * 1024


def create_app(state: DeskState, *, port: int) -> Flask:
    """Return the application for `state`, to be served on this machine's `port` only."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),  # per start: a restart signs everybody out
        SESSION_COOKIE_NAME=f"tiepdon_desk_{port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(steps=view.STEPS, failure=failure)
    app.extensions["desk"] = state
    state.render = lambda template, **values: app.jinja_env.get_template(template).render(**values)
    protect(app, state, port=port)
    app.register_blueprint(bp)
    app.register_error_handler(ClinicError, _in_words)
    return app


def _in_words(error: ClinicError) -> Response:
    status = 403 if isinstance(error, WrongHost) else 401 if isinstance(error, SessionOver) else 422
    template = "_message.html" if request.headers.get("HX-Request") else "error.html"
    return make_response(render_template(template, why=failure(error.code)), status)
