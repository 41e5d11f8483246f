"""Keys and words longer than an index takes: the record is refused, its neighbors and its batch are not."""

import random

from gateway.domain.extract import MAX_KEY_CHARS
from tests.integration.gateway.parcels import claims_file, cut, lines, receipts, send, work_off
from tests.integration.gateway.world import World, claim
from tests.unit.bhyt.samples import DEATH_NOTICE

RANDOM = random.Random(5)
LONG = "".join(chr(RANDOM.randrange(0x4E00, 0x9FA5)) for _ in range(6000))
"""What no compression makes short: 18,000 bytes, where an entry of a btree may have 2,704."""


def test_a_claim_with_an_endless_ma_lk_is_refused_and_its_receipt_keeps_the_beginning(world: World) -> None:
    batch = send(world, cut(claims_file("LK-1", LONG, "LK-2"), per_chunk=3))
    status = work_off(world, batch)
    first, endless, last = receipts(world, batch)
    assert (status["state"], first["result"], last["result"]) == ("done", "stored", "stored")
    assert (endless["result"], endless["key"]) == ("refused", LONG[:MAX_KEY_CHARS])
    assert {"record.visit-id-too-long", "record.too-long"} <= {one["code"] for one in endless["findings"]}


def test_a_line_with_an_endless_key_is_refused_and_one_that_just_fits_is_stored(world: World) -> None:
    keys = [LONG[:MAX_KEY_CHARS], LONG[: MAX_KEY_CHARS + 1], LONG]
    batch = send(world, lines(*map(claim, keys)))
    work_off(world, batch)
    assert [(one["result"], one["code"], one["key"]) for one in receipts(world, batch)] == [
        ("stored", None, keys[0]),
        ("refused", "record.too-long", keys[0]),
        ("refused", "record.too-long", keys[0]),
    ]


def test_a_paper_with_an_endless_number_is_refused(world: World) -> None:
    batch = send(world, cut(DEATH_NOTICE.replace(b"00001.GBT.33999.26", LONG.encode(), 1)))
    assert work_off(world, batch)["state"] == "done"
    assert [(one["kind"], one["result"]) for one in receipts(world, batch)] == [("death", "refused")]


def test_a_word_too_long_for_its_index_refuses_its_record_alone(world: World) -> None:
    batch = send(world, lines(claim("LK-1", national_id=LONG), claim("LK-2")))
    assert work_off(world, batch)["state"] == "done"
    assert [(one["key"], one["code"]) for one in receipts(world, batch)] == [
        ("LK-1", "record.too-long"),
        ("LK-2", None),
    ]
