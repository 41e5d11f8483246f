"""The outbox: every state an item can be in, and what may not happen to it."""

import sqlite3
import stat
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import randbytes

import pytest

from clinics.answers import Receipt
from clinics.errors import FolderUnusable, ItemUnreadable, OutboxBusy, OutboxDamaged, OutboxKeyLost
from clinics.outbox import FILE, Item, Known, Outbox, Outcome, Standing
from clinics.seal import KEY_FILE

NOW = datetime(2026, 9, 14, 1, 5, tzinfo=UTC)
STORED = Receipt("Encounter/0192/_history/1", new=True)


def _due(outbox: Outbox, now: datetime = NOW) -> Item:
    item_id = outbox.due(now)
    assert item_id is not None
    item = outbox.item(item_id)
    assert item is not None
    return item


def test_an_item_waits_until_its_receipt_is_stored_and_then_keeps_no_payload(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        item_id = outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW)
        item = _due(outbox)
        assert (item.id, item.path, item.payload) == (item_id, "check-in", b"a check-in")
        outbox.finish(item, STORED)
        assert outbox.due(NOW) is None
        assert outbox.standing(item_id) == Standing("stored", "Encounter/0192/_history/1", None)
    with sqlite3.connect(tmp_path / FILE) as database:
        assert database.execute("SELECT payload FROM item").fetchone() == (None,)


def test_what_was_added_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        item_id = outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW)
    with Outbox.open(tmp_path) as outbox:
        assert _due(outbox).id == item_id


def test_the_same_content_waits_once(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        ids = {outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW) for _ in range(3)}
        assert len(ids) == 1
        assert outbox.counts() == {"pending": 1, "sent": 0, "refused": 0}


@pytest.mark.parametrize(("new", "outcome"), [(True, "stored"), (False, "already-stored")])
def test_content_that_was_sent_keeps_its_key_and_its_receipt_and_is_not_sent_again(
    tmp_path: Path, new: bool, outcome: Outcome
) -> None:
    with Outbox.open(tmp_path) as outbox:
        first_id = outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW)
        outbox.finish(_due(outbox), Receipt(STORED.location, new=new))
        assert outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW) == first_id
        assert outbox.due(NOW) is None
        assert outbox.standing(first_id) == Standing(outcome, STORED.location, None)
        assert outbox.counts() == {"pending": 0, "sent": 1, "refused": 0}


def test_the_room_of_what_was_sent_is_used_again(tmp_path: Path) -> None:
    sizes = []
    with Outbox.open(tmp_path) as outbox:
        for number in range(6):
            outbox.add(randbytes(400_000), path="check-in", subject=f"visit {number}", now=NOW)
            outbox.finish(_due(outbox), STORED)
            with sqlite3.connect(tmp_path / FILE) as database:
                sizes.append(database.execute("PRAGMA page_count").fetchone()[0])
    assert sizes[-1] <= sizes[0] * 1.1


def test_an_item_takes_less_room_than_its_base64(tmp_path: Path) -> None:
    payload = b64encode(randbytes(30_000))  # as the chip's files stand in an arrival
    with Outbox.open(tmp_path) as outbox:
        outbox.add(payload, path="verify", subject="visit 1", now=NOW)
        with sqlite3.connect(tmp_path / FILE) as database:
            (size,) = database.execute("SELECT length(payload) FROM item").fetchone()
        assert size < 0.8 * len(payload)
        assert _due(outbox).payload == payload


def test_refused_content_keeps_its_payload_and_gets_a_new_key_when_added_again(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        first_id = outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW)
        outbox.refuse(first_id, "gateway.record-refused")
        assert outbox.standing(first_id) == Standing("refused", None, "gateway.record-refused")
        with sqlite3.connect(tmp_path / FILE) as database:
            assert database.execute("SELECT payload IS NOT NULL FROM item").fetchone() == (1,)
        assert outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW) != first_id


