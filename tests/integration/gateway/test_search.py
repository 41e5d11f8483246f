"""Search: the parameters of the first set, paging by a sealed cursor, strictness."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from bhyt.parsing import parse as read
from gateway.store.bodies import pack
from tests.integration.gateway.deaths import death
from tests.integration.gateway.world import (
    HERE,
    MOTHER,
    SID,
    THERE,
    UNKNOWN,
    World,
    claim,
    codes,
    encounter,
)

CREATED = "2026-07-14T11:00:00+07:00"


@pytest.fixture
def stocked(world: World) -> World:
    """Three claims, a check-in and a death document."""
    world.post("desk", "/fhir/Claim", claim("LK-1"))
    world.clock.pass_(minutes=1)
    world.post("desk", "/fhir/Claim", claim("LK-2") | {"created": "2026-06-30"})
    other = claim("LK-3", national_id=UNKNOWN) | {"insurance": claim()["insurance"]}
    other["insurance"][0]["coverage"] = {"display": "khác"}
    world.clock.pass_(minutes=1)
    assert world.post("desk", "/fhir/Claim", other | {"status": "draft"}).status_code == 201
    world.post("desk", "/fhir/Encounter", encounter("LK-1"))
    world.post("desk", "/fhir/Bundle", death())
    return world


def visits(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(entry["resource"]["identifier"][0]["value"] for entry in answer.json["entry"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["LK-1", "LK-2", "LK-3"]),
        (f"identifier={SID}/vn-ma-lk|LK-1", ["LK-1"]),
        ("identifier=LK-1,LK-3", ["LK-1", "LK-3"]),
        (f"identifier={SID}/vn-cccd|LK-1", []),
        (f"patient.identifier={SID}/vn-cccd|{MOTHER}", ["LK-1", "LK-2"]),
        (f"patient:identifier={MOTHER}", ["LK-1", "LK-2"]),
        ("patient.identifier=9900000001", ["LK-1", "LK-2"]),
        (f"patient.identifier={SID}/vn-bhyt-card|DN4339900000001", ["LK-1", "LK-2"]),
        (f"provider=Organization/{HERE}", ["LK-1", "LK-2", "LK-3"]),
        (f"provider={THERE}", []),
        (f"provider.identifier={SID}/vn-facility-bhxh|{HERE}", ["LK-1", "LK-2", "LK-3"]),
        ("status=draft", ["LK-3"]),
        ("status=active&use=claim", ["LK-1", "LK-2"]),
        ("use=preauthorization", []),
        ("created=2026-06-30", ["LK-2"]),
        ("created=2026-07", ["LK-1", "LK-3"]),
        ("created=ge2026-07-14&created=lt2026-07-15", ["LK-1", "LK-3"]),
        ("created=lt2026-07-01", ["LK-2"]),
        ("created=gt2026-06-30", ["LK-1", "LK-3"]),
        ("created=le2026-06-30", ["LK-2"]),
        ("created=ne2026-06-30", ["LK-1", "LK-3"]),
        ("created=sa2026-07-14", []),
        ("created=eb2026-07-14", ["LK-2"]),
        ("created=eq2026-07-14T04:00:00Z", ["LK-1", "LK-3"]),
        ("_lastUpdated=ge2026-07-15T03:01:00Z", ["LK-2", "LK-3"]),
        ("_lastUpdated=lt2026-07-15T03:01:00Z", ["LK-1"]),
        ("_lastUpdated=2026-07-15", ["LK-1", "LK-2", "LK-3"]),
        ("_id=018f0000-0000-7000-8000-000000000000", []),
        ("created=9999", []),
        ("created=lt9999-12-31T23:59:59.999Z", ["LK-1", "LK-2", "LK-3"]),
        ("created=ge0001-01-02", ["LK-1", "LK-2", "LK-3"]),
        ("_id=nonsense", []),
    ],
)
def test_claims_are_found_by(stocked: World, query: str, expected: list[str]) -> None:
    assert visits(stocked.get("insurer", f"/fhir/Claim?{query.replace('+', '%2B')}")) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Encounter?identifier=LK-1", 1),
        ("Encounter?date=2026-07-15", 1),
        ("Encounter?date=lt2026-07-15", 0),
        (f"Encounter?patient.identifier={MOTHER}", 1),
        (f"Encounter?subject:identifier={MOTHER}", 1),
        (f"Encounter?service-provider=Organization/{HERE}", 1),
        (f"Bundle?identifier={SID}/vn-gbt|GBT-1", 1),
        ("Bundle?type=document&kind=death", 1),
        ("Bundle?type=batch", 0),
        ("Bundle?kind=birth", 0),
        ("Bundle?composition.type=http://loinc.org|64297-5", 1),
        ("Bundle?composition.type=birth-certificate", 0),
        (f"Bundle?patient.identifier={MOTHER}", 1),
        ("Bundle?timestamp=2026-07-15", 1),
        (f"Patient?identifier={SID}/vn-cccd|{MOTHER}", 1),
        ("Patient?identifier=9900000001", 1),
        (f"Coverage?identifier={SID}/vn-bhyt-card|DN4339900000001", 1),
        ("Coverage?subscriberid=9900000001", 1),
        (f"Coverage?beneficiary:identifier={MOTHER}", 1),
    ],
)
def test_the_other_types_are_found_by(stocked: World, path: str, expected: int) -> None:
    answer = stocked.get("insurer", f"/fhir/{path}")
    assert answer.status_code == 200, answer.text
    assert len(answer.json["entry"]) == expected


def test_claims_and_covers_are_found_by_a_patient_of_the_register(stocked: World) -> None:
    found = stocked.get("insurer", f"/fhir/Patient?identifier={MOTHER}").json["entry"][0]["resource"]["id"]
    assert visits(stocked.get("insurer", f"/fhir/Claim?patient=Patient/{found}")) == ["LK-1", "LK-2"]
    assert visits(stocked.get("insurer", f"/fhir/Claim?patient={found}")) == ["LK-1", "LK-2"]
    assert len(stocked.get("insurer", f"/fhir/Coverage?beneficiary=Patient/{found}").json["entry"]) == 1
    assert visits(stocked.get("elsewhere", f"/fhir/Claim?patient=Patient/{found}")) == []


def test_pages_follow_each_other_to_the_end_without_a_gap(world: World) -> None:
    for number in range(5):
        world.clock.now += timedelta(days=20)
        world.tokens.clear()
        world.post("desk", "/fhir/Claim", claim(f"LK-{number}"))
    seen: list[str] = []
    path, pages = "/fhir/Claim?_count=2&nonsense=1", 0
    while path:
        page = world.get("desk", path).json
        seen += [entry["resource"]["identifier"][0]["value"] for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        assert "nonsense" not in links["self"]
        path = links.get("next", "").removeprefix("https://gateway.example")
        pages += 1
    assert seen == ["LK-4", "LK-3", "LK-2", "LK-1", "LK-0"]
    assert pages == 3


def test_pages_of_two_sources_merge_without_a_gap(world: World) -> None:
    own = {"resourceType": "Patient", "identifier": [{"system": f"{SID}/vn-cccd", "value": UNKNOWN}]}
    world.post("desk", "/fhir/Patient", own)
    seen = []
    path = "/fhir/Patient?_count=1"
    while path:
        page = world.get("insurer", path).json
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        path = links.get("next", "").removeprefix("https://gateway.example")
    assert len(seen) == len(set(seen)) == 4


def test_a_cursor_is_good_for_its_search_and_its_client_only(world: World) -> None:
    for number in range(3):
        world.post("desk", "/fhir/Claim", claim(f"LK-{number}"))
    page = world.get("desk", "/fhir/Claim?_count=1&status=active").json
    path = page["link"][1]["url"].removeprefix("https://gateway.example")
    assert world.get("desk", path).status_code == 200
    for changed in (path.replace("active", "draft"), path[:-3] + "AAA", path + "A", "/fhir/Claim?_cursor=x"):
        answer = world.get("desk", changed)
        assert (answer.status_code, codes(answer)) == (400, ["request.cursor"])
    assert codes(world.get("second-desk", path)) == ["request.cursor"]


def test_an_unknown_parameter_is_refused_only_under_strict_handling(world: World) -> None:
    assert world.get("desk", "/fhir/Claim?colour=red").status_code == 200
    answer = world.get("desk", "/fhir/Claim?colour=red", Prefer="handling=strict")
    assert (answer.status_code, codes(answer)) == (400, ["request.search-parameter"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("created=yesterday", "request.search-value"),
        ("created=2026-02-30", "request.search-value"),
        ("created=0001", "request.search-value"),
        ("created=ap2026", "request.search-value"),
        ("_count=0", "request.search-value"),
        ("_count=-1", "request.search-value"),
        ("_count=x", "request.search-value"),
        ("identifier=", "request.search-value"),
        ("identifier=%00", "request.search-value"),
        ("patient:missing=true", "request.search-modifier"),
        ("status:not=active", "request.search-modifier"),
    ],
)
def test_a_value_or_modifier_that_is_none_is_refused(world: World, query: str, code: str) -> None:
    answer = world.get("desk", f"/fhir/Claim?{query}")
    assert (answer.status_code, codes(answer)) == (400, [code])


@pytest.mark.parametrize("value", ["' OR 1=1 --", '"; DROP TABLE claim; --', "%25", "_", "\\"])
def test_sql_is_only_text(stocked: World, value: str) -> None:
    assert visits(stocked.get("desk", f"/fhir/Claim?identifier={value}")) == []
    assert len(stocked.get("desk", "/fhir/Claim").json["entry"]) == 3


def test_a_sum_beyond_eighteen_digits_is_refused_and_its_neighbors_are_stored(world: World) -> None:
    endless = claim("LK-9") | {"total": {"value": 10**25, "currency": "VND"}}
    entries = [
        {"resource": one, "request": {"method": "POST", "url": "Claim"}} for one in (endless, claim("LK-1"))
    ]
    answer = world.post("desk", "/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entries})
    assert [item["response"]["status"] for item in answer.json["entry"]] == ["422", "201 Created"]
    issue = answer.json["entry"][0]["response"]["outcome"]["issue"][0]
    assert issue["details"]["coding"][0]["code"] == "fhir.out-of-range"
    assert issue["expression"] == ["Claim.total.value"]
    largest = claim("LK-10") | {"total": {"value": 10**18 - 1, "currency": "VND"}}
    assert world.post("desk", "/fhir/Claim", largest).status_code == 201
    assert visits(world.get("insurer", "/fhir/Claim")) == ["LK-1", "LK-10"]


def test_an_integer_beyond_64_bits_that_was_stored_is_served_as_it_stands(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim("LK-1"))
    store_body(
        world,
        b'{"resourceType":"Claim","identifier":[{"value":"LK-1"}],"total":{"value":1' + b"0" * 25 + b"}}",
    )
    answer = world.get("insurer", "/fhir/Claim")
    assert visits(answer) == ["LK-1"]
    assert read(answer.data)["entry"][0]["resource"]["total"]["value"] == Decimal(10**25)


def test_a_record_that_cannot_be_read_back_spoils_no_other_on_its_page(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim("LK-1"))
    store_body(world, None)
    world.clock.pass_(minutes=1)
    world.post("desk", "/fhir/Claim", claim("LK-2"))
    found = world.get("insurer", "/fhir/Claim")
    assert found.status_code == 200, found.text
    good, bad = found.json["entry"]
    assert good["resource"]["identifier"][0]["value"] == "LK-2"
    assert bad["search"] == {"mode": "outcome"}
    assert codes_of(bad["resource"]) == ["gateway.record-unreadable"]


def store_body(world: World, body: bytes | None) -> None:
    """Put other bytes, or no bytes that can be unpacked, into the one stored claim, as its owner can."""
    with world.database.engine.begin() as connection:
        walls = connection.dialect.name == "postgresql"  # which hold back the owner of the table too
        if walls:
            connection.execute(text("ALTER TABLE claim NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER"))
        changed = {"body": pack(body) if body else b"nonsense"}
        connection.execute(text("UPDATE claim SET body = :body"), changed)
        if walls:
            connection.execute(text("ALTER TABLE claim FORCE ROW LEVEL SECURITY, ENABLE TRIGGER USER"))


def codes_of(outcome: dict) -> list[str]:
    return [issue["details"]["coding"][0]["code"] for issue in outcome["issue"]]
