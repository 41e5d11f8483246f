"""The same file again: its first receipts for as long as they hold, then each record judged anew."""

from datetime import date
from typing import Any

import pytest

from gateway.services import batch_storing, months
from gateway.store.database import GATEWAY
from tests.integration.gateway.corrections import cancel, key_of
from tests.integration.gateway.parcels import Parcel, claims_file, create, cut, lines, put, receipts, send
from tests.integration.gateway.parcels import work_off as worked_off
from tests.integration.gateway.world import World, claim
from tests.unit.bhyt.births import certificate, xml9
from tests.unit.bhyt.samples import envelope

BIRTH = "00001.GCS.33999.26"
SEPTEMBER = date(2026, 9, 1)
A = cut(claims_file("LK-1", "LK-2"))
B = cut(claims_file("LK-1", change=("XML1", "Đỡ đẻ thường", "Đỡ đẻ thường, cắt tầng sinh môn")))


def upload(world: World, parcel: Parcel, *, reason: str | None = None) -> str:
    """Do what a hospital's program does with a file, and return the batch that answers it."""
    world.clock.pass_(seconds=1)
    answer = create(world, parcel, reason=reason)
    if answer.json["state"] == "receiving":
        worked_off(world, send(world, parcel, reason=reason))
    batch: str = answer.json["batch"]
    return batch


def told(world: World, batch: str) -> list[tuple[str, str, str | None]]:
    return [(one["key"], one["result"], one["code"] or version(one)) for one in receipts(world, batch)]


def version(receipt: dict[str, Any]) -> str:
    return str(receipt["location"]).rpartition("/")[2]


def close(world: World) -> None:
    with world.database.begin(GATEWAY) as session:
        months.close(session, SEPTEMBER, facility=None, by="Kế toán", now=world.clock())


def reopen(world: World) -> None:
    with world.database.begin(GATEWAY) as session:
        months.reopen(session, SEPTEMBER, facility=None, by="Kế toán", now=world.clock())


def test_receipts_that_hold_answer_the_same_file_again_and_nothing_is_sent(world: World) -> None:
    first = upload(world, A)
    assert create(world, A).status_code == 200
    assert upload(world, A) == first


def test_a_refusal_by_a_rule_of_the_file_holds_for_as_long_as_the_file_is_the_same(world: World) -> None:
    faulty = lines(claim("LK-1"), claim("LK-2") | {"status": "nonsense"})
    first = upload(world, faulty)
    assert [result for _, result, _ in told(world, first)] == ["stored", "refused"]
    assert upload(world, faulty) == first


def test_the_file_of_a_closed_month_is_taken_when_the_month_is_open_again(world: World) -> None:
    close(world)
    first = upload(world, A)
    refused = [(key, "refused", "record.month-closed") for key in ("LK-1", "LK-2")]
    assert told(world, first) == refused
    again = upload(world, A)
    assert told(world, again) == refused, "still closed"
    reopen(world)
    last = upload(world, A)
    assert told(world, last) == [("LK-1", "stored", "1"), ("LK-2", "stored", "1")]
    assert upload(world, A) == last
    assert len({first, again, last}) == 3
    assert told(world, first) == refused, "what was answered stays readable"


def test_a_fault_of_ours_is_not_the_answer_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tell = batch_storing.storing.store

    def stumbles(session: Any, entries: Any, **named: Any) -> Any:
        if b"LK-2" in entries[0].body:
            raise KeyError("LK-2")
        return tell(session, entries, **named)

    with monkeypatch.context() as broken:
        broken.setattr(batch_storing.storing, "store", stumbles)
        first = upload(world, A)
    assert told(world, first) == [("LK-1", "stored", "1"), ("LK-2", "refused", "gateway.internal")]
    assert told(world, upload(world, A)) == [("LK-1", "already-stored", "1"), ("LK-2", "stored", "1")]


def test_a_claim_that_was_cancelled_since_is_refused_and_stands_again_for_a_reason_alone(
    world: World,
) -> None:
    upload(world, A)
    assert cancel(world).status_code == 200
    again = upload(world, A)
    assert told(world, again) == [("LK-1", "refused", "record.cancelled"), ("LK-2", "already-stored", "1")]
    assert told(world, upload(world, A)) == told(world, again), "also in the round after"
    assert key_of(world) == (2, True)
    assert told(world, upload(world, A, reason="hủy nhầm"))[0] == ("LK-1", "corrected", "3")
    assert key_of(world) == (3, False)


