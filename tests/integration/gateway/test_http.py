"""What every answer has in common, and what bad requests get: an OperationOutcome, never a 5xx."""

import json
import logging
from typing import Any

import pytest
from sqlalchemy import func, select

from failures import failure
from gateway.store.database import Caller
from gateway.store.tables_records import Claim
from tests.integration.gateway.world import FHIR, HERE, MOTHER, PUBLIC_URL, World, claim, codes, question


def posted(world: World, data: bytes, content_type: str = "application/fhir+json", path: str = "/fhir/Claim"):
    headers = {"Authorization": f"Bearer {world.token('desk')}", "Content-Type": content_type}
    return world.app.test_client().post(path, data=data, headers=headers)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "fhir.malformed-json"),
        (b"{", 400, "fhir.malformed-json"),
        (b"[]", 400, "fhir.not-an-object"),
        (b"\xff\xfe", 400, "fhir.invalid-utf8"),
        (b'{"resourceType":"Claim","resourceType":"Claim"}', 400, "fhir.duplicate-key"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, 400, "fhir.too-deep"),
        (b"[" * 100_000, 400, "fhir.too-deep"),
        (b'{"resourceType":"Claim","x":1e999999}', 400, "fhir.number-out-of-range"),
        (b'{"resourceType":"Claim","id":"\\u0000"}', 400, "request.malformed"),
        (b'{"resourceType":"Patient"}', 400, "request.malformed"),
        (b'{"resourceType":"Claim"}', 422, "fhir.missing-element"),
        (b" " * (10 * 1024 * 1024 + 1), 413, "request.too-large"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_body_that_is_no_claim_is_refused_with_an_outcome(
    world: World, data: bytes, status: int, code: str
) -> None:
    answer = posted(world, data)
    assert answer.status_code == status
    assert answer.content_type == "application/fhir+json; charset=utf-8"
    assert codes(answer)[0] == code
    with world.database.begin(Caller("facility", "any", HERE)) as session:
        assert session.scalar(select(func.count()).select_from(Claim)) == 0


def test_a_refusal_says_what_to_do_in_vietnamese_and_in_english(world: World) -> None:
    issue = world.app.test_client().get("/fhir/Claim").json["issue"][0]
    words = failure("auth.no-token")
    assert issue["details"]["coding"][0] == {
        "system": "https://tiepdon.example/fhir/CodeSystem/failure",
        "code": "auth.no-token",
        "display": words.message.en,
    }
    assert issue["details"]["text"] == f"{words.message.vi} {words.remedy.vi}"
    assert issue["diagnostics"].startswith(f"{words.message.en} {words.remedy.en}")
    assert (issue["severity"], issue["code"]) == ("error", "login")


def test_each_fault_of_a_resource_is_named_with_its_place(world: World) -> None:
    answer = world.post("desk", "/fhir/Claim", claim() | {"status": "nonsense", "created": "2026-02-30"})
    assert answer.status_code == 422
    found = {issue["expression"][0]: issue["code"] for issue in answer.json["issue"]}
    assert found == {"Claim.status": "code-invalid", "Claim.created": "value"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/fhir/Nonsense", 404, "request.no-such-route"),
        ("GET", "/fhir/Claim/1/2/3", 404, "request.no-such-route"),
        ("DELETE", "/fhir/Claim", 405, "request.method"),
        ("POST", "/fhir/Binary", 404, "request.no-such-route"),
        ("GET", "/fhir", 405, "request.method"),
        ("GET", "/fhir/Claim/nonsense", 404, "request.not-found"),
        ("GET", "/fhir/Organization/00000", 404, "request.not-found"),
    ],
)
def test_what_is_not_served_is_an_outcome_too(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {world.token('desk')}"}
    answer = world.app.test_client().open(path, method=method, headers=headers)
    assert (answer.status_code, codes(answer)) == (status, [code])


def test_only_json_comes_in_and_goes_out(world: World) -> None:
    assert codes(posted(world, b"<Claim/>", "application/fhir+xml")) == ["request.media-type"]
    assert posted(world, b"<Claim/>", "application/fhir+xml").status_code == 415
    for headers in ({"Accept": "application/fhir+xml"}, {"Accept": "text/html"}):
        assert world.get("desk", "/fhir/Claim", **headers).status_code == 406
    assert world.get("desk", "/fhir/Claim?_format=xml").status_code == 406
    for accept in ("application/fhir+json", "application/json", "*/*"):
        assert world.get("desk", "/fhir/Claim", Accept=accept).status_code == 200


def test_elsewhere_a_refusal_is_a_problem_document(world: World) -> None:
    answer = world.app.test_client().get("/nonsense")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert answer.json["code"] == "request.no-such-route"
    assert answer.json["detail_en"] == failure("request.no-such-route").remedy.en
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_an_unknown_error_says_its_request_id_and_nothing_more(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"secret of {MOTHER}")

    monkeypatch.setattr("gateway.services.searching.search", broken)
    answer = world.get("desk", "/fhir/Claim")
    assert answer.status_code == 500
    assert codes(answer) == ["gateway.internal"]
    assert answer.headers["X-Request-Id"] in answer.json["issue"][0]["diagnostics"]
    output = capsys.readouterr()
    assert MOTHER not in answer.text + output.out + output.err


def test_every_answer_names_its_request_and_a_training_gateway_itself(world: World) -> None:
    answer = world.app.test_client().get("/healthz", headers={"X-Request-Id": "abc-1"})
    assert answer.headers["X-Request-Id"] == "abc-1"
    assert answer.headers["X-Tiepdon-Training"] == "true"
    forged = world.app.test_client().get("/healthz", headers={"X-Request-Id": "a b"})
    assert len(forged.headers["X-Request-Id"]) == 36


def test_a_training_gateway_marks_every_resource(world: World) -> None:
    created = world.post("desk", "/fhir/Claim", claim())
    path = created.headers["Location"].removeprefix(PUBLIC_URL).split("/_history")[0]
    found = world.get("insurer", "/fhir/Patient").json["entry"][0]["resource"]
    for resource in (created.json, world.get("desk", path).json, found):
        assert [tag["code"] for tag in resource["meta"]["security"]] == ["HTEST"]


def test_the_log_names_no_person(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    world.post("desk", "/fhir/Claim", claim())
    world.get("insurer", f"/fhir/Claim?patient.identifier={MOTHER}")
    world.get("insurer", f"/fhir/Claim?patient.identifier={MOTHER}&created=nonsense")
    output = capsys.readouterr()
    assert "/fhir/" in output.out
    assert MOTHER not in output.out + output.err


def test_the_capability_statement_lists_what_the_routes_serve(world: World) -> None:
    statement = world.app.test_client().get("/fhir/metadata").json
    assert statement["fhirVersion"] == "4.0.1"
    served = {
        (resource["type"], interaction["code"])
        for resource in statement["rest"][0]["resource"]
        for interaction in resource.get("interaction", [])
    }
    client = world.app.test_client()
    headers = {"Authorization": f"Bearer {world.token('desk')}"} | FHIR
    for name in {name for name, _ in served}:
        for code, method, path in (
            ("read", "GET", f"/fhir/{name}/x"),
            ("search-type", "GET", f"/fhir/{name}"),
            ("create", "POST", f"/fhir/{name}"),
        ):
            answer = client.open(path, method=method, headers=headers, data=json.dumps({}))
            routed = answer.status_code != 405 and "request.no-such-route" not in answer.text
            assert routed == ((name, code) in served), (name, code)


def test_ready_means_that_the_database_answers(world: World) -> None:
    assert world.app.test_client().get("/readyz").json == {"status": "ready", "worker": "none"}


@pytest.mark.parametrize("path", ["/fhir/Organization/%00", "/fhir/Claim/%00", "/fhir/Binary/%00"])
def test_an_id_that_no_database_can_hold_is_not_found(world: World, path: str) -> None:
    answer = world.get("insurer", path)
    assert (answer.status_code, codes(answer)) == (404, ["request.not-found"])


@pytest.mark.parametrize("value", ["gt9999-12-31", "gt9999", "9999-12"])
def test_the_last_day_there_is_can_be_searched_for(world: World, value: str) -> None:
    assert world.get("insurer", f"/fhir/Claim?created={value}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Bundle", "type": []},
        {"resourceType": [], "type": "batch"},
        {"resourceType": "Bundle", "type": {"a": "batch"}},
        {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [
                {"resource": {"resourceType": ["Claim"]}, "request": {"method": "POST", "url": ["Claim"]}}
            ],
        },
    ],
    ids=["list-type", "list-resource-type", "object-type", "list-url"],
)
def test_a_bundle_with_a_list_where_a_word_belongs_is_refused(world: World, body: dict[str, Any]) -> None:
    assert world.post("desk", "/fhir", body).status_code == 400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": [1.5]}, "fhir.wrong-type"),
        ({"resourceType": ["x"]}, "fhir.unknown-type"),
        ({"invented": True}, "fhir.unknown-element"),
    ],
    ids=["purpose", "no-type", "unknown-element"],
)
def test_a_question_that_is_no_valid_r4_is_refused(world: World, changes: dict[str, Any], code: str) -> None:
    answer = world.post("desk", "/fhir/CoverageEligibilityRequest/$submit", question() | changes)
    assert answer.status_code == 422
    assert code in codes(answer)


@pytest.mark.parametrize("entries", [5, [5], [{}], {"a": 1}], ids=["number", "numbers", "empty", "object"])
def test_a_bundle_without_one_question_is_refused(world: World, entries: object) -> None:
    asked = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    answer = world.post("desk", "/fhir/CoverageEligibilityRequest/$submit", asked)
    assert (answer.status_code, codes(answer)) == (400, ["request.bundle"])
