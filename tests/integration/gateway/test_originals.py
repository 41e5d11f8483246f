"""A posted record is the conversion of its original, and no way of posting it gets around that."""

import base64
import copy
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

import gateway.services.conversion as conversion
from bhyt.r4.bundle import OriginalFile
from bhyt.r4.wire import write
from gateway.store.tables_records import Claim, Original, Resource
from tests.integration.gateway.deaths import death
from tests.integration.gateway.test_records import DESK, entry, submissions
from tests.integration.gateway.world import (
    World,
    claim,
    codes,
)

URN = "urn:uuid:0f4f6f3e-7a52-5f5c-9a7a-4f5d2b8c1a77"
FORGED = {"value": 999_999_999, "currency": "VND"}
Bundle = dict[str, Any]


@pytest.fixture
def sent() -> Bundle:
    """What a hospital sends of one visit: the Claim, the Binary, the DocumentReference, the Provenance."""
    return copy.deepcopy(submissions("sample_envelope.xml")[0])


def resource(bundle: Bundle, number: int) -> dict[str, Any]:
    found: dict[str, Any] = bundle["entry"][number]["resource"]
    return found


def nothing_is_stored(world: World) -> bool:
    with world.database.begin(DESK) as session:
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (Claim, Original, Resource)]
    return counts == [0, 0, 0]


def wrong_sha_256(bundle: Bundle) -> None:
    resource(bundle, 2)["identifier"][0]["value"] = "00" * 32


def wrong_size(bundle: Bundle) -> None:
    resource(bundle, 2)["content"][0]["attachment"]["size"] = 1


def another_role(bundle: Bundle) -> None:
    resource(bundle, 0)["total"] = FORGED
    resource(bundle, 3)["entity"][0]["role"] = "derivation"


def no_provenance(bundle: Bundle) -> None:
    del bundle["entry"][3]


def a_provenance_alone(bundle: Bundle) -> None:
    resource(bundle, 3)["target"][0]["reference"] = "Claim/019f0000-0000-7000-8000-000000000000"
    resource(bundle, 3)["entity"][0]["what"]["reference"] = (
        "DocumentReference/019f0000-0000-7000-8000-000000000001"
    )
    del bundle["entry"][:3]


def a_stored_target(bundle: Bundle) -> None:
    resource(bundle, 3)["target"][0]["reference"] = "Claim/019f0000-0000-7000-8000-000000000000"


def the_same_target_many_times(bundle: Bundle) -> None:
    resource(bundle, 3)["target"] *= 150
    resource(bundle, 3)["entity"] *= 150


def a_second_source(bundle: Bundle) -> None:
    again = copy.deepcopy(bundle["entry"][3])
    again["fullUrl"] = URN
    bundle["entry"].append(again)


def a_binary_for_nothing(bundle: Bundle) -> None:
    data = base64.b64encode(b"x").decode()
    extra = {"resourceType": "Binary", "contentType": "text/plain", "data": data}
    bundle["entry"].append(entry(extra) | {"fullUrl": URN})


def a_document_about_another(bundle: Bundle) -> None:
    resource(bundle, 2)["context"]["related"][0]["reference"] = URN


@pytest.mark.parametrize(
    "change",
    [
        wrong_sha_256,
        wrong_size,
        no_provenance,
        a_provenance_alone,
        a_stored_target,
        the_same_target_many_times,
        a_second_source,
        a_binary_for_nothing,
        a_document_about_another,
    ],
    ids=lambda change: change.__name__,
)
def test_an_original_is_taken_only_as_a_submission_describes_it(
    world: World, sent: Bundle, change: Callable[[Bundle], None]
) -> None:
    change(sent)
    answer = world.post("desk", "/fhir", write(sent))
    assert answer.status_code == 422
    assert set(codes(answer)) == {"record.original-misdescribed"}
    assert nothing_is_stored(world)


def test_no_other_role_than_source_lets_a_forged_record_pass(world: World, sent: Bundle) -> None:
    another_role(sent)
    answer = world.post("desk", "/fhir", write(sent))
    assert (answer.status_code, codes(answer)) == (422, ["record.not-its-original"])
    assert nothing_is_stored(world)


