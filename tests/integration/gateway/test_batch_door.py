"""The batch door: a file is announced, sent in chunks and committed; whatever is repeated changes nothing."""

import pytest
from sqlalchemy import func, select, text

from gateway.services import batch_announced, batch_limits, batches
from gateway.services.access_log import Actor
from gateway.store.database import GATEWAY, Caller
from gateway.store.tables_batches import Batch, BatchChunk
from tests.integration.gateway.parcels import Parcel, commit, create, digest, put, send
from tests.integration.gateway.world import HERE, NOW, World

PARCEL = Parcel([b"one\n", b"two\nthree\n", b"four\n"])
DESK = Caller("facility", "desk", HERE)


def begun(world: World, parcel: Parcel = PARCEL) -> str:
    answer = create(world, parcel)
    assert answer.status_code == 201, answer.text
    batch: str = answer.json["batch"]
    return batch


def queued(world: World) -> list[str]:
    """The ids that wait in DBOS's queue."""
    prefix = "dbos." if world.database.engine.dialect.name == "postgresql" else ""
    with world.database.begin(GATEWAY) as session:
        ids = session.scalars(text(f"SELECT workflow_uuid FROM {prefix}workflow_status"))
        return list(ids)


def test_a_new_batch_misses_every_chunk_and_each_that_comes_is_missed_no_longer(world: World) -> None:
    answer = create(world, PARCEL)
    assert (answer.status_code, answer.json["state"], answer.json["missing"]) == (201, "receiving", [[1, 3]])
    batch = answer.json["batch"]
    assert put(world, batch, 2, b"two\nthree\n", records=2).status_code == 201
    status = world.get("desk", f"/batches/{batch}")
    assert status.json["missing"] == [[1, 1], [3, 3]]
    assert status.json["counts"] == {
        "receipts": 0,
        "stored": 0,
        "already-stored": 0,
        "corrected": 0,
        "refused": 0,
    }


def test_the_same_file_again_answers_with_the_first_batch(world: World) -> None:
    batch = begun(world)
    put(world, batch, 1, b"one\n")
    again = create(world, PARCEL, file_name="another-name.ndjson")
    assert (again.status_code, again.json["batch"], again.json["missing"]) == (200, batch, [[2, 3]])


def test_the_same_file_for_another_reason_or_of_another_generation_is_another_batch(world: World) -> None:
    first = begun(world)
    other = [create(world, PARCEL, **said) for said in ({"reason": "sai tên mẹ"}, {"generation": "4750"})]
    assert [answer.status_code for answer in other] == [201, 201]
    assert len({first, *(answer.json["batch"] for answer in other)}) == 3


def test_the_same_file_of_another_facility_is_another_batch(world: World) -> None:
    batch = begun(world)
    elsewhere = create(world, PARCEL, "elsewhere")
    assert (elsewhere.status_code, elsewhere.json["batch"] == batch) == (201, False)


def test_a_chunk_is_kept_once_and_other_bytes_under_its_number_are_refused(world: World) -> None:
    batch = begun(world)
    assert put(world, batch, 1, b"one\n").status_code == 201
    assert put(world, batch, 1, b"one\n").status_code == 200
    other = put(world, batch, 1, b"uno\n")
    assert (other.status_code, other.json["code"]) == (409, "batch.chunk-differs")
    with world.database.begin(DESK) as session:
        assert session.scalar(select(func.count()).select_from(BatchChunk)) == 1


def test_another_desk_of_the_facility_may_go_on_with_a_batch(world: World) -> None:
    batch = begun(world)
    assert put(world, batch, 1, b"one\n", name="second-desk").status_code == 201


def test_a_newer_cut_of_a_file_that_is_still_received_begins_again(world: World) -> None:
    batch = begun(world)
    put(world, batch, 1, b"one\n")
    recut = Parcel([b"one\ntwo\n", b"three\nfour\n"])
    answer = create(world, recut)
    assert (answer.status_code, answer.json["batch"]) == (200, batch)
    assert answer.json["missing"] == [[1, 2]]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Repr_Digest": digest(b"other")}, 400, "batch.digest"),
        ({"Repr_Digest": ""}, 400, "batch.digest"),
        ({"Tiepdon_Records": "many"}, 400, "request.malformed"),
        ({"Tiepdon_Records": "0"}, 413, "batch.chunk-too-large"),
        ({"Tiepdon_Records": "201"}, 413, "batch.chunk-too-large"),
        ({"Content_Type": "text/xml"}, 415, "request.media-type"),
    ],
)
def test_a_chunk_that_is_not_as_agreed_is_not_kept(
    world: World, headers: dict[str, str], status: int, code: str
) -> None:
    batch = begun(world)
    answer = put(world, batch, 1, b"one\n", **headers)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert world.get("desk", f"/batches/{batch}").json["missing"] == [[1, 3]]


def test_a_chunk_above_eight_megabytes_is_refused_and_one_of_eight_is_kept(world: World) -> None:
    batch = create(world, PARCEL, size=2 * batch_announced.MAX_CHUNK_BYTES).json["batch"]
    data = b"x" * batch_announced.MAX_CHUNK_BYTES
    assert put(world, batch, 1, data).status_code == 201
    answer = put(world, batch, 2, data + b"x")
    assert (answer.status_code, answer.json["code"]) == (413, "batch.chunk-too-large")


