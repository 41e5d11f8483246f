"""What is stored is queued for the portal and comes to it byte for byte; and what is not for it stays."""

import hashlib
import re
from typing import Any

import pytest
from sqlalchemy import delete

from bhyt.national import read_file
from bhyt.r4.wire import write
from bhyt.records.visit import Visit
from gateway.store.tables_batches import BatchChunk
from gateway.store.tables_portal import PortalSending
from tests.integration.gateway.parcels import claims_file, cut, lines, send, work_off
from tests.integration.gateway.portals import queue, received, send_all
from tests.integration.gateway.test_records import DESK, SAMPLES, submissions
from tests.integration.gateway.world import THERE, World, claim, encounter
from tests.integration.upstream.double_served import Double
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE

KEY = "SYN-33999-0000001"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def post(world: World, sample: str) -> None:
    for bundle in submissions(sample):
        answer = world.post("desk", "/fhir", write(bundle))
        assert answer.status_code == 200, answer.text


def batch(world: World, file: bytes, **changes: Any) -> None:
    work_off(world, send(world, cut(file), **changes))


def visits(file: bytes) -> list[Visit]:
    return [record for record in read_file(file).records if isinstance(record, Visit)]


def shown(rows: list[PortalSending]) -> list[tuple[str, str, int, str]]:
    return [(row.kind, row.business_key, row.version, row.state) for row in rows]


def test_nothing_is_queued_for_a_facility_without_an_account(world: World) -> None:
    post(world, "sample_envelope.xml")
    batch(world, claims_file("LK-1"))
    assert queue(world) == []


@pytest.mark.parametrize(
    ("sample", "kind", "door"),
    [
        ("sample_envelope.xml", "claim", "130"),
        ("sample_checkin_xml0.xml", "check-in", "0"),
        ("sample_death_notice_HSDLGBT.xml", "death", "60"),
    ],
)
def test_a_file_of_one_record_goes_on_as_it_came(
    forwarding: World, double: Double, sample: str, kind: str, door: str
) -> None:
    post(forwarding, sample)
    (row,) = queue(forwarding)
    assert (row.kind, row.state) == (kind, "waiting")
    assert send_all(forwarding) == ["taken"]
    assert double.files == [(SAMPLES / sample).read_bytes()]
    (taken,) = double.world.received
    assert (taken["kind"], taken["sha256"]) == (door, digest((SAMPLES / sample).read_bytes()))
    (row,) = queue(forwarding)
    assert (row.state, row.sent_as, row.sha256) == ("taken", "original", taken["sha256"])
    assert (row.result, row.transaction, row.attempts) == ("200", taken["transaction"], 1)


def test_a_batch_of_one_record_goes_on_as_it_came(forwarding: World, double: Double) -> None:
    batch(forwarding, ENVELOPE)
    assert shown(queue(forwarding)) == [("claim", KEY, 1, "waiting")]
    assert send_all(forwarding) == ["taken"]
    assert received(double) == [digest(ENVELOPE)]


def test_out_of_a_file_of_many_claims_each_goes_alone_with_its_inner_files_to_the_letter(
    forwarding: World, double: Double
) -> None:
    whole = claims_file("LK-1", "LK-2", "LK-3", births=True)
    batch(forwarding, whole)
    assert [row.business_key for row in queue(forwarding)] == ["LK-1", "LK-2", "LK-3"]
    assert send_all(forwarding) == ["taken"] * 3
    sent = {visit.visit_id: file for file in double.files for visit in visits(file)}
    assert sent.keys() == {"LK-1", "LK-2", "LK-3"}
    inner = re.compile(rb"<NOIDUNGFILE>.*?</NOIDUNGFILE>", re.DOTALL)
    assert [content for key in sorted(sent) for content in inner.findall(sent[key])] == inner.findall(whole)
    for file in double.files:
        assert file.count(b"<HOSO>") == 1
        assert b"<NGAYLAP>20260916</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO>" in file
    assert {row.sent_as for row in queue(forwarding)} == {"unsigned-part"}
    assert {row.sha256 for row in queue(forwarding)} == set(received(double))


@pytest.mark.parametrize(
    ("sample", "record", "keys"),
    [
        (DEATH_NOTICE, b"GIAYBAOTU", (b"00001.GBT.33999.26", b"00002.GBT.33999.26")),
        (CHECK_IN, b"TRANG_THAI_KCB", (b"SYN-33999-0000001", b"SYN-33999-0000002")),
    ],
    ids=["deaths", "check-ins"],
)
def test_out_of_a_file_of_many_rows_each_goes_alone_to_the_letter(
    forwarding: World, double: Double, sample: bytes, record: bytes, keys: tuple[bytes, bytes]
) -> None:
    start, end = sample.index(b"<" + record), sample.rindex(b"</" + record + b">") + len(record) + 3
    one = sample[start:end]
    two = one.replace(*keys)
    batch(forwarding, sample[:end] + b"\n" + two + sample[end:])
    assert send_all(forwarding) == ["taken", "taken"]
    for element in (one, two):
        (file,) = (file for file in double.files if element in file)
        assert file.count(b"<" + record) == 1
        assert len(read_file(file).records) == 1
    assert {row.sent_as for row in queue(forwarding)} == {"unsigned-part"}


