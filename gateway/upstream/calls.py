"""The portal's requests, in its three styles of authentication; pure.

Lookups carry the token in the query string, check-ins and claims in headers, documents in the
body; the names of the fields differ from door to door (vss_api: maCSKCB, maCskcb; fileHSBase64,
fileBase64Str).
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.upstream.account import Account, Token
from gateway.upstream.results import Door

DocumentKind = Literal["60", "61"]
"""loaiHs: 60 a death notice (HSDLGBT), 61 a birth certificate (HSDLGCS)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One POST; a body is `form` or `json`, never both. `repeatable`: asking twice changes nothing."""

    door: Door
    path: str
    repeatable: bool
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Lookup:
    """Who is looked up, and which clerk asks: the portal demands both (CV 1923/BHXH-CNTT).

    `number` is an insurance number (10), an ID (12) or a card (15); `born` dd/MM/yyyy, MM/yyyy or yyyy.
    """

    number: str
    full_name: str
    born: str
    clerk_name: str
    clerk_id: str


def take_token(account: Account) -> Call:
    """Return the sign-in."""
    form = {"username": account.username, "password": account.password_md5}
    return Call("token", "/api/token/take", repeatable=True, form=form)


def eligibility(account: Account, token: Token, who: Lookup) -> Call:
    """Return the question whether a card is in force (KQNhanLichSuKCB2024)."""
    return Call(
        "eligibility",
        "/api/egw/KQNhanLichSuKCB2024",
        repeatable=True,
        query=_query(account, token),
        json=_person(who),
    )


def history(account: Account, token: Token, who: Lookup) -> Call:
    """Return the question for earlier visits (Lskcb2025), in a form instead of JSON."""
    return Call(
        "eligibility",
        "/api/egw/Lskcb2025",
        repeatable=True,
        query=_query(account, token),
        form=_person(who),
    )


def accumulated_copayment(account: Account, token: Token, who: Lookup) -> Call:
    """Return the question for the co-payments of the year (TraCuuTienMCCT)."""
    asked = {
        "username": account.username,
        "maThe": who.number,
        "hoTen": who.full_name,
        "ngaySinh": who.born,
    }
    path = "/api/TraCuuCCT/TraCuuTienMCCT"
    return Call("mcct", path, repeatable=True, headers=_headers(account, token), json=asked)


def check_in(account: Account, token: Token, xml: bytes) -> Call:
    """Return the sending of a check-in file (XML0)."""
    return _file("/api/qd130/checkInKcbQd3176", "0", account, token, xml)


def claim(account: Account, token: Token, xml: bytes) -> Call:
    """Return the sending of one claim: one file with one HOSO."""
    return _file("/api/qd130/guiHoSoXmlQD3176", "130", account, token, xml)


def document(account: Account, token: Token, kind: DocumentKind, xml: bytes) -> Call:
    """Return the sending of a birth certificate or death notice."""
    form = {
        "maCskcb": account.facility,
        "token": token.access,
        "id_token": token.identity,
        "username": account.username,
        "password": account.password_md5,
        "loaiHs": kind,
        "fileBase64Str": b64encode(xml).decode("ascii"),
    }
    return Call("document", "/api/hososuckhoe/guiGiayToDienTu", repeatable=False, form=form)


def _file(path: str, kind: str, account: Account, token: Token, xml: bytes) -> Call:
    form = {
        "username": account.username,
        "loaiHoSo": kind,
        "maTinh": account.province,
        "maCSKCB": account.facility,
        "fileHSBase64": b64encode(xml).decode("ascii"),
    }
    return Call("claim", path, repeatable=False, headers=_headers(account, token), form=form)


def _query(account: Account, token: Token) -> dict[str, str]:
    return {
        "token": token.access,
        "id_token": token.identity,
        "username": account.username,
        "password": account.password_md5,
    }


def _headers(account: Account, token: Token) -> dict[str, str]:
    return {
        "accessToken": token.access,
        "tokenId": token.identity,
        "passwordHash": account.password_md5,
    }


def _person(who: Lookup) -> dict[str, str]:
    return {
        "maThe": who.number,
        "hoTen": who.full_name,
        "ngaySinh": who.born,
        "hoTenCb": who.clerk_name,
        "cccdCb": who.clerk_id,
    }
