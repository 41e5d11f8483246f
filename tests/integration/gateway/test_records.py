"""Records: stored once, with their originals, all or none, the bytes as they came."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bhyt.national import read_file
from bhyt.r4.bundle import submission
from bhyt.r4.wire import write
from gateway.store.bodies import unpack
from gateway.store.database import Caller
from gateway.store.tables_records import Claim, Original, RecordKey, Resource
from tests.integration.gateway.world import HERE, World, claim, codes, encounter

SAMPLES = Path(__file__).parents[2] / "data" / "national"
DESK = Caller("facility", "any", HERE)


def count(world: World, table: Any) -> int | None:
    with world.database.begin(DESK) as session:
        return session.scalar(select(func.count()).select_from(table))


def submissions(name: str) -> list[dict[str, Any]]:
    """The transactions that a hospital sends of one of the national sample files."""
    data = (SAMPLES / name).read_bytes()
    records = read_file(data).records
    return [submission(record, data, file_name=name, media_type="application/xml") for record in records]


def test_the_same_claim_again_is_answered_with_the_first_receipt(world: World) -> None:
    first = world.post("desk", "/fhir/Claim", claim())
    again = world.post("desk", "/fhir/Claim", claim() | {"id": "x", "meta": {"versionId": "9"}})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["Location"] == again.headers["Location"]
    assert count(world, Claim) == 1


def test_the_same_key_with_other_content_is_a_conflict(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim())
    answer = world.post("desk", "/fhir/Claim", claim() | {"created": "2026-07-15"})
    assert (answer.status_code, codes(answer)) == (409, ["record.conflict"])
    assert count(world, Claim) == 1


def test_two_facilities_may_use_the_same_key(world: World) -> None:
    assert world.post("desk", "/fhir/Claim", claim()).status_code == 201
    assert world.post("elsewhere", "/fhir/Claim", claim(facility="01999")).status_code == 201


def test_the_bytes_as_received_are_kept_and_decimals_served_as_sent(world: World) -> None:
    body = claim() | {"total": "@"}
    sent = write(body).replace(b'"@"', b'{"value": 1250.500,  "currency": "VND"}')
    answer = world.post("desk", "/fhir/Claim", sent)
    with world.database.begin(DESK) as session:
        assert unpack(session.scalars(select(Claim.body)).one()) == sent
    path = answer.headers["Location"].removeprefix("https://gateway.example").split("/_history")[0]
    assert b"1250.500" in world.get("desk", path).data


def test_an_idempotency_key_gets_the_first_answer_again(world: World) -> None:
    first = world.post("desk", "/fhir/Claim", claim(), Idempotency_Key="k-1")
    again = world.post("desk", "/fhir/Claim", claim(), Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    other = world.post("desk", "/fhir/Claim", claim("LK-2"), Idempotency_Key="k-1")
    assert (other.status_code, codes(other)) == (422, ["idempotency.reused"])


def test_an_idempotency_key_belongs_to_its_client_and_is_free_after_a_refusal(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim(), Idempotency_Key="k-1")
    neighbor = world.post("second-desk", "/fhir/Claim", claim("LK-9"), Idempotency_Key="k-1")
    assert neighbor.status_code == 201
    refused = world.post("desk", "/fhir/Claim", claim(facility="01999"), Idempotency_Key="k-2")
    assert refused.status_code == 403
    assert world.post("desk", "/fhir/Claim", claim("LK-3"), Idempotency_Key="k-2").status_code == 201


@pytest.mark.parametrize(
    "name", ["sample_envelope.xml", "sample_checkin_xml0.xml", "sample_death_notice_HSDLGBT.xml"]
)
def test_the_national_samples_arrive_once_with_their_originals(world: World, name: str) -> None:
    sent = submissions(name)
    assert sent
    first = [world.post("desk", "/fhir", write(bundle)) for bundle in sent]
    for answer in first:
        assert answer.status_code == 200, answer.text
        assert answer.json["type"] == "transaction-response"
        assert answer.json["entry"][0]["response"]["status"] == "201 Created"
    keys = count(world, RecordKey)
    again = [world.post("desk", "/fhir", write(bundle)) for bundle in sent]
    for before, answer in zip(first, again, strict=True):
        assert {entry["response"]["status"] for entry in answer.json["entry"]} == {"200 OK"}
        locations = [entry["response"]["location"] for entry in before.json["entry"]]
        assert [entry["response"]["location"] for entry in answer.json["entry"]] == locations
    assert count(world, RecordKey) == keys
    assert count(world, Original) == 1


def test_the_original_is_kept_byte_for_byte_and_linked(world: World) -> None:
    data = (SAMPLES / "sample_death_notice_HSDLGBT.xml").read_bytes()
    (bundle,) = submissions("sample_death_notice_HSDLGBT.xml")
    entries = world.post("desk", "/fhir", write(bundle)).json["entry"]
    document, binary, reference, provenance = (
        entry["response"]["location"].split("/_history")[0] for entry in entries
    )
    raw = world.get("desk", f"/fhir/{binary}")
    assert raw.data == data
    assert raw.content_type == "application/xml"
    as_fhir = world.get("desk", f"/fhir/{binary}", Accept="application/fhir+json").json
    assert base64.b64decode(as_fhir["data"]) == data
    described = world.get("desk", f"/fhir/{reference}").json
    assert described["content"][0]["attachment"]["url"] == binary
    assert described["identifier"][0]["value"] == hashlib.sha256(data).hexdigest()
    origin = world.get("desk", f"/fhir/{provenance}").json
    assert origin["target"] == [{"reference": document}]
    assert origin["entity"][0]["what"] == {"reference": reference}
    assert world.get("elsewhere", f"/fhir/{binary}").status_code == 404


def test_a_record_that_is_not_the_conversion_of_its_original_is_refused_whole(world: World) -> None:
    (bundle, *_) = submissions("sample_envelope.xml")
    bundle["entry"][0]["resource"]["created"] = "2026-07-01"
    answer = world.post("desk", "/fhir", write(bundle))
    assert (answer.status_code, codes(answer)) == (422, ["record.not-its-original"])
    assert count(world, Claim) == count(world, Original) == count(world, Resource) == 0


def test_a_change_that_has_no_home_in_fhir_is_still_another_content(world: World) -> None:
    data = (SAMPLES / "sample_death_notice_HSDLGBT.xml").read_bytes()
    changed = data.replace(b"<SO_BAOTU_BD/>", b"<MOI_LA>x</MOI_LA>")
    assert changed != data
    first, second = (
        submission(read_file(file).records[0], file, file_name=None, media_type="application/xml")
        for file in (data, changed)
    )
    assert first["entry"][0]["resource"] == second["entry"][0]["resource"]
    assert world.post("desk", "/fhir", write(first)).status_code == 200
    answer = world.post("desk", "/fhir", write(second))
    assert (answer.status_code, codes(answer)) == (409, ["record.conflict"])


def test_a_claim_of_an_unknown_patient_or_an_endless_key_is_refused(world: World) -> None:
    nobody = claim() | {"patient": {"reference": "Patient/019f0000-0000-7000-8000-000000000000"}}
    assert codes(world.post("desk", "/fhir/Claim", nobody)) == ["record.reference-unknown"]
    assert codes(world.post("desk", "/fhir/Claim", claim("x" * 3000))) == ["record.too-long"]


def entry(resource: dict[str, Any]) -> dict[str, Any]:
    return {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}


def test_a_transaction_stores_all_or_nothing(world: World) -> None:
    world.post("desk", "/fhir/Claim", claim("LK-1"))
    other = claim("LK-1") | {"created": "2026-07-15"}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry(claim("LK-2")), entry(other)],
    }
    assert world.post("desk", "/fhir", bundle).status_code == 409
    assert count(world, Claim) == 1


def test_a_batch_answers_each_entry_for_itself(world: World) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [entry(claim("LK-1")), entry(claim("LK-2", facility="01999")), entry(encounter("LK-1"))],
    }
    answer = world.post("desk", "/fhir", bundle)
    assert answer.json["type"] == "batch-response"
    statuses = [item["response"]["status"] for item in answer.json["entry"]]
    assert statuses == ["201 Created", "403", "201 Created"]
    refused = answer.json["entry"][1]["response"]["outcome"]
    assert refused["issue"][0]["details"]["coding"][0]["code"] == "auth.other-facility"


@pytest.mark.parametrize(
    ("bundle", "code"),
    [
        ({"resourceType": "Bundle", "type": "document"}, "request.bundle"),
        ({"resourceType": "Claim"}, "request.bundle"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [{}]}, "request.bundle-entry"),
        ({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": 5}]}, "request.bundle-entry"),
        (
            {"resourceType": "Bundle", "type": "batch", "entry": [entry({"resourceType": "Task"})]},
            "request.bundle-entry",
        ),
        ({"resourceType": "Bundle", "type": "transaction", "entry": "x"}, "request.bundle"),
    ],
)
def test_a_bundle_of_another_kind_is_refused(world: World, bundle: dict, code: str) -> None:
    answer = world.post("desk", "/fhir", bundle)
    assert (answer.status_code, codes(answer)) == (400, [code])


def test_two_hundred_entries_are_taken_and_one_more_is_not(world: World) -> None:
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{} for _ in range(201)]}
    answer = world.post("desk", "/fhir", bundle)
    assert (answer.status_code, codes(answer)) == (413, ["request.too-large"])


def test_references_inside_a_transaction_become_addresses(world: World) -> None:
    person = {
        "resourceType": "Patient",
        "identifier": [{"system": "https://tiepdon.example/fhir/sid/vn-cccd", "value": "033192000004"}],
    }
    urn = "urn:uuid:0f4f6f3e-7a52-5f5c-9a7a-4f5d2b8c1a77"
    theirs = claim() | {"patient": {"reference": urn}}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry(theirs), entry(person) | {"fullUrl": urn}],
    }
    locations = [
        item["response"]["location"].split("/_history")[0]
        for item in world.post("desk", "/fhir", bundle).json["entry"]
    ]
    assert world.get("desk", f"/fhir/{locations[0]}").json["patient"] == {"reference": locations[1]}
    found = world.get("desk", f"/fhir/Claim?patient={locations[1]}").json["entry"]
    assert [f"Claim/{item['resource']['id']}" for item in found] == [locations[0]]
