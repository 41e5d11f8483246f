"""Records as FHIR R4: what the mapping promises, on the national samples.

Structure is checked by `fhir.resources.R4B` on the bytes as written; the invariants
(bdl-9, bdl-10, bdl-11, dom-3) are those of the R4 specification.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest

from bhyt.national import read_file
from bhyt.parsing import MAX_BYTES, parse
from bhyt.r4 import bundle, checkin, claim, wire
from bhyt.r4.lookup import parts_of
from bhyt.r4.systems import extension_url
from bhyt.records.checkin import CheckIn
from bhyt.records.content import Record, business_key, kind
from bhyt.records.visit import Visit
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE, changed, envelope, inner_files

ORIGINALS = {"claim": ENVELOPE, "birth": ENVELOPE, "death": DEATH_NOTICE, "check-in": CHECK_IN}


def _record(wanted: str) -> Record:
    return next(record for record in read_file(ORIGINALS[wanted]).records if kind(record) == wanted)


def _submission(wanted: str) -> dict[str, Any]:
    return bundle.submission(
        _record(wanted), ORIGINALS[wanted], file_name="mau.xml", media_type="application/xml"
    )


def _sample_claim() -> dict[str, Any]:
    record = _record("claim")
    assert isinstance(record, Visit)
    return claim.to_fhir(record)


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from _walk(part)
    elif isinstance(value, list):
        for part in value:
            yield from _walk(part)


def _extension(element: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in element["extension"] if item["url"] == extension_url(name))


def _product(*factors: Decimal) -> Decimal:
    result = Decimal(1)
    for factor in factors:
        result *= factor
    return result


@pytest.mark.parametrize("wanted", ORIGINALS)
def test_every_submission_is_valid_for_the_r4b_classes_as_written(wanted: str) -> None:
    sent = json.loads(wire.write(_submission(wanted)))
    for resource in (sent, *(entry["resource"] for entry in sent["entry"])):
        name = resource["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
        assert model.model_validate(resource)


@pytest.mark.parametrize("wanted", ORIGINALS)
def test_a_submission_is_the_same_every_time(wanted: str) -> None:
    assert wire.write(_submission(wanted)) == wire.write(_submission(wanted))


def test_the_largest_original_fits_into_one_request_with_its_record() -> None:
    original = ENVELOPE.ljust(bundle.MAX_ORIGINAL_BYTES)
    sent = bundle.submission(_record("claim"), original, file_name="x.xml", media_type="application/xml")
    assert len(wire.write(sent)) < MAX_BYTES - 1_000_000


@pytest.mark.parametrize("wanted", ORIGINALS)
def test_every_reference_is_logical_or_points_into_what_is_sent(wanted: str) -> None:
    sent = _submission(wanted)
    urls = [part["fullUrl"] for part in _walk(sent) if "fullUrl" in part]
    assert len(urls) == len(set(urls))
    for entry in sent["entry"]:
        ids = {f"#{part['id']}" for part in entry["resource"].get("contained", [])}
        references = {part["reference"] for part in _walk(entry["resource"]) if "reference" in part}
        assert references <= ids | set(urls)
        assert ids <= references  # dom-3


@pytest.mark.parametrize(("wanted", "system"), [("birth", "vn-gcs"), ("death", "vn-gbt")])
def test_a_document_has_number_and_time_and_opens_with_its_composition(wanted: str, system: str) -> None:
    document = bundle.resource_of(_record(wanted))
    assert document["identifier"]["system"].endswith(system)  # bdl-9
    assert document["identifier"]["value"] == business_key(_record(wanted))
    assert document["timestamp"].endswith("+07:00")  # bdl-10
    assert document["entry"][0]["resource"]["resourceType"] == "Composition"  # bdl-11


def test_decimals_are_written_as_they_were_sent() -> None:
    sent = wire.write(_sample_claim())
    for text in (b'"value":1250.500,', b'"value":69205.00,', b'"value":1031564.80,', b'"value":58.50,'):
        assert text in sent


def test_each_line_of_a_claim_is_net_of_quantity_price_and_factor_and_split_without_a_rest() -> None:
    resource = _sample_claim()
    for item in resource["item"]:
        factor = item.get("factor", Decimal(1))
        assert item["net"]["value"] == _product(item["quantity"]["value"], item["unitPrice"]["value"], factor)
        claimed = parts_of(_extension(item, "claimed-amounts"))
        shares = ("fund", "copayment", "self-paid", "other-sources")
        assert sum(claimed[name]["value"] for name in shares) == item["net"]["value"]
    assert sum(item["net"]["value"] for item in resource["item"]) == resource["total"]["value"]
    assert resource["total"]["value"] == Decimal("1317806.00")


def test_a_claim_names_visit_facility_patient_card_and_diagnosis() -> None:
    resource = _sample_claim()
    assert resource["identifier"][0]["value"] == "SYN-33999-0000001"
    assert resource["provider"]["identifier"]["value"] == "33999"
    assert resource["patient"]["identifier"]["value"] == "033300000001"
    assert [(i["focal"], i["coverage"]["identifier"]["value"]) for i in resource["insurance"]] == [
        (True, "DN4339900000001")
    ]
    (principal,) = resource["diagnosis"]
    assert principal["diagnosisCodeableConcept"]["coding"][0]["code"] == "O80"
    assert principal["type"][0]["coding"][0]["code"] == "principal"
    assert resource["billablePeriod"] == {
        "start": "2026-09-14T08:05:00+07:00",
        "end": "2026-09-16T10:00:00+07:00",
    }


def test_the_sequences_that_lines_point_to_exist() -> None:
    resource = _sample_claim()
    team = {member["sequence"] for member in resource["careTeam"]}
    assert {sequence for item in resource["item"] for sequence in item.get("careTeamSequence", [])} <= team
    assert [item["sequence"] for item in resource["item"]] == list(range(1, 7))


def test_a_claim_without_a_card_still_has_the_one_insurance_that_r4_demands() -> None:
    files = inner_files()
    for name in ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN"):
        start, end = files["XML1"].index(f"<{name}>"), files["XML1"].index(f"</{name}>")
        files["XML1"] = files["XML1"][:start] + f"<{name}>" + files["XML1"][end:]
    resource = bundle.resource_of(read_file(envelope(files)).records[0])
    assert resource["insurance"] == [
        {"sequence": 1, "focal": True, "coverage": {"type": "Coverage", "display": "Không có thẻ BHYT"}}
    ]


def test_a_birth_document_ties_the_child_to_mother_weight_and_stay() -> None:
    parts = [entry["resource"] for entry in bundle.resource_of(_record("birth"))["entry"]]
    child, mother = (part for part in parts if part["resourceType"] == "Patient")
    assert child["_birthDate"]["extension"][0]["valueDateTime"] == "2026-09-14T13:50:00+07:00"
    assert {identifier["value"] for identifier in mother["identifier"]} >= {"033300000001", "9900000001"}
    (weight,) = (p for p in parts if p.get("code", {}).get("coding", [{}])[0].get("code") == "8339-4")
    assert (weight["valueQuantity"]["value"], weight["valueQuantity"]["code"]) == (Decimal(3150), "g")
    (stay,) = (part for part in parts if part["resourceType"] == "Encounter")
    assert stay["identifier"][0]["value"] == "SYN-33999-0000001"


def test_a_death_document_says_when_and_of_what() -> None:
    parts = [entry["resource"] for entry in bundle.resource_of(_record("death"))["entry"]]
    (person,) = (part for part in parts if part["resourceType"] == "Patient")
    assert person["deceasedDateTime"] == "2026-09-11T22:30:00+07:00"
    (cause,) = (part for part in parts if "valueCodeableConcept" in part)
    assert cause["valueCodeableConcept"]["coding"][0] == {
        "system": "http://hl7.org/fhir/sid/icd-10",
        "code": "J96",
        "display": "Suy hô hấp",
    }


def test_a_check_in_comes_back_as_it_went_and_keeps_its_receipt() -> None:
    (record,) = read_file(CHECK_IN).records
    assert isinstance(record, CheckIn)
    resource = checkin.to_fhir(record, presence_receipt="a.b.c")
    assert checkin.presence_receipt(resource) == "a.b.c"
    back = checkin.from_fhir(parse(wire.write(resource)))
    assert (back.visit_id, back.covers, back.first_cost) == (
        record.visit_id,
        record.covers,
        record.first_cost,
    )
    assert (back.patient, back.arrived, back.admitted) == (record.patient, record.arrived, record.admitted)


@pytest.mark.parametrize("wanted", ORIGINALS)
def test_a_resource_matches_the_original_it_was_made_from(wanted: str) -> None:
    resource = json.loads(wire.write(bundle.resource_of(_record(wanted))))
    stored = {**resource, "id": "1", "meta": {"versionId": "1"}}
    assert bundle.OriginalFile(ORIGINALS[wanted]).record_of(stored) is not None


@pytest.mark.parametrize(
    "original",
    [
        pytest.param(changed("XML2", "<T_BHTT>10004.00", "<T_BHTT>10004.01"), id="one-amount-changed"),
        pytest.param(changed("XML1", "<MA_BENH_CHINH>O80", "<MA_BENH_CHINH>O81"), id="diagnosis-changed"),
        pytest.param(DEATH_NOTICE, id="another-file"),
        pytest.param(b"", id="unreadable"),
    ],
)
def test_a_resource_does_not_match_another_original(original: bytes) -> None:
    assert bundle.OriginalFile(original).record_of(_sample_claim()) is None
