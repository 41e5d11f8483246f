"""A small world behind a gateway: two facilities, three members, three clients, a training authority."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from bhyt.r4.eligibility import request_to_fhir
from bhyt.records.dates import PartialDate
from bhyt.records.eligibility import Clerk, EligibilityQuestion
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.samples import SAMPLES
from gateway.services import clients, imports
from gateway.store.database import GATEWAY, Database
from tests.integration.gateway.evidence import evidence

NOW = datetime(2026, 7, 15, 3, 0, tzinfo=UTC)
PUBLIC_URL = "https://gateway.example"
HERE, THERE = "33999", "01999"
MOTHER, EXPIRED, UNKNOWN = "033300000001", "033085000003", "033192000004"
READER, SESSION = "ACS ACR1252 1S CL Reader 00 00", "quay-1/tap-7"
SID = "https://tiepdon.example/fhir/sid"
FHIR = {"Content-Type": "application/fhir+json"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

FACILITIES = [
    "code,name,province,level,former_level,points",
    f"{HERE},Bệnh viện Mẫu,33,basic,provincial,60",
    f"{THERE},Trạm Y tế xã Giả Định,01,primary,commune,20",
]
MEMBERS = [
    "national_id,insurance_number,full_name,birth_date,sex,address,card_number,primary_facility,"
    "valid_from,valid_to,five_years_from,living_area",
    f"{MOTHER},9900000001,NGUYỄN THỊ MẪU THỬ,1995-04-12,female,Thôn Mẫu,DN4339900000001,{HERE},"
    "2026-01-01,2026-12-31,2028-01-01,",
    f"{EXPIRED},9900000003,PHẠM VĂN HẾT HẠN,1985-06-20,male,,GD4339900000003,{HERE},"
    "2025-01-01,2025-06-30,2030-01-01,K1",
    f"033040000002,9900000002,TRẦN VĂN MẪU CỤ,1940-01-15,male,,HT3339900000002,{HERE},2026-01-01,,,",
]


@dataclass
class Clock:
    """A clock that a test moves by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: int) -> None:
        self.now += timedelta(**time)


Clients = dict[str, tuple[str, ECKey | RSAKey]]
"""The clients' ids and private keys by the names that tests give them."""


@dataclass
class World:
    """A gateway app with its clients."""

    app: Flask
    clock: Clock
    authority: TrainingAuthority
    keys: Clients
    count: int = 0
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.app.extensions["gateway"].database

    def assertion(self, name: str, *, key: ECKey | None = None, alg: str = "ES384", **claims: Any) -> str:
        """Sign a client assertion; `claims` change or (None) leave out what it says."""
        client_id, own = self.keys[name]
        self.count += 1
        said = {
            "iss": client_id,
            "sub": client_id,
            "aud": f"{PUBLIC_URL}/auth/token",
            "exp": int(self.clock().timestamp()) + 240,
            "jti": f"jti-{self.count}",
        } | claims
        return jwt.encode(
            {"alg": alg}, {k: v for k, v in said.items() if v is not None}, key or own, algorithms=[alg]
        )

    def ask_token(self, assertion: str, scope: str = "", **form: str) -> TestResponse:
        said = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "scope": scope,
        } | form
        return self.app.test_client().post("/auth/token", data=said)

    def token(self, name: str, scope: str = "") -> str:
        if (name, scope) not in self.tokens:
            answer = self.ask_token(self.assertion(name), scope)
            assert answer.status_code == 200, answer.text
            self.tokens[name, scope] = answer.json["access_token"]
        return self.tokens[name, scope]

    def get(self, name: str, path: str, scope: str = "", **headers: str) -> TestResponse:
        said = {"Authorization": f"Bearer {self.token(name, scope)}"} | headers
        return self.app.test_client().get(path, headers=said)

    def post(
        self, name: str, path: str, body: Mapping[str, Any] | bytes, scope: str = "", **headers: str
    ) -> TestResponse:
        said = {"Authorization": f"Bearer {self.token(name, scope)}"} | FHIR
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else self.app.json.dumps(body).encode()
        return self.app.test_client().post(path, data=data, headers=said)

    def card(self, sample: str = "mau-thu", *, habits: Habits | None = None, **changes: Any) -> IssuedCard:
        return self.authority.issue(replace(SAMPLES[sample], **changes), habits=habits)

    def challenge(self, name: str = "desk", **changes: str) -> dict[str, Any]:
        """Ask for a challenge and return the answer's body."""
        asked = {"reader": READER, "session": SESSION} | changes
        answer = self.post(name, "/presence/challenges", asked, Content_Type="application/json")
        assert answer.status_code == 201, answer.text
        given: dict[str, Any] = answer.json
        return given

    def sign(self, name: str, stated: Mapping[str, Any], *, key: ECKey | None = None, **header: Any) -> bytes:
        """Sign what a desk states; `header` changes or (None) leaves out what the JWS says of itself."""
        own = self.keys[name][1]
        alg = "ES384" if isinstance(own, ECKey) else "RS384"
        said = {"alg": alg, "typ": "presence-evidence+jws"} | header
        said = {name: value for name, value in said.items() if value is not None}
        text = self.app.json.dumps(stated)
        return jws.serialize_compact(said, text, key or own, algorithms=[str(said["alg"])]).encode()

    def stated(
        self, card: IssuedCard, challenge: Mapping[str, Any] | None = None, **changes: Any
    ) -> dict[str, Any]:
        """Return what an honest desk states of a card that answers this challenge."""
        nonce = base64.b64decode(challenge["nonce"]) if challenge else None
        self.count += 1
        return {
            "jti": f"statement-{self.count}",
            "aud": PUBLIC_URL,
            "iat": int(self.clock().timestamp()),
            "challenge": challenge["challenge"] if challenge else None,
            "reader": READER,
            "session": SESSION,
            "evidence": evidence(card, nonce=nonce),
            "legal_basis": None,
            "timing": {"active_ms": 41.5},
        } | changes

    def state(self, name: str, stated: Mapping[str, Any] | bytes, **headers: str) -> TestResponse:
        """Post a statement, signed by the desk unless it comes signed."""
        body = stated if isinstance(stated, bytes) else self.sign(name, stated)
        return self.post(name, "/presence", body, Content_Type="application/jose", **headers)

    def prove(self, name: str = "desk", card: IssuedCard | None = None, **changes: Any) -> TestResponse:
        """Tap a card under a fresh challenge."""
        return self.state(name, self.stated(card or self.card(), self.challenge(name), **changes))

    def receipt(
        self, name: str = "desk", sample: str = "mau-thu", *, proven: bool = True, **changes: Any
    ) -> str:
        card = self.card(sample, **changes)
        answer = self.prove(name, card) if proven else self.state(name, self.stated(card))
        assert answer.status_code == 201, answer.text
        receipt: str = answer.json["receipt"]
        return receipt

    def check_in(self, name: str = "desk", visit: str = "LK-1", **changes: Any) -> TestResponse:
        """Tap the mother's card and store a check-in that consumes the receipt."""
        facility = THERE if name == "elsewhere" else HERE
        body = encounter(visit, facility=facility, receipt=self.receipt(name)) | changes
        return self.post(name, "/fhir/Encounter", body)


