"""The double's doors as vss_api.md has them: requests written by hand, without our client."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bhyt.national.signature_making import sign_document, sign_enveloped
from gateway.upstream.double.app import create_double
from gateway.upstream.double.world import SAMPLE, World
from tests.unit.bhyt.samples import DEATH_NOTICE
from tests.unit.bhyt.signers import hospital

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MD5 = hashlib.md5(b"huan-luyen", usedforsecurity=False).hexdigest()
CARD = {"maThe": "9900000001", "hoTen": "Nguyễn Thị Mẫu Thử", "ngaySinh": "12/04/1995"}
ASKED = CARD | {"hoTenCb": "LÊ THỊ VÍ DỤ", "cccdCb": "033300000009"}
DOCUMENTS = {"39": b"<HSCHUNGTU/>", "60": b"<HSDLGBT/>", "61": b"<HSDLGCS/>"}


@dataclass(frozen=True)
class Request:
    """A request to a door, in its three places; `asked` is what a form or JSON body holds."""

    path: str
    asked: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    as_json: bool = False

    def without(self, name: str) -> "Request":
        kept = [
            {key: part[key] for key in part if key != name} for part in (self.asked, self.query, self.headers)
        ]
        assert kept != [self.asked, self.query, self.headers]
        return replace(self, asked=kept[0], query=kept[1], headers=kept[2])

    def saying(self, **changes: str) -> "Request":
        def changed(part: Mapping[str, str]) -> dict[str, str]:
            return {key: changes.get(key, part[key]) for key in part}

        return replace(
            self, asked=changed(self.asked), query=changed(self.query), headers=changed(self.headers)
        )


class Caller:
    """Who asks the double, with a token of the sample's account."""

    def __init__(self, **changes: Any) -> None:
        account = SAMPLE["accounts"][0] | changes
        self.world = World.of(SAMPLE | {"accounts": [account]})
        self.http: FlaskClient = create_double(self.world, now=lambda: NOW).test_client()
        self.tokens = {"access_token": "", "id_token": ""}

    def sign_in(self) -> dict[str, Any]:
        answer = self.http.post("/api/token/take", data={"username": "33999_BV", "password": MD5.upper()})
        self.tokens = answer.get_json()["APIKey"] or self.tokens
        return dict(answer.get_json())

    def request(self, door: str) -> Request:
        """Return a request of this door to which nothing is missing."""
        token, identity = self.tokens["access_token"], self.tokens["id_token"]
        query = {"token": token, "id_token": identity, "username": "33999_BV", "password": MD5}
        headers = {"accessToken": token, "tokenId": identity, "passwordHash": MD5}
        if door.startswith("egw/"):
            asked = ASKED if door in {"egw/KQNhanLichSuKCB2024", "egw/Lskcb2025"} else CARD
            return Request(f"/api/{door}", asked, query, {}, as_json=door.endswith("2024"))
        if door == "TraCuuCCT/TraCuuTienMCCT":
            return Request(f"/api/{door}", {"username": "33999_BV"} | CARD, {}, headers, as_json=True)
        if door.startswith("qd130/"):
            kind = "0" if "checkIn" in door else "130"
            place = {"username": "33999_BV", "loaiHoSo": kind, "maTinh": "33", "maCSKCB": "33999"}
            return Request(f"/api/{door}", place | {"fileHSBase64": encoded(b"<A/>")}, {}, headers)
        kind = "39" if door == "chungtugw/GuiHoSoChungTu2025" else "60"
        file = {"maCskcb": "33999", "loaiHs": kind, "fileBase64Str": encoded(DOCUMENTS[kind])}
        return Request(f"/api/{door}", query | file, {}, {})

    def send(self, request: Request) -> TestResponse:
        body: dict[str, Any] = {"json" if request.as_json else "data": dict(request.asked)}
        return self.http.post(
            request.path, query_string=dict(request.query), headers=dict(request.headers), **body
        )

    def code(self, request: Request) -> str:
        """Return the code of the answer's body; that of an empty 401 is the status."""
        answer = self.send(request)
        if answer.status_code == 401:
            assert answer.data == b""
            return "401"
        assert answer.status_code == 200
        body = answer.get_json()
        return str(body["maKetQua"] if "maKetQua" in body else body["MaKetQua"])


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture
def caller() -> Caller:
    made = Caller()
    made.sign_in()
    return made


LOOKUPS = ("egw/KQNhanLichSuKCB2024", "egw/KQNhanLichSuKCB2019", "egw/NhanLichSuKCB2018", "egw/Lskcb2025")
FILES = ("qd130/checkInKcbQd3176", "qd130/guiHoSoXmlQD3176", "qd130/guiHoSoXmlQD4750")
PAPERS = ("hososuckhoe/guiGiayToDienTu", "chungtugw/GuiHoSoChungTu2025")
MCCT = "TraCuuCCT/TraCuuTienMCCT"
AUTHENTICATION = {
    **dict.fromkeys((*LOOKUPS, *PAPERS), ("token", "id_token", "username", "password")),
    **dict.fromkeys((*FILES, MCCT), ("accessToken", "tokenId", "passwordHash", "username")),
}
NEEDED = [(door, name) for door, names in AUTHENTICATION.items() for name in names]