def test_an_emergency_is_not_told_to_the_check_in_door(forwarding: World) -> None:
    at = b"<MA_DOITUONG_KCB>1.1</MA_DOITUONG_KCB>"
    assert at in CHECK_IN
    batch(forwarding, CHECK_IN.replace(at, b"<MA_DOITUONG_KCB>2</MA_DOITUONG_KCB>"))
    assert queue(forwarding) == []


def test_what_has_no_national_original_is_not_queued(forwarding: World) -> None:
    assert forwarding.post("desk", "/fhir/Claim", claim("LK-8")).status_code == 201
    assert forwarding.post("desk", "/fhir/Encounter", encounter("LK-9")).status_code == 201
    work_off(forwarding, send(forwarding, lines(claim("LK-10"))))
    assert queue(forwarding) == []


def test_another_facilitys_records_stay(forwarding: World) -> None:
    theirs = claims_file("LK-1").replace(b"<MACSKCB>33999", b"<MACSKCB>01999")
    work_off(forwarding, send(forwarding, cut(theirs), "elsewhere"))
    assert THERE == "01999"
    assert queue(forwarding) == []


def test_the_same_record_again_is_not_queued_again(forwarding: World, double: Double) -> None:
    batch(forwarding, claims_file("LK-1"))
    send_all(forwarding)
    batch(forwarding, claims_file("LK-1", "LK-2"))
    send_all(forwarding)
    assert shown(queue(forwarding)) == [("claim", "LK-1", 1, "taken"), ("claim", "LK-2", 1, "taken")]
    assert len(double.files) == 2


def corrected(*visits: str) -> bytes:
    return claims_file(*visits, change=("XML1", "Đỡ đẻ thường", "Đỡ đẻ thường, cắt tầng sinh môn"))


def test_a_correction_takes_the_place_of_what_still_waits(forwarding: World, double: Double) -> None:
    batch(forwarding, claims_file("LK-1"))
    batch(forwarding, corrected("LK-1"))
    assert shown(queue(forwarding)) == [
        ("claim", "LK-1", 1, "superseded"),
        ("claim", "LK-1", 2, "waiting"),
    ]
    assert send_all(forwarding) == ["taken"]
    assert double.files == [corrected("LK-1")]


def test_a_correction_of_what_the_portal_has_is_sent_too(forwarding: World, double: Double) -> None:
    for file in (claims_file("LK-1"), corrected("LK-1")):
        batch(forwarding, file)
        send_all(forwarding)
    assert double.files == [claims_file("LK-1"), corrected("LK-1")]


def test_what_was_cancelled_while_it_waited_is_not_sent(forwarding: World, double: Double) -> None:
    batch(forwarding, claims_file("LK-1"))
    asked = {"kind": "claim", "key": "LK-1", "reason": "wrong-patient"}
    answer = forwarding.post("desk", "/cancellations", asked, Content_Type="application/json")
    assert answer.status_code == 200, answer.text
    assert send_all(forwarding) == ["withdrawn"]
    assert double.files == []


def test_a_cancelled_claim_that_is_exported_again_is_not_forwarded_until_somebody_gives_a_reason(
    forwarding: World, double: Double
) -> None:
    batch(forwarding, claims_file("LK-1"))
    asked = {"kind": "claim", "key": "LK-1", "reason": "wrong-patient"}
    forwarding.post("desk", "/cancellations", asked, Content_Type="application/json")
    assert send_all(forwarding) == ["withdrawn"]
    batch(forwarding, corrected("LK-1"))
    assert send_all(forwarding) == []
    work_off(forwarding, send(forwarding, cut(corrected("LK-1")), reason="hủy nhầm"))
    assert send_all(forwarding) == ["taken"]
    assert double.files == [corrected("LK-1")]


def test_a_queued_record_whose_file_is_gone_is_refused_and_said_to_be(forwarding: World) -> None:
    batch(forwarding, claims_file("LK-1"))
    with forwarding.database.begin(DESK) as session:
        session.execute(delete(BatchChunk))
    assert send_all(forwarding) == ["refused"]
    assert [row.code for row in queue(forwarding)] == ["portal.no-content"]


def test_a_refused_record_leaves_nothing_in_the_queue(forwarding: World) -> None:
    batch(forwarding, claims_file("LK-1", change=("XML1", "<NGAY_VAO>", "<NGAY_VAO>x")))
    assert queue(forwarding) == []