def test_a_batch_takes_no_original_and_nothing_that_describes_one(world: World, sent: Bundle) -> None:
    resource(sent, 0)["total"] = FORGED
    answer = world.post("desk", "/fhir", write(sent | {"type": "batch"}))
    assert [item["response"]["status"] for item in answer.json["entry"]] == [
        "201 Created",
        "422",
        "422",
        "422",
    ]
    with world.database.begin(DESK) as session:
        assert session.scalar(select(func.count()).select_from(Original)) == 0
    real = world.post("desk", "/fhir", write(submissions("sample_envelope.xml")[0]))
    assert (real.status_code, codes(real)) == (409, ["record.conflict"])


def test_a_record_born_in_a_form_needs_no_original(world: World) -> None:
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry(claim("LK-1"))]}
    assert world.post("desk", "/fhir", bundle).status_code == 200
    assert world.post("desk", "/fhir/Bundle", death()).status_code == 201


def test_an_original_is_read_once_and_before_the_transaction_begins(
    world: World, sent: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []

    class Watched(OriginalFile):
        """An original that notes how many transactions are open when it is read."""

        def __init__(self, data: bytes) -> None:
            opened.append(world.database.engine.pool.checkedout())  # type: ignore[attr-defined] # of a QueuePool
            super().__init__(data)

    monkeypatch.setattr(conversion, "OriginalFile", Watched)
    world.token("desk")
    assert world.post("desk", "/fhir", write(sent)).status_code == 200
    assert opened == [0]


@pytest.mark.parametrize("url", ["VND", "claim", "Claim/1", "urn:uuid:x", "https://a.example/Claim/1", ""])
@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_a_full_url_is_a_uuid_or_the_bundle_is_refused(world: World, url: str, kind: str) -> None:
    bundle = {"resourceType": "Bundle", "type": kind, "entry": [entry(claim()) | {"fullUrl": url}]}
    answer = world.post("desk", "/fhir", bundle)
    assert (answer.status_code, codes(answer)) == (400, ["request.full-url"])


def test_only_references_and_urls_become_addresses(world: World) -> None:
    person = {
        "resourceType": "Patient",
        "identifier": [{"system": "https://tiepdon.example/fhir/sid/vn-cccd", "value": "033192000004"}],
    }
    theirs = claim() | {"patient": {"reference": URN, "display": URN}}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry(theirs), entry(person) | {"fullUrl": URN}],
    }
    at = [
        item["response"]["location"].split("/_history")[0]
        for item in world.post("desk", "/fhir", bundle).json["entry"]
    ]
    assert world.get("desk", f"/fhir/{at[0]}").json["patient"] == {"reference": at[1], "display": URN}


def test_the_parts_of_a_document_are_its_own_whatever_stands_around_it(world: World) -> None:
    document = death()
    inner = document["entry"][1]["fullUrl"]
    stranger = {
        "resourceType": "Patient",
        "identifier": [{"system": "https://tiepdon.example/fhir/sid/vn-cccd", "value": "033192000004"}],
    }
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [entry(document), entry(stranger) | {"fullUrl": inner}],
    }
    answer = world.post("desk", "/fhir", bundle)
    assert answer.status_code == 200, answer.text
    at = answer.json["entry"][0]["response"]["location"].split("/_history")[0]
    served = world.get("desk", f"/fhir/{at}").json
    assert served["entry"][0]["resource"]["subject"] == {"reference": inner}


@pytest.mark.parametrize("name", ["ifNoneExist", "ifMatch", "ifNoneMatch", "ifModifiedSince"])
def test_a_conditional_entry_is_refused_not_ignored(world: World, name: str) -> None:
    one = entry(claim())
    one["request"][name] = "identifier=LK-1"
    answer = world.post("desk", "/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": [one]})
    assert (answer.status_code, codes(answer)) == (400, ["request.condition"])


@pytest.mark.parametrize("name", ["If-None-Exist", "If-Match", "If-None-Match"])
def test_a_conditional_write_is_refused_not_ignored(world: World, name: str) -> None:
    answer = world.post("desk", "/fhir/Claim", claim(), **{name: "identifier=LK-1"})
    assert (answer.status_code, codes(answer)) == (400, ["request.condition"])
    assert nothing_is_stored(world)