def test_a_cancelled_claim_that_is_exported_anew_is_refused_and_its_neighbors_are_taken(world: World) -> None:
    upload(world, A)
    cancel(world)
    anew = cut(claims_file("LK-1", "LK-2").replace(b"<NGAYLAP>2026", b"<NGAYLAP>2027"))
    assert anew.data != A.data
    refused = [("LK-1", "refused", "record.cancelled"), ("LK-2", "already-stored", "1")]
    assert told(world, upload(world, anew)) == refused
    assert told(world, upload(world, B)) == refused[:1], "also with other content"
    assert key_of(world) == (2, True)


def test_a_record_that_stands_again_by_a_reason_is_warned_of_and_no_other_one_is(world: World) -> None:
    upload(world, A)
    cancel(world)
    first, second = receipts(world, upload(world, A, reason="sai chẩn đoán LK-2"))
    assert (first["result"], first["outcome"]) == ("corrected", "accepted-with-warnings")
    told_first = first["findings"][0]
    assert (told_first["code"], told_first["severity"]) == ("record.restored", "warning")
    assert second["result"] == "already-stored"
    assert "record.restored" not in {one["code"] for one in second["findings"]}


def test_an_older_file_does_not_undo_its_correction_unless_a_reason_is_given(world: World) -> None:
    upload(world, A)
    assert told(world, upload(world, B)) == [("LK-1", "corrected", "2")]
    again = upload(world, A)
    assert told(world, again) == [("LK-1", "refused", "record.conflict"), ("LK-2", "already-stored", "1")]
    assert told(world, upload(world, A, reason="bản đầu đúng"))[0] == ("LK-1", "corrected", "3")
    assert told(world, upload(world, B)) == [("LK-1", "refused", "record.conflict")]


def test_what_only_an_earlier_round_was_refused_for_is_taken_as_any_first_sending(world: World) -> None:
    """B is a correction: that its month was closed at first makes it no older."""
    upload(world, A)
    close(world)
    assert told(world, upload(world, B)) == [("LK-1", "refused", "record.month-closed")]
    reopen(world)
    assert told(world, upload(world, B)) == [("LK-1", "corrected", "2")]


def test_who_was_cut_off_goes_on_with_the_round_that_was_begun(world: World) -> None:
    upload(world, A)
    cancel(world)
    begun = create(world, A)
    assert (begun.status_code, begun.json["missing"]) == (201, [[1, 1]])
    again = create(world, A)
    assert (again.status_code, again.json["batch"]) == (200, begun.json["batch"])
    put(world, begun.json["batch"], 1, A.chunks[0], records=2)
    send(world, A)
    queued = create(world, A)
    assert (queued.json["batch"], queued.json["state"]) == (begun.json["batch"], "queued")


def test_a_round_whose_parts_are_not_the_file_is_begun_again(world: World) -> None:
    upload(world, A)
    cancel(world)
    batch = create(world, A).json["batch"]
    put(world, batch, 1, A.chunks[0].swapcase(), records=2)
    world.post("desk", f"/batches/{batch}/commit", b"")
    assert worked_off(world, batch)["state"] == "refused"
    assert told(world, upload(world, A))[0] == ("LK-1", "refused", "record.cancelled")


def test_the_files_of_two_papers_about_a_birth_keep_their_first_receipts(world: World) -> None:
    """Each paper passed the other: the certificate stands, XML9 lies in the history, both receipts hold."""
    dossier, paper = cut(envelope(xml9())), cut(certificate())
    first, second = upload(world, dossier), upload(world, paper)
    assert upload(world, dossier) == first
    assert upload(world, paper) == second
    cancel(world, "birth", BIRTH)
    for parcel in (dossier, paper):
        (birth,) = (one for one in told(world, upload(world, parcel)) if one[0] == BIRTH)
        assert birth == (BIRTH, "refused", "record.cancelled")


def test_a_certificate_that_xml9_passed_below_keeps_its_first_receipt(world: World) -> None:
    paper, dossier = cut(certificate()), cut(envelope(xml9()))
    first, second = upload(world, paper), upload(world, dossier)
    assert (upload(world, paper), upload(world, dossier)) == (first, second)
    corrected = cut(envelope(xml9(CAN_NANG_CON="3250")))
    upload(world, corrected)
    assert upload(world, paper) == first
    assert upload(world, dossier) != second
