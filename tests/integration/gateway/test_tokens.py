"""The token endpoint: SMART Backend Services, and nothing that looks like it."""

import base64
import hmac
import json

import pytest
from joserfc.jwk import ECKey, RSAKey

from gateway.services import clients
from gateway.store.database import GATEWAY
from tests.integration.gateway.world import HERE, PUBLIC_URL, World


def encoded(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_registered_client_gets_a_token_for_five_minutes(world: World) -> None:
    answer = world.ask_token(world.assertion("desk"), "system/Claim.rs system/Nonsense.r")
    assert answer.status_code == 200
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 300
    assert answer.json["scope"] == "system/Claim.rs"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_answer_names_the_clients_facility_so_that_a_desk_sees_a_wrong_setting(world: World) -> None:
    assert world.ask_token(world.assertion("desk")).json["facility"] == HERE
    assert "facility" not in world.ask_token(world.assertion("insurer")).json


def test_no_scope_asked_for_grants_all_that_is_registered(world: World) -> None:
    scope = world.ask_token(world.assertion("insurer")).json["scope"]
    assert "system/Claim.rs" in scope.split()
    assert ".c" not in scope


def test_a_client_with_an_rsa_key_signs_rs384(world: World) -> None:
    key = RSAKey.generate_key(2048)
    with world.database.begin(GATEWAY) as session:
        jwk = key.as_dict(private=False)
        added = clients.add(session, "BI", facility=None, public_jwk=jwk, wanted=(), now=world.clock())
    world.keys["bi"] = (added.id, key)
    assert world.ask_token(world.assertion("bi", alg="RS384")).status_code == 200
    assert world.ask_token(world.assertion("bi", alg="RS256")).status_code == 401
    assert world.ask_token(world.assertion("bi", alg="PS384")).status_code == 401


def test_an_assertion_opens_the_door_once(world: World) -> None:
    assertion = world.assertion("desk")
    assert world.ask_token(assertion).status_code == 200
    again = world.ask_token(assertion)
    assert (again.status_code, again.json["error"]) == (401, "invalid_client")
    assert again.json["code"] == "auth.assertion-replayed"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "https://elsewhere.example/auth/token"}, "auth.assertion-invalid"),
        ({"aud": None}, "auth.assertion-invalid"),
        ({"jti": None}, "auth.assertion-invalid"),
        ({"exp": None}, "auth.assertion-invalid"),
        ({"exp": 1_000_000_000}, "auth.assertion-expired"),
        ({"exp": 4_000_000_000}, "auth.assertion-too-long"),
        ({"sub": "another"}, "auth.assertion-invalid"),
        ({"iss": "facility-unknown"}, "auth.client-unknown"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_assertion_that_says_something_else_is_refused(world: World, claims: dict, code: str) -> None:
    answer = world.ask_token(world.assertion("desk", **claims))
    assert (answer.status_code, answer.json["error"], answer.json["code"]) == (401, "invalid_client", code)


def test_an_assertion_signed_by_another_key_is_refused(world: World) -> None:
    answer = world.ask_token(world.assertion("desk", key=ECKey.generate_key("P-384")))
    assert answer.json["code"] == "auth.assertion-invalid"


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256", "RS384"])
def test_no_other_algorithm_is_believed(world: World, alg: str) -> None:
    head, payload, signature = world.assertion("desk").split(".")
    forged_head = encoded({"alg": alg})
    for last in (signature, ""):
        answer = world.ask_token(f"{forged_head}.{payload}.{last}")
        assert answer.json["code"] == "auth.assertion-invalid", head


def test_the_public_key_used_as_a_shared_secret_opens_nothing(world: World) -> None:
    client_id, key = world.keys["desk"]
    said = {"iss": client_id, "sub": client_id, "aud": f"{PUBLIC_URL}/auth/token", "jti": "x", "exp": 2**31}
    signed = f"{encoded({'alg': 'HS384'})}.{encoded(said)}"
    seal = hmac.digest(key.as_pem(private=False), signed.encode(), "sha384")
    forged = f"{signed}.{base64.urlsafe_b64encode(seal).decode().rstrip('=')}"
    assert world.ask_token(forged).json["code"] == "auth.assertion-invalid"


def test_other_grants_and_forms_are_refused_as_oauth_says(world: World) -> None:
    assertion = world.assertion("desk")
    other_grant = world.ask_token(assertion, grant_type="password")
    assert (other_grant.status_code, other_grant.json["error"]) == (400, "unsupported_grant_type")
    other_type = world.ask_token(assertion, client_assertion_type="urn:other")
    assert (other_type.status_code, other_type.json["error"]) == (400, "invalid_request")
    no_scope = world.ask_token(assertion, "system/AuditEvent.r")
    assert (no_scope.status_code, no_scope.json["error"]) == (400, "invalid_scope")


def test_a_token_ends_after_five_minutes(world: World) -> None:
    token = world.token("desk")
    world.clock.pass_(seconds=306)
    answer = world.app.test_client().get("/fhir/Claim", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json["issue"][0]["details"]["coding"][0]["code"] == "auth.token-expired"


def test_a_revoked_client_is_cut_off_at_once(world: World) -> None:
    assert world.get("desk", "/fhir/Claim").status_code == 200
    with world.database.begin(GATEWAY) as session:
        clients.revoke(session, world.keys["desk"][0], now=world.clock())
    assert world.get("desk", "/fhir/Claim").status_code == 401
    assert world.ask_token(world.assertion("desk")).json["code"] == "auth.client-unknown"


def test_a_presence_receipt_is_no_access_token(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.receipt()}"}
    assert world.app.test_client().get("/fhir/Claim", headers=headers).status_code == 401


def test_the_token_endpoint_is_found_through_the_smart_configuration(world: World) -> None:
    for path in ("/fhir/.well-known/smart-configuration", "/.well-known/smart-configuration"):
        found = world.app.test_client().get(path).json
        assert found["token_endpoint"] == f"{PUBLIC_URL}/auth/token"
        assert found["token_endpoint_auth_signing_alg_values_supported"] == ["ES384", "RS384"]


@pytest.mark.parametrize("name", ["iss", "jti"])
@pytest.mark.parametrize("text", ["a\0b", "", "x" * 300, "a\nb"], ids=["nul", "empty", "long", "line-end"])
def test_a_name_that_no_database_can_hold_is_refused(world: World, name: str, text: str) -> None:
    answer = world.ask_token(world.assertion("desk", **{name: text}))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
