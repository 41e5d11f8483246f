"""What is told of a batch: receipts in pages, the file as its original, and whose signature it bears."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from sqlalchemy import select

from bhyt.national.signature_making import sign_enveloped
from bhyt.national.signature_signers import Signer, Signers
from bhyt.validation import problems
from gateway.services.batches import Job
from gateway.store.database import Caller
from gateway.store.tables_batches import Batch
from gateway.store.tables_records import Resource
from tests.integration.gateway.parcels import (
    claims_file,
    cut,
    lines,
    receipts,
    send,
    work_off,
    workshop,
)
from tests.integration.gateway.world import HERE, World, claim
from tests.unit.bhyt.signers import hospital

INSURER = Caller("insurer", "test")
SIGNER = hospital()
SEVEN = [f"LK-{number}" for number in range(1, 8)]


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


def _id(world: World) -> UUID:
    with world.database.begin(INSURER) as session:
        return session.scalars(select(Batch.id)).one()
