"""What a claim has besides its lines: each table in its resource, in one Bundle, and back.

Values and their FHIR forms are written out by hand from R4's definitions of the elements; the
structure is checked by `fhir.resources.R4B` and by our own validator.
"""

from dataclasses import replace
from typing import Any

import pytest

from bhyt.errors import WrongResource
from bhyt.national import read_file
from bhyt.parsing import parse
from bhyt.r4 import wire
from bhyt.r4.bundle import resource_of
from bhyt.r4.dossier import dossier_of
from bhyt.r4.rows import rows_of_resource
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from bhyt.validation import problems
from tests.unit.bhyt.samples import ENVELOPE

VISIT_ID = "SYN-33999-0000001"
RESULT = {"MA_LK": VISIT_ID, "STT": "1", "MA_DICH_VU": "22.0120.1370", "MA_CHI_SO": "HGB", "TEN_CHI_SO": "Hb"}
RESULT |= {"GIA_TRI": "128.0", "DON_VI_DO": "g/L", "KET_LUAN": "Bình thường", "NGAY_KQ": "202609141400"}
RESULT |= {"MA_BS_DOC_KQ": "000001/SYN-CCHN;000002/SYN-CCHN"}
COURSE = {"MA_LK": VISIT_ID, "STT": "1", "DIEN_BIEN_LS": "Mạch 80\nHuyết áp 120/70", "HOI_CHAN": "Không"}
COURSE |= {"THOI_DIEM_DBLS": "202609141000", "NGUOI_THUC_HIEN": "000001/SYN-CCHN;000002/SYN-CCHN"}
DISCHARGE = {"MA_LK": VISIT_ID, "SO_LUU_TRU": "26/0001", "NGAY_VAO": "202609140805", "TUOI_THAI": "38"}
DISCHARGE |= {"NGAY_CT": "20260916", "MA_DINH_CHI_THAI": "0", "CHAN_DOAN_RV": "Đẻ thường"}


def _visit(*others: tuple[str, dict[str, str]]) -> Visit:
    visit = read_file(ENVELOPE).records[0]
    assert isinstance(visit, Visit)
    return replace(visit, others=tuple(Row.of(table, 1, values.items()) for table, values in others))


def _dossier(*others: tuple[str, dict[str, str]]) -> dict[str, Any]:
    bundle = dossier_of(_visit(*others))
    assert bundle is not None
    return parse(wire.write(bundle))


def _only(table: str, values: dict[str, str]) -> dict[str, Any]:
    (entry,) = _dossier((table, values))["entry"]
    resource: dict[str, Any] = entry["resource"]
    return resource


def test_a_claim_with_its_three_tables_only_has_no_bundle() -> None:
    assert dossier_of(_visit()) is None


def test_the_bundle_is_a_collection_known_by_the_visit_and_the_same_every_time() -> None:
    others = (("XML4", RESULT), ("XML5", COURSE), ("XML7", DISCHARGE))
    bundle = _dossier(*others)
    assert (bundle["type"], bundle["identifier"]["value"]) == ("collection", VISIT_ID)
    assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == [
        "Observation",
        "ClinicalImpression",
        "QuestionnaireResponse",
    ]
    assert not problems(bundle)
    assert bundle == _dossier(*others)


def test_the_rows_of_the_bundle_follow_those_of_its_claim() -> None:
    visit = _visit(("XML4", RESULT), ("XML5", COURSE), ("XML7", DISCHARGE), ("XML4", RESULT))
    back = rows_of_resource(resource_of(visit), dossier_of(visit))
    assert [row.table for row in back] == "XML1 XML2 XML2 XML3 XML3 XML3 XML3 XML4 XML5 XML7 XML4".split()
    assert [dict(row.values) for row in back[-4:]] == [RESULT, COURSE, DISCHARGE, RESULT]
    assert [row.line for row in back if row.table == "XML4"] == [1, 2]


def test_a_result_is_a_quantity_with_its_decimals_and_its_unit() -> None:
    resource = _only("XML4", RESULT)
    assert str(resource["valueQuantity"]["value"]) == "128.0"
    assert resource["valueQuantity"]["unit"] == "g/L"
    assert resource["issued"] == "2026-09-14T14:00:00+07:00"
    assert resource["interpretation"] == [{"text": "Bình thường"}]
    assert [who["identifier"]["value"] for who in resource["performer"]] == [
        "000001/SYN-CCHN",
        "000002/SYN-CCHN",
    ]


@pytest.mark.parametrize("value", ["<0.5", "Dương tính", "5,2"])
def test_a_result_that_is_no_number_is_a_text(value: str) -> None:
    resource = _only("XML4", RESULT | {"GIA_TRI": value})
    assert resource["valueString"] == value
    assert "valueQuantity" not in resource


def test_a_note_is_an_impression_of_its_first_writer() -> None:
    resource = _only("XML5", COURSE)
    assert resource["summary"] == "Mạch 80\nHuyết áp 120/70"
    assert resource["effectiveDateTime"] == "2026-09-14T10:00:00+07:00"
    assert resource["assessor"]["identifier"]["value"] == "000001/SYN-CCHN"


def test_a_paper_answers_the_official_fields_in_the_types_of_their_kinds() -> None:
    resource = _only("XML7", DISCHARGE)
    assert resource["questionnaire"] == "https://tiepdon.example/fhir/Questionnaire/xml7"
    assert resource["authored"] == "2026-09-16"
    assert {item["linkId"]: item["answer"] for item in resource["item"]} == {
        "SO_LUU_TRU": [{"valueString": "26/0001"}],
        "NGAY_VAO": [{"valueDateTime": "2026-09-14T08:05:00+07:00"}],
        "MA_DINH_CHI_THAI": [{"valueString": "0"}],
        "TUOI_THAI": [{"valueInteger": 38}],
        "CHAN_DOAN_RV": [{"valueString": "Đẻ thường"}],
        "NGAY_CT": [{"valueDate": "2026-09-16"}],
    }


def test_a_list_on_a_paper_is_one_answer_for_each_part() -> None:
    paper = {"MA_LK": VISIT_ID, "MA_BENH_KT": "I10;E11", "GT_THE_DEN": "20261231;20260630"}
    answers = {item["linkId"]: item["answer"] for item in _only("XML13", paper)["item"]}
    assert answers["MA_BENH_KT"] == [{"valueString": "I10"}, {"valueString": "E11"}]
    assert answers["GT_THE_DEN"] == [{"valueDate": "2026-12-31"}, {"valueDate": "2026-06-30"}]


def test_answers_of_another_maker_are_read_whatever_their_type() -> None:
    bundle = _dossier(("XML7", DISCHARGE))
    item = bundle["entry"][0]["resource"]["item"]
    item[:] = [
        {"linkId": "TUOI_THAI", "answer": [{"valueDecimal": 38}]},
        {"linkId": "MA_DINH_CHI_THAI", "answer": [{"valueBoolean": False}]},
        {"linkId": "LA", "answer": [{"valueString": "x"}]},
    ]
    (row,) = rows_of_resource(bundle)
    assert row.values == {"MA_LK": VISIT_ID, "TUOI_THAI": "38", "MA_DINH_CHI_THAI": "0"}


def test_a_table_that_is_none_of_ours_is_in_no_bundle() -> None:
    assert dossier_of(_visit(("XML12", {"MA_LK": VISIT_ID, "LA": "x"}))) is None


def test_what_is_no_claim_and_no_collection_has_no_rows() -> None:
    for resource in ({"resourceType": "Patient"}, {"resourceType": "Bundle", "type": "transaction"}):
        with pytest.raises(WrongResource):
            rows_of_resource(resource)
