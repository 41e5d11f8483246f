"""Where the fields of a claim stand in FHIR, on single changes of the national sample, and back.

The elements expected are those that R4 defines for the meaning; the values are the sample's.
"""

from typing import Any

import pytest

from bhyt.national import read_file
from bhyt.parsing import parse
from bhyt.r4 import wire
from bhyt.r4.bundle import element_of, resource_of
from bhyt.r4.lookup import parts_of
from bhyt.r4.rows import record_of_resource, rows_of_resource
from bhyt.r4.systems import code_url, extension_url, identifier_url
from bhyt.records.content import content_hash
from bhyt.records.visit import Visit
from tests.unit.bhyt.samples import ENVELOPE, changed


def _visit(data: bytes = ENVELOPE) -> Visit:
    visit = next(record for record in read_file(data).records if isinstance(record, Visit))
    assert isinstance(visit, Visit)
    return visit


def _claim(data: bytes = ENVELOPE) -> dict[str, Any]:
    return parse(wire.write(element_of(_visit(data))))


def _filled(table: str, name: str, value: str) -> bytes:
    return changed(table, f"<{name}/>", f"<{name}>{value}</{name}>")


def _entry(claim: dict[str, Any], category: str) -> dict[str, Any]:
    return next(e for e in claim["supportingInfo"] if e["category"]["coding"][0]["code"] == category)


def _parts(element: dict[str, Any], name: str) -> dict[str, Any]:
    return parts_of(next(item for item in element["extension"] if item["url"] == extension_url(name)))


def _back(data: bytes, table: str, name: str) -> str | None:
    row = next(row for row in rows_of_resource(_claim(data)) if row.table == table)
    return row.text(name)


def _code(concept: dict[str, Any], system: str) -> str | None:
    return next((c["code"] for c in concept["coding"] if c["system"] == code_url(system)), None)


def test_the_claim_for_the_gateway_is_the_one_that_the_r4b_class_accepts() -> None:
    assert element_of(_visit()) == resource_of(_visit())


def test_the_sample_comes_back_row_by_row() -> None:
    visit = _visit()
    sent = [visit.row, *(line.row for line in visit.lines)]
    back = rows_of_resource(_claim())
    assert [(row.table, row.line, row.values) for row in back] == [
        (row.table, row.line, row.values) for row in sent
    ]


def test_the_record_read_back_has_the_same_content() -> None:
    assert content_hash(record_of_resource(_claim())) == content_hash(_visit())


def test_a_line_keeps_its_times_to_the_minute() -> None:
    line = _parts(_claim()["item"][0], "national-line")
    assert line["source"] == "XML2/1"
    assert line["ordered"] == "2026-09-14T10:00:00+07:00"
    assert line["executed"] == "2026-09-14T10:30:00+07:00"


def test_the_four_other_sources_are_claimed_figures_of_the_line() -> None:
    figures = _parts(_claim()["item"][0], "claimed-amounts")
    for name in ("state-budget", "foreign-aid", "domestic-aid", "remaining-sources"):
        assert figures[name] == {"value": 0, "currency": "VND"}
    assert str(figures["fund"]["value"]) == "10004.00"


@pytest.mark.parametrize(
    ("table", "name", "value", "element", "system"),
    [
        ("XML3", "VI_TRI_TH_DVKT", "12", "bodySite", "body-site"),
        ("XML3", "PP_VO_CAM", "2", "modifier", "anesthesia"),
        ("XML3", "TAI_SU_DUNG", "1", "modifier", "reuse"),
        ("XML2", "MA_PP_CHEBIEN", "SY.01", "modifier", "drug-processing"),
        ("XML2", "VET_THUONG_TP", "1", "modifier", "war-wound"),
    ],
)
def test_a_code_of_a_line_stands_in_the_element_of_its_meaning(
    table: str, name: str, value: str, element: str, system: str
) -> None:
    data = _filled(table, name, value)
    item = next(
        item
        for item in _claim(data)["item"]
        if _parts(item, "national-line")["source"].startswith(f"{table}/1")
    )
    concepts = item[element] if isinstance(item[element], list) else [item[element]]
    assert [code for concept in concepts if (code := _code(concept, system))] == [value]
    assert _back(data, table, name) == value


def test_department_and_funding_of_a_drug_stand_in_location_and_program() -> None:
    item = _claim()["item"][0]
    assert _code(item["locationCodeableConcept"], "department") == "K27"
    assert [_code(concept, "drug-funding") for concept in item["programCode"]] == [None, "1"]


def test_machine_and_model_are_devices() -> None:
    item = _claim(_filled("XML3", "MA_MAY", "SH.1.33999.A1;HH.1.33999.B2"))["item"][2]
    assert [device["identifier"] for device in item["udi"]] == [
        {"system": identifier_url("machine"), "value": "SH.1.33999.A1"},
        {"system": identifier_url("machine"), "value": "HH.1.33999.B2"},
    ]


