"""What one facility may leave at the batch door: limits that others do not feel."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from gateway.services import batch_limits
from gateway.store.bodies import unpack
from gateway.store.database import GATEWAY, Caller
from gateway.store.tables_batches import Batch
from tests.integration.gateway.parcels import (
    Parcel,
    claims_file,
    commit,
    create,
    cut,
    lines,
    put,
    send,
    work_off,
)
from tests.integration.gateway.world import World, claim

INSURER = Caller("insurer", "test")


def line(number: int) -> Parcel:
    return Parcel([f'{{"resourceType":"Claim","id":"{number}"}}\n'.encode()])


def test_chunks_that_are_more_bytes_than_the_announced_file_are_refused(world: World) -> None:
    parcel = cut(claims_file("LK-1", "LK-2"), per_chunk=1)
    batch = create(world, parcel).json["batch"]
    assert put(world, batch, 1, parcel.chunks[0]).status_code == 201
    answer = put(world, batch, 2, parcel.chunks[1] + b" ")
    assert (answer.status_code, answer.json["code"]) == (413, "batch.more-than-announced")
    assert world.get("desk", f"/batches/{batch}").json["missing"] == [[2, 2]]
    assert [put(world, batch, number, parcel.chunks[number - 1]).status_code for number in (2, 1)] == [
        201,
        200,
    ]


def test_nothing_fits_into_a_file_that_its_edges_fill(world: World) -> None:
    parcel = cut(claims_file("LK-1"))
    batch = create(world, parcel, size=1).json["batch"]
    assert put(world, batch, 1, b"x").status_code == 413


def test_a_size_that_was_announced_wrong_does_not_hold_up_the_file(world: World) -> None:
    parcel = cut(claims_file("LK-1"))
    wrong = create(world, parcel, size=1).json["batch"]
    assert create(world, parcel, size=1).json["batch"] == wrong
    right = send(world, parcel)
    assert right != wrong
    assert work_off(world, right)["counts"]["stored"] == 1
    status = world.get("desk", f"/batches/{wrong}").json
    assert (status["state"], status["code"]) == ("refused", "batch.not-the-file")


def test_of_a_refused_file_no_byte_is_kept(world: World) -> None:
    parcel = cut(claims_file("LK-1"))
    batch = send(world, parcel, sha256="0" * 64)
    assert work_off(world, batch)["state"] == "refused"
    with world.database.begin(INSURER) as session:
        row = session.execute(select(Batch.head, Batch.tail).where(Batch.id == UUID(batch))).one()
    assert [unpack(edge) for edge in row] == [b"", b""]


def test_a_facility_has_a_hundred_files_waiting_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_limits, "MAX_WAITING", 2)
    first, second = send(world, lines(claim("LK-1"))), send(world, line(2))
    third = create(world, line(3)).json["batch"]
    put(world, third, 1, line(3).data)
    answer = commit(world, third)
    assert (answer.status_code, answer.json["code"]) == (429, "batch.too-many-waiting")
    assert int(answer.headers["Retry-After"]) == batch_limits.WAITING_AGAIN_SECONDS
    assert world.get("desk", f"/batches/{third}").json["state"] == "receiving"
    send(world, line(4), "elsewhere")
    assert commit(world, second).status_code == 202
    work_off(world, first)
    assert commit(world, third).status_code == 202


def test_the_first_file_of_a_facility_has_its_turn_before_the_second_of_another(world: World) -> None:
    flood = [send(world, line(number)) for number in range(3)]
    other = send(world, line(9), "elsewhere")
    prefix = "dbos." if world.database.engine.dialect.name == "postgresql" else ""
    with world.database.begin(GATEWAY) as session:
        turns = text(f"SELECT workflow_uuid, priority FROM {prefix}workflow_status")
        assert dict(map(tuple, session.execute(turns))) == dict(
            zip([*flood, other], [1, 2, 3, 1], strict=True)
        )
