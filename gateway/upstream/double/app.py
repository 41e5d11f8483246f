"""The double's doors, with the portal's habits: three styles of authentication, codes in the body.

A refused token is told in three ways: the lookups answer 200 with code 401, the doors with headers
an empty 401, the documents 401 in a body whose names begin with capitals. `received` counts what
came; "200" means received and nothing more.
"""

import hashlib
import secrets
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from flask import Flask, Response, jsonify, request

from gateway.upstream.double.verdicts import verdict
from gateway.upstream.double.world import Session, World

VIETNAM = timezone(timedelta(hours=7))
TOKEN_SECONDS = 600
LOOKUPS_A_MINUTE = 60
"""Over so many lookups in a minute the portal locks an account."""
MAX_DOCUMENT_BYTES = 5_000_000

_SHOWN = (
    "maThe",
    "hoTen",
    "ngaySinh",
    "gioiTinh",
    "diaChi",
    "maDKBD",
    "cqBHXH",
    "gtTheTu",
    "gtTheDen",
    "maKV",
    "ngayDu5Nam",
    "maSoBHXH",
    "maTheCu",
    "maTheMoi",
    "gtTheTuMoi",
    "gtTheDenMoi",
    "maDKBDMoi",
    "tenDKBDMoi",
)


def create_double(
    world: World,
    *,
    now: Callable[[], datetime],
    token_seconds: int = TOKEN_SECONDS,
    lookups_a_minute: int = LOOKUPS_A_MINUTE,
) -> Flask:
    """Return the double as a WSGI app."""
    app = Flask("portal-double", static_folder=None)
    doors = _Doors(world, now, timedelta(seconds=token_seconds), lookups_a_minute)
    for path, door in (
        ("/api/token/take", doors.take_token),
        ("/api/egw/KQNhanLichSuKCB2024", doors.eligibility),
        ("/api/egw/Lskcb2025", doors.history),
        ("/api/TraCuuCCT/TraCuuTienMCCT", doors.copayments),
        ("/api/qd130/checkInKcbQd3176", doors.check_in),
        ("/api/qd130/checkInKcbQd4750", doors.check_in),
        ("/api/qd130/guiHoSoXmlQD3176", doors.claim),
        ("/api/qd130/guiHoSoXmlQD4750", doors.claim),
        ("/api/hososuckhoe/guiGiayToDienTu", doors.document),
    ):
        app.add_url_rule(path, path, door, methods=["POST"])
    app.after_request(_marked)
    return app


