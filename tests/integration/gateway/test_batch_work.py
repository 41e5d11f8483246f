"""A committed batch is worked off: every record of it is stored or refused, and gets one receipt."""

from typing import Any

import pytest
from psycopg import errors
from sqlalchemy.exc import OperationalError

from gateway.services import batch_storing
from gateway.store.database import Caller
from gateway.store.tables_records import Claim, Document, Encounter
from tests.integration.gateway.deaths import death
from tests.integration.gateway.parcels import (
    VISIT,
    Parcel,
    claims_file,
    create,
    cut,
    lines,
    receipts,
    results,
    send,
    stored,
    work_off,
)
from tests.integration.gateway.world import MOTHER, SID, THERE, World, claim, encounter
from tests.unit.bhyt.births import certificate
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, behind_another, envelope, inner_files

INSURER = Caller("insurer", "test")
SEVEN = [f"LK-{number}" for number in range(1, 8)]


def test_every_claim_of_a_national_file_is_stored_and_its_receipt_says_where(world: World) -> None:
    batch = send(world, cut(claims_file(*SEVEN)))
    status = work_off(world, batch)
    assert (status["state"], status["code"]) == ("done", None)
    assert status["counts"] == {
        "receipts": 7,
        "stored": 7,
        "already-stored": 0,
        "corrected": 0,
        "refused": 0,
    }
    found = receipts(world, batch)
    assert [(one["number"], one["kind"], one["key"], one["result"]) for one in found] == [
        (number, "claim", f"LK-{number}", "stored") for number in range(1, 8)
    ]
    for one in found:
        address = one["location"].split("/_history")[0]
        served = world.get("desk", f"/fhir/{address}")
        assert served.json["identifier"][0]["value"] == one["key"]


def test_a_dossier_yields_a_receipt_for_its_claim_and_for_each_birth(world: World) -> None:
    batch = send(world, cut(claims_file("LK-1", "LK-2", births=True)))
    work_off(world, batch)
    assert [(one["number"], one["kind"], one["key"]) for one in receipts(world, batch)] == [
        (1, "claim", "LK-1"),
        (1, "birth", "00001.GCS.33999.26"),
        (2, "claim", "LK-2"),
        (2, "birth", "00002.GCS.33999.26"),
    ]
    assert (stored(world, Claim), stored(world, Document)) == (2, 2)


def test_what_a_claim_has_besides_its_lines_is_stored_as_its_dossier_and_corrected_with_it(
    world: World,
) -> None:
    result = (
        "<CHITIEU_CHITIET_DICHVUCANLAMSANG><DSACH_CHI_TIET_CLS><CHI_TIET_CLS><MA_LK>LK-1</MA_LK><STT>1</STT>"
        "<MA_DICH_VU>23.0075.1494</MA_DICH_VU><MA_CHI_SO>GLU</MA_CHI_SO><TEN_CHI_SO>Glucose</TEN_CHI_SO>"
        "<GIA_TRI>5.1</GIA_TRI><DON_VI_DO>mmol/L</DON_VI_DO><NGAY_KQ>202609141000</NGAY_KQ></CHI_TIET_CLS>"
        "</DSACH_CHI_TIET_CLS></CHITIEU_CHITIET_DICHVUCANLAMSANG>"
    )
    for value, results_ in (("5.1", "stored"), ("5.2", "corrected")):
        tables = {name: text.replace(VISIT, "LK-1") for name, text in inner_files().items() if name != "XML9"}
        data = envelope(tables | {"XML4": result.replace("5.1", value)})
        batch = send(world, cut(data))
        work_off(world, batch)
        (receipt,) = receipts(world, batch)
        assert (receipt["kind"], receipt["result"]) == ("claim", results_), receipt
    found = world.get("desk", f"/fhir/Bundle?type=collection&identifier={SID}/vn-ma-lk|LK-1").json["entry"]
    assert [entry["resource"]["meta"]["versionId"] for entry in found] == ["2"]
    assert found[0]["resource"]["entry"][0]["resource"]["resourceType"] == "Observation"
    assert world.get("desk", "/fhir/Bundle?type=document").json["entry"] == []


def test_death_notices_are_stored_out_of_their_own_file(world: World) -> None:
    batch = send(world, cut(DEATH_NOTICE))
    work_off(world, batch)
    assert results(receipts(world, batch)) == [("00001.GBT.33999.26", "stored", None)]


def test_lines_of_fhir_are_validated_one_by_one_and_stored_as_received(world: World) -> None:
    wrong = claim("LK-2") | {"status": "finished"}
    parcel = lines(claim("LK-1"), wrong, encounter("LK-3"), death("GBT-7"), per_chunk=3)
    batch = send(world, parcel)
    work_off(world, batch)
    found = receipts(world, batch)
    assert results(found) == [
        ("LK-1", "stored", None),
        ("LK-2", "refused", "fhir.code-not-allowed"),
        ("LK-3", "stored", None),
        ("GBT-7", "stored", None),
    ]
    assert found[1]["findings"] == [
        {
            "rule": "fhir.code-not-allowed",
            "code": "fhir.code-not-allowed",
            "severity": "error",
            "table": "Claim",
            "line": None,
            "field": "Claim.status",
            "value": None,
            "expected": None,
        }
    ]
    assert [stored(world, table) for table in (Claim, Encounter, Document)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"not json", "fhir.malformed-json"),
        (b"[]", "fhir.not-an-object"),
        (b'{"resourceType":"Binary","contentType":"a/b","data":"eA=="}', "batch.type-not-stored"),
        (b'{"resourceType":"Task"}', "batch.type-not-stored"),
        (b'{"resourceType":7}', "batch.type-not-stored"),
        (b'{"resourceType":{"a":1}}', "batch.type-not-stored"),
        (b'{"resourceType":"Claim","status":"\\u0000"}', "request.malformed"),
        (b"\xff\xfe", "fhir.invalid-utf8"),
    ],
)
def test_a_line_that_is_no_record_is_refused_and_its_neighbors_are_stored(
    world: World, line: bytes, code: str
) -> None:
    first, last = lines(claim("LK-1")).data, lines(claim("LK-2")).data
    batch = send(world, Parcel([first + line + b"\n" + last]))
    work_off(world, batch)
    assert [(one["result"], one["code"]) for one in receipts(world, batch)] == [
        ("stored", None),
        ("refused", code),
        ("stored", None),
    ]


