"""A committed batch is worked off: every record gets one receipt, and a repetition changes nothing."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from psycopg import errors
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bhyt.national.signature_making import sign_enveloped
from bhyt.national.signature_signers import Signer, Signers
from bhyt.validation import problems
from gateway.services import batch_storing
from gateway.services.batches import Job
from gateway.store.database import Caller
from gateway.store.tables_batches import Batch
from gateway.store.tables_records import Claim, Document, Encounter, RecordKey, Resource
from tests.integration.gateway.corrections import older
from tests.integration.gateway.deaths import death
from tests.integration.gateway.parcels import (
    VISIT,
    Parcel,
    claims_file,
    commit,
    create,
    cut,
    lines,
    put,
    receipts,
    send,
    work_off,
    workshop,
)
from tests.integration.gateway.world import HERE, MOTHER, SID, THERE, World, claim, encounter
from tests.unit.bhyt.births import certificate
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, behind_another, envelope, inner_files
from tests.unit.bhyt.signers import hospital

INSURER = Caller("insurer", "test")
SIGNER = hospital()
SEVEN = [f"LK-{number}" for number in range(1, 8)]


def stored(world: World, table: type[Any]) -> int:
    with world.database.begin(INSURER) as session:
        return len(session.scalars(select(table)).all())


def results(found: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(one["key"], one["result"], one["code"]) for one in found]


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


def test_the_same_record_again_is_known_and_changed_content_corrects_a_claim(world: World) -> None:
    work_off(world, send(world, cut(claims_file("LK-1", "LK-2"))))
    again = send(world, cut(claims_file("LK-2", "LK-1", "LK-3")))
    work_off(world, again)
    assert [one["result"] for one in receipts(world, again)] == ["already-stored", "already-stored", "stored"]
    changed = claims_file("LK-1", change=("XML1", "Đỡ đẻ thường", "Đỡ đẻ thường, cắt tầng sinh môn"))
    later = send(world, cut(changed))
    status = work_off(world, later)
    assert status["counts"]["corrected"] == 1
    (receipt,) = receipts(world, later)
    assert receipt["location"].endswith("/_history/2")


def test_a_dossier_that_is_sent_again_is_taken_whole_for_its_file_has_no_field_for_a_reason(
    world: World,
) -> None:
    files = inner_files() | {"XML0": CHECK_IN.decode().partition("?>")[2]}
    changed = {name: text.replace("TRẦN MẪU BÉ", "TRẦN MẪU BÉO") for name, text in files.items()}
    changed["XML0"] = changed["XML0"].replace("Khám Nội", "Khám Sản")
    changed["XML1"] = changed["XML1"].replace("Đỡ đẻ thường", "Đỡ đẻ thường, cắt tầng sinh môn")
    work_off(world, send(world, cut(envelope(files))))
    again = send(world, cut(envelope(changed)))
    work_off(world, again)
    found = {one["kind"]: (one["result"], one["location"][-2:]) for one in receipts(world, again)}
    assert found == dict.fromkeys(("claim", "birth", "check-in"), ("corrected", "/2"))
    assert {reason for _, _, reason in older(world)} == {"resubmitted"}


@pytest.mark.parametrize(
    ("data", "old", "new"),
    [(DEATH_NOTICE, "TRẦN VĂN MẪU CỤ", "TRẦN VĂN MẪU CẢ"), (certificate(), "TRẦN MẪU BÉ", "TRẦN MẪU BÉO")],
    ids=["a death notice", "a birth certificate"],
)
def test_a_changed_document_is_corrected_only_with_a_reason(
    world: World, data: bytes, old: str, new: str
) -> None:
    work_off(world, send(world, cut(data)))
    changed = cut(data.replace(old.encode(), new.encode()))
    silent = send(world, changed)
    work_off(world, silent)
    assert [one["code"] for one in receipts(world, silent)] == ["record.conflict"]
    stated = send(world, changed, reason="sai tên")
    work_off(world, stated)
    assert [one["result"] for one in receipts(world, stated)] == ["corrected"]


def test_one_key_with_two_contents_in_one_file_is_taken_once(world: World) -> None:
    other = claim("LK-1") | {"created": "2026-07-14T12:00:00+07:00"}
    parcel = lines(claim("LK-1"), other, claim("LK-1"), other, per_chunk=2)
    batch = send(world, parcel)
    work_off(world, batch)
    assert [(one["result"], one["code"]) for one in receipts(world, batch)] == [
        ("stored", None),
        ("refused", "record.twice-in-file"),
        ("already-stored", None),
        ("refused", "record.twice-in-file"),
    ]


def test_the_parts_that_are_not_the_file_are_refused_and_may_be_sent_again(world: World) -> None:
    parcel = lines(claim("LK-1"), claim("LK-2"), per_chunk=1)
    answer = create(world, parcel)
    batch = answer.json["batch"]
    put(world, batch, 1, parcel.chunks[0])
    put(world, batch, 2, parcel.chunks[1].replace(b"LK-2", b"LK-9"))
    assert commit(world, batch).status_code == 202
    status = work_off(world, batch)
    assert (status["state"], status["code"]) == ("refused", "batch.not-the-file")
    assert (stored(world, Claim), receipts(world, batch)) == (0, [])
    again = send(world, parcel)
    assert again != batch
    assert work_off(world, again)["counts"]["stored"] == 2


def test_a_step_that_comes_again_changes_nothing(world: World) -> None:
    parcel = cut(claims_file(*SEVEN))
    batch = send(world, parcel)
    first = work_off(world, batch)
    before = receipts(world, batch)
    keys = stored(world, RecordKey)
    assert work_off(world, batch) == first
    assert receipts(world, batch) == before
    assert stored(world, RecordKey) == keys


def test_a_crash_within_a_chunk_undoes_the_chunk_and_a_second_run_completes_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = send(world, cut(claims_file(*SEVEN), per_chunk=3))
    shop = workshop(world)
    tell = batch_storing.storing.store
    calls = iter(range(100))

    def dies_at_the_sixth(*given: Any, **named: Any) -> Any:
        if next(calls) == 6:
            raise KeyboardInterrupt
        return tell(*given, **named)

    monkeypatch.setattr(batch_storing.storing, "store", dies_at_the_sixth)
    with pytest.raises(KeyboardInterrupt):
        work_off(world, batch, shop=shop)
    assert stored(world, Claim) == len(receipts(world, batch)) == 3
    monkeypatch.undo()
    status = work_off(world, batch)
    assert status["counts"]["stored"] == stored(world, Claim) == 7


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


def test_receipts_come_in_pages_that_join_to_all_of_them(world: World) -> None:
    batch = send(world, cut(claims_file(*SEVEN)))
    work_off(world, batch)
    pages, after = [], 0
    while after is not None:
        page = world.get("desk", f"/batches/{batch}/receipts?after={after}&limit=3").json
        pages.append([one["key"] for one in page["receipts"]])
        after = page["next"]
    assert pages == [SEVEN[:3], SEVEN[3:6], SEVEN[6:]]


def test_while_a_batch_is_worked_off_the_next_page_is_asked_for_again(world: World) -> None:
    batch = send(world, cut(claims_file(*SEVEN)))
    job = Job(_id(world), HERE, world.keys["desk"][0])
    shop = workshop(world)
    assert shop.check_whole(job) == 4
    assert world.get("desk", f"/batches/{batch}").json["state"] == "working"
    shop.store_chunk(job, 1)
    page = world.get("desk", f"/batches/{batch}/receipts").json
    assert ([one["position"] for one in page["receipts"]], page["next"]) == ([1, 2], 2)
    assert world.get("desk", f"/batches/{batch}/receipts?after=2").json == {"receipts": [], "next": 2}


def test_a_record_with_a_million_errors_has_a_receipt_of_bounded_length(world: World) -> None:
    rows = "".join(f"<X{number}>1</X{number}>" for number in range(400))
    change = ("XML1", "<MA_LK>", f"{rows}<MA_LK>x</MA_LK><NGAY_SINH>bad</NGAY_SINH><MA_LK>")
    batch = send(world, cut(claims_file("LK-1", change=change)))
    work_off(world, batch)
    (receipt,) = receipts(world, batch)
    assert (receipt["result"], receipt["outcome"]) == ("refused", "refused")
    assert len(receipt["findings"]) <= 51
    assert receipt["findings"][0]["severity"] == "error"


def test_one_document_reference_describes_the_file_and_a_provenance_each_chunk(world: World) -> None:
    parcel = cut(claims_file(*SEVEN))
    batch = send(world, parcel)
    status = work_off(world, batch)
    document = world.get("desk", f"/fhir/{status['document']}").json
    attachment = document["content"][0]["attachment"]
    assert problems(document) == []
    assert attachment["url"] == status["original"] == f"Binary/{batch}"
    assert (attachment["size"], attachment["title"]) == (len(parcel.data), "thang-07.xml")
    assert document["identifier"] == [
        {"system": document["identifier"][0]["system"], "value": parcel.announced()["sha256"]}
    ]
    with world.database.begin(INSURER) as session:
        ids = session.scalars(select(Resource.id).where(Resource.type == "Provenance")).all()
    told = [world.get("insurer", f"/fhir/Provenance/{key}").json for key in ids]
    assert [problems(one) for one in told] == [[]] * 4
    assert {one["entity"][0]["what"]["reference"] for one in told} == {status["document"]}
    targets = Counter(target["reference"] for one in told for target in one["target"])
    assert targets == Counter(one["location"] for one in receipts(world, batch))


def test_the_original_is_read_back_byte_for_byte_by_its_facility_alone(world: World) -> None:
    parcel = cut(claims_file(*SEVEN))
    status = work_off(world, send(world, parcel))
    answer = world.get("desk", f"/fhir/{status['original']}")
    assert (answer.status_code, answer.data) == (200, parcel.data)
    assert answer.content_type == "application/xml"
    assert world.get("insurer", f"/fhir/{status['original']}").data == parcel.data
    assert world.get("elsewhere", f"/fhir/{status['original']}").status_code == 404


def test_a_file_without_a_signature_is_taken_and_its_status_says_so(world: World) -> None:
    status = work_off(world, send(world, cut(claims_file("LK-1"))))
    assert status["signature"] == {
        "status": "none",
        "signer": None,
        "profile": None,
        "code": "signature.missing",
    }
    assert work_off(world, send(world, lines(claim("LK-2"))))["signature"] is None


def test_the_signature_of_the_whole_file_is_judged_by_what_the_insurer_knows_of_signers(
    world: World,
) -> None:
    data = sign_enveloped(claims_file("LK-1", "LK-2"), SIGNER)
    unknown = work_off(world, send(world, cut(data, per_chunk=1)))["signature"]
    assert (unknown["status"], unknown["code"]) == ("unknown-signer", "signature.unknown-signer")
    named = Signer(HERE, fingerprint=SIGNER.certificate.fingerprint(hashes.SHA256()))
    known = replace(workshop(world), signers=Signers((named,)))
    again = sign_enveloped(claims_file("LK-3"), SIGNER)
    judged = work_off(world, send(world, cut(again)), shop=known)["signature"]
    assert (judged["status"], judged["code"], judged["profile"]) == ("valid", None, "enveloped")


def test_a_claim_of_a_batch_waits_for_its_check_in_as_any_other(world: World) -> None:
    assert world.check_in(visit="LK-1").status_code == 201
    work_off(world, send(world, lines(claim("LK-1"))))
    found = world.get("desk", f"/fhir/Claim?identifier={SID}/vn-ma-lk|LK-1").json["entry"][0]["resource"]
    assert [tag["code"] for tag in found["meta"]["tag"]] == ["chip-proven"]
    assert found["patient"]["identifier"]["value"] == MOTHER


def _id(world: World) -> Any:
    with world.database.begin(INSURER) as session:
        return session.scalars(select(Batch.id)).one()


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
