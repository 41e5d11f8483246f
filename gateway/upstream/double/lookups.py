"""The double's lookups: cards by the query string, the history in a form, co-payments by headers.

Each has its habits: the history inside a card's answer is null since 2026, the co-payments are refused
with an empty 401, and their 500 means one of two things.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Response, jsonify, request

from gateway.upstream.double.entrance import Entrance
from gateway.upstream.double.verdicts import NUMBER_LENGTHS, clerk_fault, is_birth_date, verdict
from gateway.upstream.double.world import KnownAccount, World

RESTRICTED = "Tài khoản bị hạn chế tra cứu"
"""GhiChu of the co-payments' 500 where it is the account's fault and not the portal's (S6)."""

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
_COPAYMENT = (
    "Id",
    "ngayTraCuu",
    "maThe",
    "maCskcb",
    "ngayVao",
    "ngayRa",
    "maDoiTuongKCB",
    "tBNCCTMCCT",
    "tBNCCTLuyKe",
    "ngayNhanCong",
    "ngayNhan",
    *(f"duPhong{number}" for number in range(1, 6)),
)


class Lookups:
    """The doors that answer questions about a card."""

    def __init__(self, world: World, entrance: Entrance, *, today: Callable[[], date]) -> None:
        self._world = world
        self._entrance = entrance
        self._today = today

    def eligibility(self) -> Response:
        """Answer whether a card is in force, to a clerk who is named (2024)."""
        return self._card(clerk_needed=True)

    def older_eligibility(self) -> Response:
        """Answer whether a card is in force, as before 2024: without asking who asks."""
        return self._card(clerk_needed=False)

    def history(self) -> Response:
        """Answer the visits of a person, asked in a form and told in compact times."""
        account = self._by_query()
        if account is None:
            return jsonify({"maKetQua": "401", "ghiChu": "Lỗi xác thực tài khoản"})
        if told := account.results.get("history"):
            note = account.notes.get("history")
            return jsonify({"maKetQua": told, "ghiChu": note, "dsLichSuKCB2025": None})
        code, card = self._judged(request.form.to_dict(), clerk_needed=True)
        visits = self._world.visits.get(card["maSoBHXH"], []) if card else []
        return jsonify({"maKetQua": code, "ghiChu": None, "dsLichSuKCB2025": list(visits)})

    def copayments(self) -> Response:
        """Answer this year's co-payments; 204 says one of two things, and so does 500."""
        account, asked = self._entrance.by_headers(), _json()
        if account is None or asked.get("username", account.username) != account.username:
            return Response(status=401)
        if not self._entrance.may_ask(account):
            return _copaid("500", RESTRICTED)
        if told := account.results.get("mcct"):
            return _copaid(told, account.notes.get("mcct", ""))
        number, name, born = (asked.get(key, "") for key in ("maThe", "hoTen", "ngaySinh"))
        if not (asked.get("username") and name and is_birth_date(born)):
            return _copaid("400", "Thiếu tham số")
        if len(number) not in NUMBER_LENGTHS:
            return _copaid("400", "maThe sai độ dài")
        _, card = verdict(self._world, asked, today=self._today())
        rows = self._world.copayments.get(card["maSoBHXH"], []) if card else []
        if not rows:
            return _copaid("204", "Không tìm thấy thẻ hoặc không có chi phí cùng chi trả")
        return _copaid("200", "", [{key: row.get(key) for key in _COPAYMENT} for row in rows])

    def _card(self, *, clerk_needed: bool) -> Response:
        account = self._by_query()
        if account is None:
            return jsonify({"maKetQua": "401", "ghiChu": "Lỗi xác thực tài khoản"})
        code, card = account.results.get("eligibility"), None
        if code is None:
            code, card = self._judged(_json() or request.form.to_dict(), clerk_needed=clerk_needed)
        shown = {name: card.get(name) if card else None for name in _SHOWN}
        said = account.notes.get("eligibility") or (f"[{code}] {card['hoTen']}" if card else f"[{code}]")
        lists = {"dsLichSuKCB2018": None, "dsLichSuKT2018": None}
        return jsonify({"maKetQua": code, "ghiChu": said, **shown, **lists})

    def _by_query(self) -> KnownAccount | None:
        account = self._entrance.by_query()
        return account if account and self._entrance.may_ask(account) else None

    def _judged(
        self, asked: Mapping[str, str], *, clerk_needed: bool
    ) -> tuple[str, Mapping[str, str] | None]:
        wrong = clerk_fault(self._world, asked) if clerk_needed else None
        return (wrong, None) if wrong else verdict(self._world, asked, today=self._today())


def _copaid(code: str, note: str, rows: list[dict[str, str | None]] | None = None) -> Response:
    return jsonify({"MaKetQua": code, "GhiChu": note, "DataCCT": rows, "ThongTinSoThe": None})


def _json() -> dict[str, str]:
    """Return the fields of a JSON body, none where it is no JSON object."""
    sent: Any = request.get_json(silent=True)
    return {key: str(value) for key, value in sent.items()} if isinstance(sent, dict) else {}