@pytest.mark.parametrize("number", [0, 4])
def test_a_chunk_beyond_those_announced_is_refused(world: World, number: int) -> None:
    answer = put(world, begun(world), number, b"one\n")
    assert (answer.status_code, answer.json["code"]) == (400, "batch.chunk-number")


def test_a_batch_is_committed_once_it_is_whole_and_queued_once(world: World) -> None:
    batch = begun(world)
    early = commit(world, batch)
    assert (early.status_code, early.json["code"], early.json["missing"]) == (
        409,
        "batch.incomplete",
        [[1, 3]],
    )
    assert queued(world) == []
    assert send(world, PARCEL) == batch
    again = commit(world, batch)
    assert (again.status_code, again.json["state"]) == (202, "queued")
    assert queued(world) == [batch]


def test_a_committed_batch_takes_no_other_chunk_and_knows_its_own(world: World) -> None:
    batch = send(world, PARCEL)
    assert put(world, batch, 1, b"one\n").status_code == 200
    assert put(world, batch, 1, b"uno\n").json["code"] == "batch.chunk-differs"
    recut = create(world, Parcel([b"one\ntwo\nthree\nfour\n"]))
    assert (recut.status_code, recut.json["batch"], recut.json["chunks"]) == (200, batch, 3)


def test_a_commit_that_is_undone_leaves_nothing_in_the_queue(world: World) -> None:
    batch = begun(world)
    for number, data in enumerate(PARCEL.chunks, start=1):
        put(world, batch, number, data, records=PARCEL.records[number - 1])
    with pytest.raises(ZeroDivisionError):
        _commit_and_fail(world)
    assert queued(world) == []
    assert world.get("desk", f"/batches/{batch}").json["state"] == "receiving"


def _commit_and_fail(world: World) -> None:
    held = world.app.extensions["gateway"]
    actor = Actor("desk", HERE, "request", NOW)
    with world.database.begin(DESK) as session:
        (batch,) = session.scalars(select(Batch.id))
        assert batches.commit(session, batch, actor=actor, enqueue=held.enqueue).state == "queued"
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"sha256": "ABC"}, 400),
        ({"size": 0}, 400),
        ({"size": "12"}, 400),
        ({"format": "csv"}, 400),
        ({"file_name": "../../etc/passwd"}, 400),
        ({"file_name": "a\x00b"}, 400),
        ({"head": "%%%"}, 400),
        ({"chunks": 0}, 400),
        ({"generation": "1999"}, 400),
        ({"reason": ""}, 400),
        ({"size": 4 * 1024**3 + 1}, 413),
        ({"chunks": 100_001, "records": 100_001}, 413),
        ({"records": 601}, 413),
        ({"records": 2}, 413),
    ],
    ids=str,
)
def test_an_announcement_that_has_no_sense_is_refused(
    standing_world: World, changes: dict[str, object], status: int
) -> None:
    answer = create(standing_world, PARCEL, **changes)
    assert answer.status_code == status, answer.text


def test_what_a_newer_sender_says_besides_is_passed_over(world: World) -> None:
    assert create(world, PARCEL, colour="blue").status_code == 201


def test_a_facility_begins_a_hundred_files_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_limits, "MAX_RECEIVING", 2)
    parcels = [Parcel([f"{number}\n".encode()]) for number in range(3)]
    assert [create(world, parcel).status_code for parcel in parcels] == [201, 201, 429]
    assert create(world, parcels[0]).status_code == 200
    assert create(world, parcels[2], "elsewhere").status_code == 201
    send(world, parcels[0])
    assert create(world, parcels[2]).status_code == 201


def test_a_file_that_was_begun_long_ago_is_given_up(world: World) -> None:
    batch = begun(world)
    put(world, batch, 1, b"one\n")
    world.clock.pass_(days=14, seconds=1)
    world.tokens.clear()
    again = create(world, PARCEL)
    assert (again.status_code, again.json["missing"]) == (201, [[1, 3]])
    status = world.get("desk", f"/batches/{batch}").json
    assert (status["state"], status["code"]) == ("refused", "batch.given-up")


def test_the_newest_batches_come_first_and_only_ones_own(world: World) -> None:
    mine = []
    for number in range(3):
        mine.append(begun(world, Parcel([f"{number}\n".encode()])))
        world.clock.pass_(seconds=1)
    create(world, PARCEL, "elsewhere")
    listed = world.get("desk", "/batches?limit=2").json["batches"]
    assert [batch["batch"] for batch in listed] == [mine[2], mine[1]]
    assert len(world.get("insurer", "/batches").json["batches"]) == 4


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "after=-1", "after=1.5"])
def test_a_page_is_asked_for_by_numbers(world: World, query: str) -> None:
    answer = world.get("desk", f"/batches/{begun(world)}/receipts?{query}")
    assert (answer.status_code, answer.json["code"]) == (400, "request.malformed")
