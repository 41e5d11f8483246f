"""A batch and each of its receipts name the generation of the national tables by which records were read."""

import pytest

from tests.integration.gateway.parcels import claims_file, cut, lines, receipts, send, work_off
from tests.integration.gateway.world import World, claim

FILE = claims_file("LK-1", "LK-2", "LK-3", births=True)


@pytest.mark.parametrize(("forced", "read_as"), [(None, "1931"), ("4750", "4750")], ids=["by-date", "forced"])
def test_each_receipt_names_its_generation_and_the_batch_all_of_them(
    world: World, forced: str | None, read_as: str
) -> None:
    batch = send(world, cut(FILE), generation=forced)  # made on 2026-09-16, when QĐ 1931 is in force
    assert world.get("desk", f"/batches/{batch}").json["read_as"] == []
    status = work_off(world, batch)
    assert (status["generation"], status["read_as"]) == (forced, [read_as])
    assert [one["generation"] for one in receipts(world, batch)] == [read_as] * 6


def test_a_record_that_is_refused_names_the_generation_whose_rules_it_broke(world: World) -> None:
    batch = send(world, cut(claims_file("LK-1", change=("XML1", "<NGAY_RA>", "<NGAY_RA>x"))))
    work_off(world, batch)
    (receipt,) = receipts(world, batch)
    assert (receipt["result"], receipt["generation"]) == ("refused", "1931")


def test_a_line_of_fhir_has_none(world: World) -> None:
    batch = send(world, lines(claim("LK-1")))
    assert work_off(world, batch)["read_as"] == []
    assert receipts(world, batch)[0]["generation"] is None