@pytest.mark.parametrize("door", AUTHENTICATION)
def test_every_door_of_the_guide_opens_to_a_whole_request(caller: Caller, door: str) -> None:
    assert caller.code(caller.request(door)) in {"000", "200"}


@pytest.mark.parametrize(("door", "name"), NEEDED)
def test_each_authentication_field_must_be_there_and_right(caller: Caller, door: str, name: str) -> None:
    whole = caller.request(door)
    missing = "400" if (door, name) == (MCCT, "username") else "401"  # a lack of the body (S6)
    assert (caller.code(whole.without(name)), caller.code(whole.saying(**{name: "x"}))) == (missing, "401")
    assert caller.world.received == []


@pytest.mark.parametrize("door", FILES)
@pytest.mark.parametrize(("name", "other"), [("maTinh", "01"), ("maCSKCB", "01999"), ("loaiHoSo", "7")])
def test_a_file_of_another_place_or_kind_is_forbidden(
    caller: Caller, door: str, name: str, other: str
) -> None:
    whole = caller.request(door)
    assert (caller.code(whole.without(name)), caller.code(whole.saying(**{name: other}))) == ("403", "403")


@pytest.mark.parametrize(("content", "code"), [("%%%", "201"), ("PEEvP", "201"), ("", "204")])
def test_a_file_that_is_no_base64_or_empty_is_not_received(caller: Caller, content: str, code: str) -> None:
    assert caller.code(caller.request(FILES[1]).saying(fileHSBase64=content)) == code
    assert caller.world.received == []


@pytest.mark.parametrize("door", PAPERS)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"maCskcb": "01999"}, "401"),
        ({"loaiHs": "7"}, "205"),
        ({"loaiHs": "61"}, "205"),
        ({"fileBase64Str": "%%%"}, "205"),
        ({"fileBase64Str": encoded(b"hello")}, "205"),
        ({"fileBase64Str": encoded(b"<GIAMDINHHS/>")}, "205"),
        ({"fileBase64Str": ""}, "205"),
    ],
    ids=["facility", "no such kind", "not this kind", "no base64", "no XML", "another root", "empty"],
)
def test_a_document_is_refused_with_the_code_of_what_is_wrong(
    caller: Caller, door: str, changes: dict[str, str], code: str
) -> None:
    assert caller.code(caller.request(door).saying(**changes)) == code
    assert caller.world.received == []


def test_a_document_signed_as_a_claim_is_signed_is_125(caller: Caller) -> None:
    whole = caller.request(PAPERS[0])
    wrong = sign_enveloped(DEATH_NOTICE, hospital())
    right = sign_document(DEATH_NOTICE, hospital(), signed_at=NOW)
    codes = [caller.code(whole.saying(fileBase64Str=encoded(file))) for file in (wrong, right)]
    assert codes == ["125", "200"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ngaySinh": "xx"}, "400"),
        ({"maThe": "99"}, "400"),
        ({"hoTen": ""}, "400"),
        ({"hoTen": "TRẦN VĂN KHÁC"}, "204"),
        ({"ngaySinh": "1996"}, "204"),
        ({"maThe": "9900000002"}, "204"),
    ],
)
def test_copayments_are_told_of_a_card_whose_name_and_birth_are_right(
    caller: Caller, changes: dict[str, str], code: str
) -> None:
    assert caller.code(caller.request(MCCT).saying(**changes)) == code


def test_the_older_doors_ask_for_no_clerk_and_the_newer_for_one(caller: Caller) -> None:
    for door, code in zip(LOOKUPS, ("205", "000", "000", "205"), strict=True):
        assert caller.code(replace(caller.request(door), asked=CARD)) == code


def test_the_history_is_asked_for_in_a_form_alone(caller: Caller) -> None:
    assert caller.code(replace(caller.request("egw/Lskcb2025"), as_json=True)) == "205"


@pytest.mark.parametrize("code", ["402", "500"])
def test_an_account_may_be_made_to_be_refused_a_token(code: str) -> None:
    assert Caller(ketQua={"token": code}).sign_in() == {"maKetQua": code, "APIKey": None}


@pytest.mark.parametrize(
    ("door", "name", "code"),
    [
        (LOOKUPS[0], "eligibility", "100"),
        (LOOKUPS[1], "eligibility", "090"),
        (LOOKUPS[3], "history", "101"),
        (MCCT, "mcct", "500"),
        (FILES[0], "check-in", "403"),
        (FILES[1], "claim", "403"),
        (PAPERS[0], "document", "125"),
        (PAPERS[1], "document", "500"),
    ],
)
def test_any_door_may_be_made_to_answer_any_code(door: str, name: str, code: str) -> None:
    caller = Caller(ketQua={name: code})
    caller.sign_in()
    assert caller.code(caller.request(door)) == code
    assert caller.world.received == []


def test_500_of_the_copayments_means_a_restricted_account_or_a_fault() -> None:
    restricted = Caller()
    restricted.sign_in()
    restricted.world.locked.add("33999_BV")
    failing = Caller(ketQua={"mcct": "500"}, ghiChu={"mcct": "Lỗi hệ thống"})
    failing.sign_in()
    bodies = [one.send(one.request(MCCT)).get_json() for one in (restricted, failing)]
    assert [one["MaKetQua"] for one in bodies] == ["500", "500"]
    assert ["hạn chế" in one["GhiChu"] for one in bodies] == [True, False]
