"""What keeps the desk to its own machine and its own clerk: host names, headers, session, CSRF.

Against DNS rebinding every request must name this desk in Host; against other sites every change must
carry the session's token and, where the browser says it, come from this very origin. A cookie counts
only while the desk holds its session: signing out, or in again, ends it for every copy of the cookie.
"""

import hmac
import secrets

from flask import Flask, Response, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from bhyt.records.eligibility import Clerk
from clinics.clerk import read_clerk
from clinics.desk.state import DeskState
from clinics.errors import SessionOver, WrongHost

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OPEN_ENDPOINTS = frozenset({"pages.sign_in", "pages.enter", "static"})


def protect(app: Flask, state: DeskState, *, port: int) -> None:
    """Put every request of `app` under the rules above; the desk of `state` is served on `port`."""
    hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}

    @app.before_request
    def check() -> AnyResponse | None:
        if request.host not in hosts or not _own_origin(hosts):
            raise WrongHost("the request names another host")
        if request.method not in {"GET", "HEAD"}:
            _check_token()
        if request.endpoint not in OPEN_ENDPOINTS and clerk(state) is None:
            if request.method == "GET" and not request.headers.get("HX-Request"):
                return redirect(url_for("pages.sign_in"))
            raise SessionOver("nobody is signed in")
        return None

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.context_processor
    def for_templates() -> dict[str, object]:
        return {"csrf_token": token, "clerk": clerk(state)}


def token() -> str:
    """Return the session's own token, new when there is none."""
    if "token" not in session:
        session["token"] = secrets.token_urlsafe(24)
    return str(session["token"])


def clerk(state: DeskState) -> Clerk | None:
    """Return who is signed in to the session that the desk holds now."""
    name, number, held = session.get("clerk_name"), session.get("clerk_id"), session.get("id")
    if not isinstance(held, str) or held != state.session:
        return None
    return Clerk(name, number) if isinstance(name, str) and isinstance(number, str) else None


def require_clerk(state: DeskState) -> Clerk:
    """Return who is signed in. Raises SessionOver: nobody is."""
    found = clerk(state)
    if found is None:
        raise SessionOver("nobody is signed in")
    return found


def sign_in(state: DeskState, name: str, number: str) -> None:
    """Start the desk's session for this clerk, with a new token; it ends the one before.

    Raises ClerkInvalid: see `read_clerk`.
    """
    found = read_clerk(name, number)
    session.clear()
    session["id"] = state.begin_session()
    session["clerk_name"], session["clerk_id"] = found.full_name, found.id_number
    session.permanent = True


def sign_out(state: DeskState) -> None:
    """End the desk's session, for every copy of its cookie."""
    session.clear()
    state.end_session()


def _own_origin(hosts: set[str]) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and origin not in {f"http://{host}" for host in hosts}:
        return False
    return request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}


def _check_token() -> None:
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token") or ""
    known = session.get("token")
    if not isinstance(known, str) or not hmac.compare_digest(sent.encode(), known.encode()):
        raise SessionOver("the page belongs to another session")
