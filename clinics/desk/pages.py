"""The desk's routes: sign in, the page, a tap, the stream of what happens."""

from typing import cast, get_args

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from bhyt.records.eligibility import Arrival
from cardreader.errors import CardError
from clinics.desk import guard
from clinics.desk.state import DeskState
from clinics.entry import read_entry
from clinics.errors import ClerkInvalid, DeskError, SessionOver
from failures import failure

bp = Blueprint("pages", __name__)
SEEN_LIMIT = 64


@bp.get("/sign-in")
def sign_in() -> str:
    """Show the form that asks for the clerk's name and ID number."""
    return render_template("sign_in.html", settings=_desk().station.settings)


@bp.post("/sign-in")
def enter() -> AnyResponse:
    """Start the clerk's session, or show the form again with what is wrong."""
    name, number = request.form.get("full_name", ""), request.form.get("id_number", "")
    try:
        guard.sign_in(_desk(), name, number)
    except ClerkInvalid as error:
        settings = _desk().station.settings
        page = render_template("sign_in.html", settings=settings, why=failure(error.code), name=name)
        return make_response(page, 422)
    return redirect(url_for("pages.desk"), code=303)


@bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session and forget whom it saw."""
    guard.sign_out(_desk())
    return redirect(url_for("pages.sign_in"), code=303)


@bp.get("/")
def desk() -> str:
    """Show the reception page."""
    state = _desk()
    return render_template(
        "reception.html",
        settings=state.station.settings,
        view=state.shown,
        recent=state.taps.recent,
        status=state.watch.status,
    )


@bp.post("/taps")
def start_tap() -> Response:
    """Start a tap for what was scanned or typed; what happens then is told by the stream."""
    arrival = request.form.get("arrival", "regular")
    if arrival not in get_args(Arrival):
        arrival = "regular"
    try:
        entry = read_entry(request.form.get("entry", ""))
        _desk().taps.start(entry, guard.require_clerk(_desk()), cast("Arrival", arrival))
    except (CardError, DeskError) as error:
        return make_response(render_template("_message.html", why=failure(error.code)), 422)
    return make_response("", 202)


@bp.post("/taps/cancel")
def cancel_tap() -> Response:
    """Give up the tap that still waits for its card."""
    _desk().taps.cancel()
    return make_response("", 202)


@bp.get("/events")
def events() -> Response:
    """Tell what happens, as server-sent events, from the last event that the page saw."""
    state = _desk()
    follower = state.stream.follow(request.headers.get("Last-Event-ID", "")[:SEEN_LIMIT])
    if guard.clerk(state) is None:  # signed out since the guard looked: this stream would be the next clerk's
        follower.close()
        raise SessionOver("the session has just ended")
    response = Response(iter(follower), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(follower.close)
    return response


def _desk() -> DeskState:
    return cast("DeskState", current_app.extensions["desk"])