def test_a_record_of_another_facility_is_refused_by_its_receipt(world: World) -> None:
    batch = send(world, lines(claim("LK-1"), claim("LK-2", facility=THERE)))
    work_off(world, batch)
    assert results(receipts(world, batch)) == [
        ("LK-1", "stored", None),
        ("LK-2", "refused", "auth.other-facility"),
    ]


@pytest.mark.parametrize(
    ("data", "record", "old", "new"),
    [
        (CHECK_IN, "TRANG_THAI_KCB", b"<MA_CSKCB>33999", b"<MA_CSKCB>33001"),
        (DEATH_NOTICE, "GIAYBAOTU", b"<MACSKCB>33999", b"<MACSKCB>33001"),
        (certificate(), "GIAYCHUNGSINH", b".33999.26</MA_GCS>", b".33001.26</MA_GCS>"),
    ],
    ids=["check-ins", "deaths", "births"],
)
def test_each_row_is_judged_by_its_senders_facility_and_not_by_that_of_the_first_row(
    world: World, data: bytes, record: str, old: bytes, new: bytes
) -> None:
    batch = send(world, cut(behind_another(data, record, old, new)))
    work_off(world, batch)
    assert [(one["result"], one["code"]) for one in receipts(world, batch)] == [
        ("refused", "auth.other-facility"),
        ("stored", None),
    ]


def test_a_national_file_of_another_facility_is_refused_before_any_chunk(world: World) -> None:
    answer = create(world, cut(claims_file("LK-1")), "elsewhere")
    assert (answer.status_code, answer.json["code"]) == (403, "auth.other-facility")


@pytest.mark.parametrize("head", [b"", b"<HTML>", b"<!DOCTYPE a><GIAMDINHHS>"])
def test_a_file_that_is_no_national_one_is_refused_before_any_chunk(world: World, head: bytes) -> None:
    parcel = cut(claims_file("LK-1"))
    parcel.head = head
    answer = create(world, parcel)
    assert (answer.status_code, answer.json["code"].split(".")[0]) == (422, "file")


@pytest.mark.parametrize(
    "fault",
    [KeyError("LK-2"), OperationalError("LK-2", {}, errors.ProgramLimitExceeded())],
    ids=["of our program", "of the database's limits"],
)
def test_a_fault_of_ours_refuses_the_record_that_brought_it_to_light(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: Exception
) -> None:
    batch = send(world, lines(claim("LK-1"), claim("LK-2"), claim("LK-3")))
    tell = batch_storing.storing.store

    def stumbles(session: Any, entries: Any, **named: Any) -> Any:
        if b"LK-2" in entries[0].body:
            raise fault
        return tell(session, entries, **named)

    monkeypatch.setattr(batch_storing.storing, "store", stumbles)
    work_off(world, batch)
    assert results(receipts(world, batch)) == [
        ("LK-1", "stored", None),
        ("LK-2", "refused", "gateway.internal"),
        ("LK-3", "stored", None),
    ]
    assert "LK-2" not in capsys.readouterr().err


def test_a_claim_of_a_batch_waits_for_its_check_in_as_any_other(world: World) -> None:
    assert world.check_in(visit="LK-1").status_code == 201
    work_off(world, send(world, lines(claim("LK-1"))))
    found = world.get("desk", f"/fhir/Claim?identifier={SID}/vn-ma-lk|LK-1").json["entry"][0]["resource"]
    assert [tag["code"] for tag in found["meta"]["tag"]] == ["chip-proven"]
    assert found["patient"]["identifier"]["value"] == MOTHER


def test_a_record_of_a_day_that_has_not_come_is_taken_with_a_warning(world: World) -> None:
    """The world's clock stands on 15 July 2026."""
    later = DEATH_NOTICE.replace(b"<NGAY_TV>2026", b"<NGAY_TV>2027").replace(
        b"<NGAY_CAPGIAYBT>2026", b"<NGAY_CAPGIAYBT>2027"
    )
    assert later != DEATH_NOTICE
    batch = send(world, cut(later))
    work_off(world, batch)
    (receipt,) = receipts(world, batch)
    assert (receipt["result"], receipt["outcome"]) == ("stored", "accepted-with-warnings")
    (found,) = [one for one in receipt["findings"] if one["code"] == "record.in-future"]
    assert (found["severity"], found["field"], found["expected"]) == ("warning", "NGAY_TV", "<= 20260715")
