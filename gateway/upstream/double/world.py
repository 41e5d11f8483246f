"""What the double knows: accounts, clerks, cards, visits, co-payments, and what it was sent.

A JSON file may name it (`--data`); without one, invented people of a sample facility.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

SAMPLE: dict[str, Any] = {
    "accounts": [{"facility": "33999", "username": "33999_BV", "password": "huan-luyen"}],
    "clerks": [{"name": "LÊ THỊ VÍ DỤ", "id": "033300000009"}],
    "cards": [
        {
            "maThe": "DN4339900000001",
            "maSoBHXH": "9900000001",
            "cccd": "033300000001",
            "hoTen": "NGUYỄN THỊ MẪU THỬ",
            "ngaySinh": "12/04/1995",
            "gioiTinh": "Nữ",
            "diaChi": "Thôn Mẫu",
            "maDKBD": "33999",
            "gtTheTu": "01/01/2026",
            "gtTheDen": "31/12/2026",
            "ngayDu5Nam": "01/01/2023",
        }
    ],
    "visits": {
        "9900000001": [
            {
                "maHoSo": "HS-1",
                "maCSKCB": "33998",
                "ngayVao": "202608010815",
                "ngayRa": "202608011030",
                "tenBenh": "Viêm họng",
                "tinhTrang": "1",
                "kqDieuTri": "1",
                "lyDoVV": "1",
            }
        ]
    },
    "copayments": {
        "9900000001": [
            {
                "Id": "1",
                "maThe": "DN4339900000001",
                "maCskcb": "33998",
                "ngayVao": "01/08/2026",
                "ngayRa": "01/08/2026",
                "maDoiTuongKCB": "1.1",
                "tBNCCTMCCT": "52000",
                "tBNCCTLuyKe": "52000",
            }
        ]
    },
}


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account; at the doors that `results` names it is told that code, with the words of `notes`."""

    username: str
    facility: str
    password: str
    results: Mapping[str, str]
    notes: Mapping[str, str]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the account that these data describe. Raises LookupError, ValueError."""
        results, notes = dict(data.get("ketQua", {})), dict(data.get("ghiChu", {}))
        return cls(data["username"], data["facility"], data["password"], results, notes)


@dataclass(slots=True)
class Session:
    """A token that was given: for which account, to which address, until when."""

    account: KnownAccount
    address: str
    identity: str
    ends: datetime


@dataclass(slots=True)
class World:
    """Everything that the double holds, in memory; `lock` guards what requests change."""

    accounts: dict[str, KnownAccount]
    clerks: dict[str, str]
    cards: list[Mapping[str, str]]
    visits: dict[str, list[Mapping[str, str]]]
    copayments: dict[str, list[Mapping[str, str]]]
    sessions: dict[str, Session] = field(default_factory=dict)
    received: list[Mapping[str, str]] = field(default_factory=list)
    asked: dict[str, list[datetime]] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return the world that these data describe; a missing part is empty."""
        accounts = map(KnownAccount.of, data.get("accounts", []))
        return cls(
            accounts={one.username: one for one in accounts},
            clerks={one["id"]: one["name"] for one in data.get("clerks", [])},
            cards=list(data.get("cards", [])),
            visits=dict(data.get("visits", {})),
            copayments=dict(data.get("copayments", {})),
        )

    @classmethod
    def read(cls, file: Path | None) -> Self:
        """Return the world of a JSON file, the sample without one. Raises OSError, ValueError."""
        return cls.of(json.loads(file.read_text(encoding="utf-8")) if file else SAMPLE)

    def card(self, number: str) -> Mapping[str, str] | None:
        """Return the card that a number of 10, 12 or 15 characters means."""
        name = {10: "maSoBHXH", 12: "cccd", 15: "maThe"}.get(len(number))
        return next((card for card in self.cards if name and card.get(name) == number), None)
