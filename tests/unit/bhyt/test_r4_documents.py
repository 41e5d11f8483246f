"""Births by both certificates, deaths and check-ins as FHIR and back: what each field becomes.

All people are invented. Roles are those of HL7's RoleCode, observations those of LOINC, as
spec/fhir names them.
"""

from typing import Any

import pytest

from bhyt.errors import MissingElement
from bhyt.national import read_file
from bhyt.national.events import read_birth, read_check_in, read_death
from bhyt.parsing import parse
from bhyt.problems import Findings
from bhyt.r4 import wire
from bhyt.r4.bundle import element_of, resource_of
from bhyt.r4.checkin import from_fhir
from bhyt.r4.rows import read_resource, record_of_resource, rows_of_resource
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.content import Record, content_hash
from bhyt.records.death import Death
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from bhyt.validation import problems
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE

CERTIFICATE = {"MA_GCS": "00001.GCS.33999.26", "MA_BN": "SYN0001", "MA_BHXH_NND": "9900000001"}
CERTIFICATE |= {"HOTEN_NND": "NGUYỄN THỊ MẪU THỬ", "NGAYSINH_NND": "19950412", "LOAI_GIAYTO_NND": "1"}
CERTIFICATE |= {
    "SO_CCCD_NND": "033300000001",
    "NGAYCAP_CCCD_NND": "20210501",
    "NOICAP_CCCD_NND": "Nơi mẫu",
}
CERTIFICATE |= {"GIOI_TINH_CON": "2", "NGAY_SINH_CON": "20260914135030", "CAN_NANG_CON": "3150"}
CERTIFICATE |= {"HO_TEN_CHA": "TRẦN VĂN MẪU", "NGAYSINH_CHA_NND": "1994", "CAP_LAN_DAU": "0", "SO": "17"}
CERTIFICATE |= {
    "QUYEN_SO": "01",
    "SINHCON_PHAUTHUAT": "0",
    "SINHCON_DUOI32TUAN": "0",
    "NGUOI_GHI_PHIEU": "LÊ THỊ VÍ DỤ",
}
SURROGACY = {"HOTEN_MTH": "PHẠM THỊ MẪU", "MA_BHXH_MTH": "9900000003", "SO_CCCD_MTH": "033300000003"}
SURROGACY |= {"NOI_CU_TRU_MTH": "Thôn Mẫu", "MATINH_CU_TRU_MTH": "33", "HO_TEN_CHA_MTH": "VŨ VĂN MẪU"}


def _birth(**more: str) -> Birth:
    row = Row.of("GIAYCHUNGSINH", 1, (CERTIFICATE | more).items())
    findings = Findings(1)
    birth = read_birth(row, findings, facility="33999", generation="3176")
    assert birth is not None, findings.problems
    return birth


def _sample(kind: type[Record], data: bytes) -> Any:
    return next(record for record in read_file(data).records if isinstance(record, kind))


def _said(record: Record) -> dict[str, Any]:
    return parse(wire.write(element_of(record)))


def _people(document: dict[str, Any], resource_type: str) -> list[dict[str, Any]]:
    parts = (entry["resource"] for entry in document["entry"])
    return [part for part in parts if part["resourceType"] == resource_type]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(_birth(), id="certificate-of-2025"),
        pytest.param(_birth(**SURROGACY), id="surrogacy"),
        pytest.param(_sample(Birth, ENVELOPE), id="XML9"),
        pytest.param(_sample(Death, DEATH_NOTICE), id="death"),
        pytest.param(_sample(CheckIn, CHECK_IN), id="check-in"),
    ],
)
def test_the_row_and_the_record_come_back(record: Any) -> None:
    resource = _said(record)
    (row,) = rows_of_resource(resource)
    assert (row.table, dict(row.values)) == (record.row.table, dict(record.row.values))
    assert content_hash(record_of_resource(resource)) == content_hash(record)
    assert not problems(resource)
    assert resource_of(record)


def test_a_child_is_born_to_the_second_and_a_father_in_a_year() -> None:
    document = _said(_birth())
    child, mother = _people(document, "Patient")
    assert child["_birthDate"]["extension"][0]["valueDateTime"] == "2026-09-14T13:50:30+07:00"
    assert mother["birthDate"] == "1995-04-12"
    (father,) = (p for p in _people(document, "RelatedPerson") if p["name"][0]["text"] == "TRẦN VĂN MẪU")
    assert father["birthDate"] == "1994"