def prepare(database: Database, folder: Path) -> Clients:
    """Load the register and add the clients `desk`, `elsewhere` and `insurer`."""
    (folder / "facilities.csv").write_text("\n".join(FACILITIES), encoding="utf-8")
    (folder / "members.csv").write_text("\n".join(MEMBERS), encoding="utf-8")
    keys: Clients = {}
    with database.begin(GATEWAY) as session:
        imports.import_facilities(session, folder / "facilities.csv")
        imports.import_members(session, folder / "members.csv", now=NOW)
        for name, facility in (
            ("desk", HERE),
            ("second-desk", HERE),
            ("elsewhere", THERE),
            ("insurer", None),
        ):
            key = ECKey.generate_key("P-384")
            jwk = key.as_dict(private=False)
            added = clients.add(session, name, facility=facility, public_jwk=jwk, wanted=(), now=NOW)
            keys[name] = (added.id, key)
    return keys


def patient(national_id: str = MOTHER) -> dict[str, Any]:
    return {"type": "Patient", "identifier": {"system": f"{SID}/vn-cccd", "value": national_id}}


def organization(code: str = HERE) -> dict[str, Any]:
    return {"type": "Organization", "identifier": {"system": f"{SID}/vn-facility-bhxh", "value": code}}


def claim(visit: str = "LK-1", *, facility: str = HERE, national_id: str = MOTHER) -> dict[str, Any]:
    """A small valid R4 Claim."""
    return {
        "resourceType": "Claim",
        "identifier": [{"system": f"{SID}/vn-ma-lk", "value": visit}],
        "status": "active",
        "type": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "institutional"}
            ]
        },
        "use": "claim",
        "patient": patient(national_id),
        "billablePeriod": {"start": "2026-07-14T08:00:00+07:00", "end": "2026-07-14T10:30:00+07:00"},
        "created": "2026-07-14T11:00:00+07:00",
        "provider": organization(facility),
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [
            {
                "sequence": 1,
                "focal": True,
                "coverage": {
                    "identifier": {"system": f"{SID}/vn-bhyt-card", "value": "DN4339900000001"},
                },
            }
        ],
    }


def encounter(
    visit: str = "LK-1", *, facility: str = HERE, national_id: str = MOTHER, receipt: str | None = None
) -> dict[str, Any]:
    """A small valid R4 Encounter of a check-in."""
    body: dict[str, Any] = {
        "resourceType": "Encounter",
        "identifier": [{"system": f"{SID}/vn-ma-lk", "value": visit}],
        "status": "arrived",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": patient(national_id),
        "period": {"start": "2026-07-15T09:00:00+07:00"},
        "serviceProvider": organization(facility),
    }
    if receipt is not None:
        url = "https://tiepdon.example/fhir/StructureDefinition/presence-receipt"
        body["extension"] = [{"url": url, "valueString": receipt}]
    return body


def question(
    *,
    facility: str = HERE,
    national_id: str | None = MOTHER,
    name: str | None = "NGUYỄN THỊ MẪU THỬ",
    birth_date: str | None = "1995-04-12",
    receipt: str | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """An eligibility question as a desk asks it; `changes` are those of the record."""
    asked: dict[str, Any] = {
        "national_id": national_id,
        "insurance_number": None,
        "card_number": None,
        "full_name": name,
        "birth_date": PartialDate.from_fhir(birth_date) if birth_date else None,
        "sex": None,
        "facility": facility,
        "service_date": date(2026, 7, 15),
        "asked_by": Clerk("LÊ THỊ TIẾP ĐÓN", "033190000009"),
        "presence_receipt": receipt,
        "entered_by": "chip" if receipt else "typed",
    }
    return request_to_fhir(EligibilityQuestion(**asked | changes))


def codes(answer: TestResponse) -> list[str]:
    """The failure codes of an OperationOutcome."""
    return [issue["details"]["coding"][0]["code"] for issue in answer.json["issue"]]
