"""When two copies of a record say the same, and how they are filed."""

import base64
from dataclasses import replace

import pytest

from bhyt.national import read_file
from bhyt.parsing import parse
from bhyt.r4 import bundle, wire
from bhyt.r4.index import Identifier, content_hash, index
from bhyt.r4.systems import code_url, extension
from bhyt.records import content
from bhyt.records.checkin import CheckIn
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE, changed, envelope, inner_files


def _claim_hash(data: bytes) -> str:
    return content.content_hash(read_file(data).records[0])


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(ENVELOPE.replace(b"<NGAYLAP>20260916", b"<NGAYLAP>20261001"), id="made-on-another-day"),
        pytest.param(changed("XML1", "<STT>1", "<STT>77"), id="another-place-in-the-sending"),
        pytest.param(changed("XML1", "1031564.80", "1031564.8"), id="fewer-zeros"),
        pytest.param(changed("XML1", "<MA_NOI_DI/>", ""), id="empty-field-left-out"),
        pytest.param(changed("XML1", "<MA_NOI_DI/>", "<MA_NOI_DI>NULL</MA_NOI_DI>"), id="null"),
        pytest.param(changed("XML1", "1031564.80", "1.0315648E6"), id="exponent"),
        pytest.param(changed("XML1", "1031564.80", "103156480e-2"), id="negative-exponent"),
    ],
)
def test_a_re_export_has_the_same_content(again: bytes) -> None:
    assert _claim_hash(again) == _claim_hash(ENVELOPE)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(changed("XML2", "<SO_LUONG>10", "<SO_LUONG>11"), id="quantity"),
        pytest.param(changed("XML1", "<DU_PHONG/>", "<DU_PHONG>x</DU_PHONG>"), id="unread-field"),
        pytest.param(changed("XML1", "<DU_PHONG/>", "<MOI_LA>x</MOI_LA>"), id="unknown-field"),
        pytest.param(changed("XML1", "<MA_DOITUONG_KCB>1.1<", "<MA_DOITUONG_KCB>1.10<"), id="code-with-zero"),
    ],
)
def test_another_value_is_another_content(other: bytes) -> None:
    assert _claim_hash(other) != _claim_hash(ENVELOPE)


def test_a_certificate_without_national_number_is_known_by_book_and_number() -> None:
    birth = read_file(changed("XML9", "<SO>00001.GCS.33999.26", "<SO>17")).records[1]
    assert content.business_key(birth) == "01/17"


@pytest.mark.parametrize("data", [ENVELOPE, CHECK_IN, DEATH_NOTICE])
def test_a_resource_is_filed_under_its_records_kind_key_and_facility(data: bytes) -> None:
    for record in read_file(data).records:
        filed = index(parse(wire.write(bundle.resource_of(record))))
        assert filed is not None
        assert (filed.kind, filed.business_key, filed.facility) == (
            content.kind(record),
            content.business_key(record),
            record.facility,
        )


def test_a_claim_is_filed_with_patient_card_and_day() -> None:
    filed = index(bundle.resource_of(read_file(ENVELOPE).records[0]))
    assert filed is not None
    assert Identifier("https://tiepdon.example/fhir/sid/vn-cccd", "033300000001") in filed.patients
    assert filed.cards == ("DN4339900000001",)
    assert str(filed.start) == "2026-09-14"


@pytest.mark.parametrize(("data", "category"), [(ENVELOPE, "1.1"), (CHECK_IN, "1.1")])
def test_a_claim_or_check_in_is_filed_under_its_own_category(data: bytes, category: str) -> None:
    filed = index(bundle.resource_of(read_file(data).records[0]))
    assert filed is not None
    assert filed.category == category


@pytest.mark.parametrize("data", [ENVELOPE, CHECK_IN])
def test_a_category_that_stands_elsewhere_in_the_resource_is_not_its_own(data: bytes) -> None:
    resource = bundle.resource_of(read_file(data).records[0])
    other = {"coding": [{"system": code_url("visit-category"), "code": "3.1"}]}
    coverage = {"resourceType": "Coverage", "id": "x", "type": other, "extension": []}
    moved = {
        **resource,
        "contained": [coverage, *resource["contained"]],
        "extension": [extension("note", valueCodeableConcept=other)],
        "supportingInfo": [{"sequence": 1, "category": other, "code": other}],
    }
    filed = index(moved)
    assert filed is not None
    assert filed.category is None


def test_a_birth_is_filed_with_the_mother_and_her_visit() -> None:
    filed = index(bundle.resource_of(read_file(ENVELOPE).records[1]))
    assert filed is not None
    assert filed.visit_id == "SYN-33999-0000001"
    assert Identifier("https://tiepdon.example/fhir/sid/vn-cccd", "033300000001") in filed.relatives


def test_the_hash_of_a_resource_does_not_depend_on_its_place_on_a_server_or_its_zeros() -> None:
    resource = bundle.resource_of(read_file(ENVELOPE).records[0])
    stored = {**parse(wire.write(resource)), "id": "9", "meta": {"versionId": "2"}}
    stored["total"] = {"currency": "VND", "value": 1317806}
    assert content_hash(stored) == content_hash(resource)


def test_what_is_no_record_is_not_filed() -> None:
    assert index({"resourceType": "Patient"}) is None
    assert index({"resourceType": "Bundle", "type": "transaction"}) is None
    assert index({"resourceType": "Claim"}) is None


def test_several_dossiers_have_several_contents() -> None:
    other = {name: text.replace("SYN-33999-0000001", "SYN-2") for name, text in inner_files().items()}
    hashes = {content.content_hash(record) for record in read_file(envelope(inner_files(), other)).records}
    assert len(hashes) == 4


def test_a_check_in_made_at_the_desk_has_a_content_too() -> None:
    (sent,) = read_file(CHECK_IN).records
    assert isinstance(sent, CheckIn)
    desk = replace(sent, row=None)
    assert content.content_hash(desk) == content.content_hash(replace(desk))
    assert content.content_hash(desk) != content.content_hash(replace(desk, care_type="01"))


UNKNOWN = "<CHI_TIEU_MOI><SO>1</SO></CHI_TIEU_MOI>"


@pytest.mark.parametrize("name", ["XML12", "XML16"])
@pytest.mark.parametrize("earlier", [None, UNKNOWN.replace("1", "2")], ids=["none", "other"])
def test_a_table_that_nobody_can_read_is_content_all_the_same(name: str, earlier: str | None) -> None:
    before = inner_files() | ({name: earlier} if earlier else {})
    assert _claim_hash(envelope(inner_files() | {name: UNKNOWN})) != _claim_hash(envelope(before))


def test_an_unknown_table_in_other_lines_of_base64_or_letters_of_its_name_is_the_same_content() -> None:
    data = envelope(inner_files() | {"XML16": UNKNOWN})
    encoded = base64.b64encode(UNKNOWN.encode())
    wrapped = data.replace(encoded, b"\n  ".join((b"", encoded[:20], encoded[20:], b"")))
    assert wrapped != data
    assert _claim_hash(wrapped) == _claim_hash(data)
    assert _claim_hash(data.replace(b">XML16<", b"> xml16 <")) == _claim_hash(data)


def test_an_unknown_table_in_which_nothing_stands_is_no_content() -> None:
    assert _claim_hash(envelope(inner_files() | {"XML16": ""})) == _claim_hash(ENVELOPE)