def test_an_id_document_has_kind_day_and_place_of_issue() -> None:
    _, mother = _people(_said(_birth()), "Patient")
    (paper,) = (item for item in mother["identifier"] if item["value"] == "033300000001")
    assert paper["type"]["coding"][0]["code"] == "1"
    assert paper["period"] == {"start": "2021-05-01"}
    assert paper["assigner"] == {"display": "Nơi mẫu"}


def test_an_id_document_without_a_number_keeps_the_rest() -> None:
    birth = _birth(SO_CCCD_NND="", LOAI_GIAYTO_NND="0")
    assert rows_of_resource(_said(birth))[0].text("LOAI_GIAYTO_NND") == "0"


def test_the_two_who_commissioned_a_surrogate_are_related_by_their_roles() -> None:
    people = _people(_said(_birth(**SURROGACY)), "RelatedPerson")
    roles = {p["name"][0]["text"]: p["relationship"][0]["coding"][0]["code"] for p in people}
    assert roles == {
        "NGUYỄN THỊ MẪU THỬ": "MTH",
        "TRẦN VĂN MẪU": "FTH",
        "PHẠM THỊ MẪU": "commissioning-mother",
        "VŨ VĂN MẪU": "commissioning-father",
    }


def test_no_is_told_apart_from_nothing_said() -> None:
    (operation,) = _people(_said(_birth()), "Procedure")
    assert operation["status"] == "not-done"
    assert not _people(_said(_birth(SINHCON_PHAUTHUAT="")), "Procedure")


def test_a_certificate_issued_again_says_so() -> None:
    opening = _people(_said(_birth()), "Composition")[0]
    paper = {part["url"]: part for part in opening["extension"][0]["extension"]}
    assert paper["first-issue"]["valueBoolean"] is False
    assert opening["identifier"]["value"] == "00001.GCS.33999.26"


def test_the_head_who_attests_is_known_by_name_or_by_insurance_number() -> None:
    document = _said(_sample(Birth, ENVELOPE))
    numbers = [item["value"] for p in _people(document, "Practitioner") for item in p.get("identifier", [])]
    assert numbers == ["0000000001"]
    opening = _people(document, "Composition")[0]
    assert opening["attester"][0]["time"] == "2026-09-16"
    assert opening["attester"][0]["party"]["type"] == "Practitioner"


def test_a_deceased_who_lived_elsewhere_has_two_addresses() -> None:
    lived_at = {"DCHI_HIENTAI": "Phố Mẫu", "MATINH_HIENTAI": "01"}
    row = Row.of("GIAYBAOTU", 1, {**_sample(Death, DEATH_NOTICE).row.values, **lived_at}.items())
    death = read_death(row, Findings(1), generation="3176")
    assert death is not None
    (person,) = _people(_said(death), "Patient")
    assert [(a["use"], a["text"], a["state"]) for a in person["address"]] == [
        ("home", "Thôn Mẫu", "33"),
        ("temp", "Phố Mẫu", "01"),
    ]
    assert rows_of_resource(_said(death))[0].values == row.values


def test_a_check_in_may_name_a_service_and_a_drug() -> None:
    values = {**_sample(CheckIn, CHECK_IN).row.values, "MA_THUOC": "40.1", "TEN_THUOC": "Thuốc mẫu"}
    row = Row.of("CHECKIN", 1, values.items())
    check_in = read_check_in(row, Findings(1), generation="3176")
    assert check_in is not None
    resource = _said(check_in)
    assert rows_of_resource(resource)[0].values == row.values
    assert from_fhir(resource).first_cost == check_in.first_cost


def test_what_is_wrong_with_a_resource_is_told_as_with_a_file() -> None:
    resource = _said(_sample(Visit, ENVELOPE))
    fund = resource["item"][0]["extension"][0]["extension"][0]
    assert fund["url"] == "fund"
    fund["valueMoney"]["value"] += 5
    read = read_resource(resource)
    assert (read.outcome, read.key) == ("refused", "SYN-33999-0000001")
    assert {problem.table for problem in read.findings if problem.severity == "error"} == {"XML1", "XML2"}


def test_a_resource_without_what_a_record_needs_is_no_record() -> None:
    resource = _said(_sample(CheckIn, CHECK_IN))
    del resource["type"]
    with pytest.raises(MissingElement, match="MA_LOAI_KCB"):
        record_of_resource(resource)
    read = read_resource(resource, number=7)
    assert (read.outcome, read.number, read.kind) == ("refused", 7, "check-in")