def test_items_are_sent_in_their_order_and_never_past_an_older_one_of_the_same_subject(
    tmp_path: Path,
) -> None:
    with Outbox.open(tmp_path) as outbox:
        first = outbox.add(b"visit 1", path="check-in", subject="visit 1", now=NOW)
        outbox.add(b"visit 1, later", path="check-in", subject="visit 1", now=NOW)
        other = outbox.add(b"visit 2", path="check-in", subject="visit 2", now=NOW)
        assert _due(outbox).id == first
        outbox.postpone(first, "gateway.failed", until=NOW + timedelta(minutes=1))
        assert _due(outbox).id == other
        outbox.refuse(other, "gateway.record-refused")
        assert outbox.due(NOW) is None
        assert _due(outbox, NOW + timedelta(minutes=1)).id == first


def test_a_postponed_item_says_why_it_waits(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        item_id = outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW)
        outbox.postpone(item_id, "gateway.slow", until=NOW + timedelta(minutes=1))
        assert outbox.standing(item_id) == Standing("pending", None, "gateway.slow")


def test_an_item_can_be_replaced_in_one_commit(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        old = outbox.add(b"evidence", path="verify", subject="person, day", now=NOW)
        new = outbox.replace(old, b"encounter", path="check-in", now=NOW)
        assert (_due(outbox).id, _due(outbox).payload) == (new, b"encounter")
        assert outbox.about("person, day") == Known(new, "check-in", Standing("pending", None, None))
        assert outbox.about("another person, day") is None


def test_nothing_on_the_disk_shows_what_an_item_holds(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        outbox.add(b"NGUYEN THI MAU THU", path="check-in", subject="033300000001", now=NOW)
        files = list(tmp_path.iterdir())
        for word in (b"NGUYEN THI MAU THU", b"033300000001"):
            assert not [file for file in files if word in file.read_bytes()]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_two_processes_cannot_send_at_once(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as one, Outbox.open(tmp_path) as two:
        with one.sending(), pytest.raises(OutboxBusy), two.sending():
            pass
        with two.sending():
            pass


def test_items_without_their_key_are_not_thrown_away(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(OutboxKeyLost), Outbox.open(tmp_path):
        pass
    assert not (tmp_path / KEY_FILE).exists()


def test_a_key_of_another_outbox_is_refused_before_it_takes_every_item_for_damaged(tmp_path: Path) -> None:
    with Outbox.open(tmp_path) as outbox:
        outbox.add(b"a check-in", path="check-in", subject="visit 1", now=NOW)
    key = (tmp_path / KEY_FILE).read_bytes()
    (tmp_path / KEY_FILE).write_bytes(bytes(32))
    with pytest.raises(OutboxKeyLost), Outbox.open(tmp_path):
        pass
    (tmp_path / KEY_FILE).write_bytes(key)
    with Outbox.open(tmp_path) as outbox:
        assert _due(outbox).payload == b"a check-in"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE item SET payload = (SELECT payload FROM item WHERE place = 2)",
        "UPDATE item SET path = 'verify'",
        "UPDATE item SET id = 'another'",
        "UPDATE item SET payload = x''",
    ],
    ids=["swapped", "other-kind", "other-id", "emptied"],
)
def test_an_item_that_was_changed_on_the_disk_does_not_open(tmp_path: Path, change: str) -> None:
    with Outbox.open(tmp_path) as outbox:
        outbox.add(b"visit 1", path="check-in", subject="visit 1", now=NOW)
        outbox.add(b"visit 2", path="check-in", subject="visit 2", now=NOW)
        with sqlite3.connect(tmp_path / FILE) as database:
            database.execute(f"{change} WHERE place = 1")
        with pytest.raises(ItemUnreadable):
            _due(outbox)


def test_a_folder_that_was_there_before_is_made_private(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir(mode=0o755)
    with Outbox.open(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_refused_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("a file")
    with pytest.raises(FolderUnusable), Outbox.open(tmp_path / "desk"):
        pass


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(OutboxDamaged), Outbox.open(tmp_path):
        pass
