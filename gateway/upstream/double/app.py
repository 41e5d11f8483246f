"""The double's doors, with the portal's habits: three styles of authentication, codes in the body.

A refused token is told in three ways: lookups, check-ins and claims answer 200 with code 401 in the
body, the co-payments an empty 401, the documents 401 in a body whose names begin with capitals.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from flask import Flask, Response

from gateway.upstream.double.entrance import Entrance
from gateway.upstream.double.filing import VIETNAM, Filing
from gateway.upstream.double.lookups import Lookups
from gateway.upstream.double.world import World

TOKEN_SECONDS = 600
LOOKUPS_A_MINUTE = 60
"""Over so many lookups in a minute the portal locks an account."""


def create_double(
    world: World,
    *,
    now: Callable[[], datetime],
    token_seconds: int = TOKEN_SECONDS,
    lookups_a_minute: int = LOOKUPS_A_MINUTE,
) -> Flask:
    """Return the double as a WSGI app."""

    def today() -> date:
        return now().astimezone(VIETNAM).date()

    app = Flask("portal-double", static_folder=None)
    life = timedelta(seconds=token_seconds)
    entrance = Entrance(world, now=now, token_life=life, lookups_a_minute=lookups_a_minute)
    lookups, filing = Lookups(world, entrance, today=today), Filing(world, entrance, now=now)
    for path, door in (
        ("/api/token/take", entrance.take_token),
        ("/api/egw/KQNhanLichSuKCB2024", lookups.eligibility),
        ("/api/egw/KQNhanLichSuKCB2019", lookups.older_eligibility),
        ("/api/egw/NhanLichSuKCB2018", lookups.older_eligibility),
        ("/api/egw/Lskcb2025", lookups.history),
        ("/api/TraCuuCCT/TraCuuTienMCCT", lookups.copayments),
        ("/api/qd130/checkInKcbQd3176", filing.check_in),
        ("/api/qd130/checkInKcbQd4750", filing.check_in),
        ("/api/qd130/guiHoSoXmlQD3176", filing.claim),
        ("/api/qd130/guiHoSoXmlQD4750", filing.claim),
        ("/api/hososuckhoe/guiGiayToDienTu", filing.electronic_document),
        ("/api/chungtugw/GuiHoSoChungTu2025", filing.leave_document),
    ):
        app.add_url_rule(path, path, door, methods=["POST"])
    app.after_request(_marked)
    return app


def _marked(response: Response) -> Response:
    """Mark every answer: what this says is never true."""
    response.headers["X-Tiepdon-Training"] = "true"
    return response