class _Doors:
    def __init__(
        self, world: World, now: Callable[[], datetime], token_life: timedelta, lookups_a_minute: int
    ) -> None:
        self._world = world
        self._now = now
        self._token_life = token_life
        self._lookups_a_minute = lookups_a_minute

    def take_token(self) -> Response:
        """Give a token for a name and the MD5 of its password, in whatever case."""
        name, password = request.form.get("username", ""), request.form.get("password", "")
        account = self._world.accounts.get(name)
        if account is None or _md5(account["password"]) != password.upper():
            return jsonify({"maKetQua": "401", "APIKey": None})
        if name in self._world.locked:
            return jsonify({"maKetQua": "403", "APIKey": None})
        token, identity = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        ends = self._now() + self._token_life
        session = Session(name, account["facility"], request.remote_addr or "", identity, ends)
        with self._world.lock:
            self._world.sessions[token] = session
        key = {
            "access_token": token,
            "id_token": identity,
            "token_type": "Bearer",
            "username": name,
            "expires_in": ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return jsonify({"maKetQua": "200", "APIKey": key})

    def eligibility(self) -> Response:
        """Answer whether a card is in force; the history in here is null since 2026."""
        asked = self._lookup()
        if asked is None:
            return jsonify({"maKetQua": "401", "ghiChu": "Lỗi xác thực tài khoản"})
        code, card = verdict(self._world, asked, today=self._today())
        shown = {name: card.get(name) if card else None for name in _SHOWN}
        note = f"[{code}]" if card is None else f"[{code}] {card['hoTen']}"
        lists = {"dsLichSuKCB2018": None, "dsLichSuKT2018": None}
        return jsonify({"maKetQua": code, "ghiChu": note, **shown, **lists})

    def history(self) -> Response:
        """Answer the visits of a person, in a form and in compact times."""
        asked = self._lookup()
        if asked is None:
            return jsonify({"maKetQua": "401", "ghiChu": "Lỗi xác thực tài khoản"})
        code, card = verdict(self._world, asked, today=self._today())
        visits = self._world.visits.get(card["maSoBHXH"], []) if card else []
        return jsonify({"maKetQua": code, "ghiChu": None, "dsLichSuKCB2025": list(visits)})

    def copayments(self) -> Response:
        """Answer this year's co-payments; 204 says one of two things."""
        if self._by_headers() is None:
            return Response(status=401)
        asked = request.get_json(silent=True) or {}
        number = str(asked.get("maThe", ""))
        if len(number) not in {10, 12, 15}:
            return jsonify({"MaKetQua": "400", "GhiChu": "maThe sai độ dài", "DataCCT": None})
        card = self._world.card(number)
        rows = self._world.copayments.get(card["maSoBHXH"], []) if card else []
        if not rows:
            told = "Không tìm thấy thẻ hoặc không có chi phí cùng chi trả"
            return jsonify({"MaKetQua": "204", "GhiChu": told, "DataCCT": None})
        return jsonify({"MaKetQua": "200", "GhiChu": "", "DataCCT": list(rows), "ThongTinSoThe": None})

    def check_in(self) -> Response:
        """Take a check-in file."""
        return self._file("0")

    def claim(self) -> Response:
        """Take a claim."""
        return self._file("130")

    def document(self) -> Response:
        """Take a birth certificate or a death notice; here everything is in the body."""
        session = self._session(request.form.get("token"), request.form.get("id_token"))
        if session is None:
            return jsonify({"MaKetQua": "401", "MaGD": None, "ThoiGianTiepNhan": None})
        content = _decoded(request.form.get("fileBase64Str", ""))
        if not content or request.form.get("loaiHs") not in {"60", "61"}:
            return jsonify({"MaKetQua": "205", "MaGD": None, "ThoiGianTiepNhan": None})
        if len(content) > MAX_DOCUMENT_BYTES:
            return jsonify({"MaKetQua": "1001", "MaGD": None, "ThoiGianTiepNhan": None})
        number, at = self._take(session, request.form["loaiHs"], content)
        return jsonify({"MaKetQua": "200", "MaGD": number, "ThoiGianTiepNhan": at})

    def _file(self, kind: str) -> Response:
        session = self._by_headers()
        if session is None:
            return Response(status=401)
        if request.form.get("maCSKCB") != session.facility or request.form.get("loaiHoSo") != kind:
            return jsonify({"maKetQua": "403", "thongDiep": "Unauthorized"})
        number, at = self._take(session, kind, _decoded(request.form.get("fileHSBase64", "")) or b"")
        told = {"maGiaoDich": number, "thoiGianTiepNhan": at, "thongDiep": "Đã tiếp nhận"}
        return jsonify({"maKetQua": "200", **told})

    def _take(self, session: Session, kind: str, content: bytes) -> tuple[str, str]:
        at = self._now().astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")
        digest = hashlib.sha256(content).hexdigest()
        with self._world.lock:
            number = f"HL{session.facility}{len(self._world.received) + 1:08d}"
            taken = {"transaction": number, "kind": kind, "facility": session.facility, "sha256": digest}
            self._world.received.append(taken)
        return number, at

    def _lookup(self) -> Mapping[str, str] | None:
        """Return the question, as JSON or as a form, None where the query string opens nothing."""
        session = self._session(request.args.get("token"), request.args.get("id_token"))
        if session is None or not self._may_ask(session):
            return None
        sent: Any = request.get_json(silent=True) or request.form
        return {key: str(value) for key, value in sent.items()}

    def _may_ask(self, session: Session) -> bool:
        """Count a lookup; lock the account that asks too much."""
        now = self._now()
        with self._world.lock:
            recent = [
                at for at in self._world.asked.get(session.username, []) if at > now - timedelta(minutes=1)
            ]
            self._world.asked[session.username] = [*recent, now]
            if len(recent) >= self._lookups_a_minute:
                self._world.locked.add(session.username)
            return session.username not in self._world.locked

    def _by_headers(self) -> Session | None:
        return self._session(request.headers.get("accessToken"), request.headers.get("tokenId"))

    def _session(self, token: str | None, identity: str | None) -> Session | None:
        """Return who holds a token: of this address, in its time, with its second half."""
        session = self._world.sessions.get(token or "")
        if session is None or session.identity != identity or session.ends <= self._now():
            return None
        return session if session.address == (request.remote_addr or "") else None

    def _today(self) -> date:
        return self._now().astimezone(VIETNAM).date()


def _marked(response: Response) -> Response:
    """Mark every answer: what this says is never true."""
    response.headers["X-Tiepdon-Training"] = "true"
    return response


def _md5(password: str) -> str:
    return hashlib.md5(password.encode("utf-8"), usedforsecurity=False).hexdigest().upper()


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None