def test_a_diagnosis_that_only_a_line_names_is_pointed_to_and_is_not_the_visits() -> None:
    data = _filled("XML3", "MA_BENH", "D50;O80")
    claim = _claim(data)
    principal, other = claim["diagnosis"]
    assert principal["diagnosisCodeableConcept"]["coding"][0]["code"] == "O80"
    assert other["diagnosisCodeableConcept"]["coding"][0]["code"] == "D50"
    assert claim["item"][2]["diagnosisSequence"] == [2, 1]
    assert _back(data, "XML1", "MA_BENH_KT") is None
    assert _back(data, "XML3", "MA_BENH") == "D50;O80"


def test_a_procedure_of_the_visit_and_one_of_a_line_are_told_apart() -> None:
    data = _filled("XML3", "MA_PTTT_QT", "73.59")
    claim = _claim(data)
    assert claim["item"][2]["procedureSequence"] == [1]
    assert _back(data, "XML1", "MA_PTTT_QT") is None
    assert _back(data, "XML3", "MA_PTTT_QT") == "73.59"


def test_a_supply_used_in_a_service_is_the_product_and_the_service_a_fact_of_the_line() -> None:
    item = next(i for i in _claim()["item"] if _code(i["productOrService"], "supply"))
    assert "service" not in _parts(item, "national-line")
    data = changed("XML3", "<MA_DICH_VU/>", "<MA_DICH_VU>02.1896</MA_DICH_VU>")
    item = next(i for i in _claim(data)["item"] if _code(i["productOrService"], "supply"))
    assert _code(_parts(item, "national-line")["service"], "service") == "02.1896"


def test_times_that_are_no_day_are_periods_of_the_claim_itself() -> None:
    claim = _claim()
    assert _entry(claim, "settled")["timingPeriod"] == {"start": "2026-09-16T10:30:00+07:00"}
    assert _entry(claim, "admission")["timingPeriod"] == {"start": "2026-09-14T09:00:00+07:00"}


def test_an_exemption_is_as_exact_as_it_was_sent() -> None:
    for sent, told in (("20260405", "2026-04-05"), ("202604051430", "2026-04-05T14:30:00+07:00")):
        data = _filled("XML1", "NGAY_MIEN_CCT", sent)
        assert _entry(_claim(data), "copayment-exempt")["timingPeriod"] == {"start": told}
        assert _back(data, "XML1", "NGAY_MIEN_CCT") == sent


def test_why_the_patient_was_admitted_is_one_entry_of_words_and_code() -> None:
    entry = _entry(_claim(_filled("XML1", "MA_LY_DO_VNT", "00001")), "admission-reason")
    assert entry["valueString"].startswith("Chuyển dạ")
    assert _code(entry["code"], "admission-reason") == "00001"


def test_a_visit_that_was_not_paid_for_yet_comes_back_without_a_time_of_payment() -> None:
    data = changed("XML1", "<NGAY_TTOAN>202609161030</NGAY_TTOAN>", "<NGAY_TTOAN/>")
    assert _claim(data)["created"] == "2026-09-16T10:00:00+07:00"
    assert _back(data, "XML1", "NGAY_TTOAN") is None


@pytest.mark.parametrize(
    ("name", "sent", "told"),
    [
        pytest.param("THANG_QT", "9", "09", id="month-without-zero"),
        pytest.param("SO_NGAY_DTRI", "03", "3", id="number-with-zero"),
        pytest.param("MA_BENH_KT", "I10; E11;", "I10;E11", id="list-with-space-and-open-end"),
    ],
)
def test_a_spelling_that_fhir_cannot_hold_stands_beside_its_value(name: str, sent: str, told: str) -> None:
    start = _visit().row.text(name)
    data = changed("XML1", f"<{name}>{start}<", f"<{name}>{sent}<") if start else _filled("XML1", name, sent)
    claim = _claim(data)
    assert _parts(claim, "as-sent")[name] == sent
    assert _back(data, "XML1", name) == sent
    claim["extension"] = [item for item in claim["extension"] if not item["url"].endswith("as-sent")]
    assert rows_of_resource(claim)[0].text(name) == told


def test_usual_spellings_need_nothing_beside_them() -> None:
    assert b"as-sent" not in wire.write(_claim())


def test_a_claim_of_another_maker_is_read_by_its_standard_elements() -> None:
    """The claim has what R4 demands and the codes of our systems, none of our extensions."""
    claim = _claim()
    claim = {name: part for name, part in claim.items() if name != "extension"}
    claim["item"] = [{k: v for k, v in item.items() if k != "extension"} for item in claim["item"]]
    header, *lines = rows_of_resource(claim)
    assert header.text("T_TONGCHI_BV") == "1317806.00"
    assert header.text("T_BHTT") is None
    assert [(row.table, row.text("STT")) for row in lines] == [
        ("XML2", "1"),
        ("XML2", "2"),
        ("XML3", "1"),
        ("XML3", "2"),
        ("XML3", "3"),
        ("XML3", "4"),
    ]
    assert lines[0].text("DON_GIA") == "1250.500"
