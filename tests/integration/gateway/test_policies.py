"""Every route x {no token, wrong scope, another facility, insurer}; a route without a policy fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gateway.app import add_doors
from gateway.domain.scopes import GRANTABLE
from gateway.errors import SetupError
from gateway.routes.policies import EACH_ENTRY, POLICIES, TYPE_IN_PATH, require_complete
from gateway.services.reading import READABLE
from gateway.store.records import TABLES
from gateway.store.search.parameters import PARAMETERS
from tests.integration.gateway.deaths import death
from tests.integration.gateway.evidence import evidence
from tests.integration.gateway.world import (
    HERE,
    MOTHER,
    READER,
    SESSION,
    SID,
    World,
    claim,
    codes,
    encounter,
    question,
)

PATIENT = {
    "resourceType": "Patient",
    "identifier": [{"system": f"{SID}/vn-cccd", "value": MOTHER}],
    "managingOrganization": {"identifier": {"system": f"{SID}/vn-facility-bhxh", "value": HERE}},
}
COVERAGE = {
    "resourceType": "Coverage",
    "identifier": [{"system": f"{SID}/vn-bhyt-card", "value": "DN4339900000001"}],
    "status": "active",
    "beneficiary": {"identifier": {"system": f"{SID}/vn-cccd", "value": MOTHER}},
    "payor": [{"display": "Bảo hiểm xã hội Việt Nam"}],
}
BODIES: dict[str, dict[str, Any]] = {
    "Claim": claim(),
    "Encounter": encounter(),
    "Bundle": death(),
    "Patient": PATIENT,
    "Coverage": COVERAGE,
}
KEYED = {
    "fhir_history.versions": sorted(TABLES),
    "fhir_history.version": sorted(TABLES),
    "fhir_history.only_version": ["Binary"],
}
NO_FACILITY_OF_ITS_OWN = {"Coverage"}


def doors() -> Iterator[tuple[str, str, str]]:
    """Every (endpoint, method, path) with the types of its path filled in."""
    app = Flask("gateway", static_folder=None)
    add_doors(app)
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for path in paths(rule):
                yield rule.endpoint, method, path


def paths(rule: Rule) -> Iterator[str]:
    if "challenge_id" in rule.arguments:
        yield "/presence/challenges/019f0000-0000-7000-8000-000000000000/chip"
        return
    if "resource_type" not in rule.arguments:
        yield rule.rule
        return
    behind = rule.rule.partition("<key>")[2].replace("<version>", "1")
    types = tuple(PARAMETERS) if "key" not in rule.arguments else KEYED.get(rule.endpoint, READABLE)
    for name in types:
        key = "/33999" if name == "Organization" else "/019f0000-0000-7000-8000-000000000000"
        yield f"/fhir/{name}" + (f"{key}{behind}" if "key" in rule.arguments else "")


DOORS = list(doors())
GUARDED = [door for door in DOORS if POLICIES[door[0]].resource is not None]


def body_for(world: World, endpoint: str, path: str) -> dict[str, Any]:
    match endpoint:
        case "chip.challenge":
            return {"reader": READER, "session": SESSION}
        case "chip.question":
            card = world.card()
            return {"evidence": evidence(card, dg14=card.files[14], dg15=None)}
        case "fhir_write.submit_eligibility":
            return question()
        case "fhir_write.bundle":
            request = {"method": "POST", "url": "Claim"}
            entry = {"resource": claim(), "request": request}
            return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        case "cancellations.cancel":
            return {"kind": "claim", "key": "LK-1", "reason": "resubmitted"}
        case _:
            return BODIES[path.removeprefix("/fhir/")]


def ask(world: World, name: str, door: tuple[str, str, str], scope: str = "") -> TestResponse:
    endpoint, method, path = door
    if method == "GET":
        return world.get(name, path, scope)
    if endpoint == "chip.prove":
        signed = world.sign(name, world.stated(world.card()))
        return world.post(name, path, signed, scope, Content_Type="application/jose")
    media_type = "application/fhir+json" if path.startswith("/fhir") else "application/json"
    return world.post(name, path, body_for(world, endpoint, path), scope, Content_Type=media_type)


def right(door: tuple[str, str, str]) -> tuple[str, str]:
    policy = POLICIES[door[0]]
    names = {TYPE_IN_PATH: door[2].split("/")[2] if door[2].count("/") > 1 else "", EACH_ENTRY: "Claim"}
    return names.get(policy.resource or "", policy.resource or ""), policy.verb


def test_a_route_without_a_policy_stops_the_gateway() -> None:
    app = Flask("gateway", static_folder=None)
    app.add_url_rule("/secret", "secret", lambda: "")
    with pytest.raises(SetupError, match="secret"):
        require_complete(app)


@pytest.mark.parametrize("door", GUARDED, ids=str)
def test_without_a_token_no_door_opens(standing_world: World, door: tuple[str, str, str]) -> None:
    _, method, path = door
    for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eA=="}):
        answer = standing_world.app.test_client().open(path, method=method, headers=headers, json={})
        assert answer.status_code == 401
        assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("door", GUARDED, ids=str)
def test_with_another_scope_no_door_opens(standing_world: World, door: tuple[str, str, str]) -> None:
    resource, verb = right(door)
    others = " ".join(
        f"system/{name}.{letter}"
        for name, letters in GRANTABLE["facility"].items()
        for letter in letters
        if (name, letter) != (resource, verb)
    )
    answer = ask(standing_world, "desk", door, others)
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


@pytest.mark.parametrize("door", GUARDED, ids=str)
def test_another_facility_meets_what_the_policy_says(world: World, door: tuple[str, str, str]) -> None:
    endpoint, _, path = door
    kind = path.split("/")[2] if path.count("/") > 1 else ""
    expected: dict[str, Callable[[TestResponse], bool]] = {
        "not-found": lambda answer: answer.status_code == 404 or kind == "Organization",
        "left-out": lambda answer: answer.status_code == 200 and answer.json["entry"] == [],
        "refused": lambda answer: answer.status_code == 403 or kind in NO_FACILITY_OF_ITS_OWN,
        "unknown": lambda answer: (
            (answer.status_code, answer.json["code"]) == (422, "presence.challenge-unknown")
        ),
        "own-name-only": lambda answer: answer.status_code == 201,
    }
    if endpoint == "chip.question":
        path = path.replace("019f0000-0000-7000-8000-000000000000", world.challenge("desk")["challenge"])
        assert ask(world, "desk", (endpoint, "POST", path)).status_code == 201
        door = (endpoint, "POST", path)
    if kind in BODIES and POLICIES[endpoint].verb in "rs":
        stored = world.post("desk", f"/fhir/{kind}", BODIES[kind])
        assert stored.status_code == 201, stored.text
        if POLICIES[endpoint].verb == "r":
            address = stored.headers["Location"].removeprefix("https://gateway.example")
            newest = address.split("/_history")[0]
            behind = "/_history" + path.partition("/_history")[2] if "/_history" in path else ""
            door = (endpoint, "GET", newest + behind)
            assert ask(world, "desk", door).status_code == 200
    answer = ask(world, "elsewhere", door)
    assert expected[POLICIES[endpoint].others](answer), answer.text


@pytest.mark.parametrize("door", GUARDED, ids=str)
def test_the_insurer_reads_and_searches_and_writes_nothing(
    standing_world: World, door: tuple[str, str, str]
) -> None:
    answer = ask(standing_world, "insurer", door)
    if POLICIES[door[0]].verb == "c":
        assert (answer.status_code, answer.content_type.split(";")[0]) in {
            (403, "application/fhir+json"),
            (403, "application/problem+json"),
        }
    else:
        assert answer.status_code in {200, 404}
        if answer.status_code == 404:
            assert codes(answer) == ["request.not-found"]


def test_the_open_doors_are_these_and_no_others() -> None:
    assert {path for endpoint, _, path in DOORS if POLICIES[endpoint].resource is None} == {
        "/healthz",
        "/readyz",
        "/auth/token",
        "/.well-known/smart-configuration",
        "/fhir/.well-known/smart-configuration",
        "/fhir/metadata",
    }
