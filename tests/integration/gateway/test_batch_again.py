"""A record, a file or a step that comes again: known, corrected, refused or undone, never stored twice."""

from typing import Any

import pytest

from gateway.services import batch_storing
from gateway.store.tables_records import Claim, RecordKey
from tests.integration.gateway.corrections import older
from tests.integration.gateway.parcels import (
    claims_file,
    commit,
    create,
    cut,
    lines,
    put,
    receipts,
    send,
    stored,
    work_off,
    workshop,
)
from tests.integration.gateway.world import World, claim
from tests.unit.bhyt.births import certificate
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, envelope, inner_files

SEVEN = [f"LK-{number}" for number in range(1, 8)]


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
