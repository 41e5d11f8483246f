"""What must reach the gateway, kept on disk until the gateway has acknowledged it.

An item's id is its idempotency key: made, and on disk, before the first try, so that a try after a
kill or a lost answer is the same request. The receipt is stored in the commit that ends the item.
Payloads and answers are AES-256-GCM encrypted with a key file beside the database, each bound to
its item and to where it goes; what tells two contents or two persons apart is a keyed hash.
"""

import json
import sqlite3
import uuid
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self

from clinics.answers import Receipt
from clinics.errors import ItemUnreadable, OutboxDamaged, OutboxUnwritable
from clinics.outbox_file import connect, faults_named, open_seal
from clinics.private_files import make_private_directory
from clinics.seal import Seal

FILE = "desk-outbox.sqlite"
LOCK_FILE = "desk-outbox-sending.sqlite"
PAYLOAD_LIMIT = 64 * 1024 * 1024

State = Literal["pending", "sent", "refused"]
Outcome = Literal["stored", "already-stored", "refused", "pending"]

_DUE = """
SELECT id FROM item AS due
WHERE state = 'pending' AND not_before <= ?1 AND (?2 IS NULL OR id = ?2)
AND NOT EXISTS (
  SELECT 1 FROM item AS earlier
  WHERE earlier.subject = due.subject AND earlier.state = 'pending' AND earlier.place < due.place
)
ORDER BY place LIMIT 1
"""
_INSERT = """
INSERT INTO item (place, id, state, path, content, subject, payload, not_before)
VALUES ((SELECT coalesce(max(place), 0) + 1 FROM item), ?, 'pending', ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One request that waits; `id` is its idempotency key."""

    id: str
    path: str
    payload: bytes = field(repr=False)
    attempts: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands: `receipt` once the gateway took it, `code` for why it waits or was refused."""

    outcome: Outcome
    receipt: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """An item about a subject: its id, where it goes or went, and where it stands."""

    id: str
    path: str
    standing: Standing


class Outbox:
    """The outbox of one data directory, for one thread; several processes may have it open."""

    def __init__(self, database: sqlite3.Connection, seal: Seal, directory: Path) -> None:
        self._database = database
        self._seal = seal
        self._lock_file = directory / LOCK_FILE

    @classmethod
    @contextmanager
    def open(cls, directory: Path) -> Iterator[Self]:
        """Open the outbox of `directory`, new when there is none.

        Raises FolderUnusable, OutboxKeyLost, OutboxDamaged, OutboxUnwritable, OutboxBusy: it cannot be used.
        """
        make_private_directory(directory)
        with closing(connect(directory / FILE)) as database:
            yield cls(database, open_seal(database, directory), directory)

    def add(self, payload: bytes, *, path: str, subject: str, now: datetime) -> str:
        """Return the id under which `payload` will be sent to `path`; it is on the disk by then.

        Content that waits or was sent keeps its id; content that was refused gets a new one.

        Raises OutboxUnwritable: the disk is full, or the payload over the limit.
        """
        if len(payload) > PAYLOAD_LIMIT:
            raise OutboxUnwritable("the record is too big for the outbox")
        content = self._seal.digest(path.encode(), payload)
        due = _text(now)
        with self._change():
            row = self._database.execute(
                "SELECT id, state FROM item WHERE content = ?", (content,)
            ).fetchone()
            if row and row[1] != "refused":
                self._database.execute("UPDATE item SET not_before = ? WHERE id = ?", (due, row[0]))
                return str(row[0])
            if row:
                self._database.execute("DELETE FROM item WHERE id = ?", (row[0],))
            return self._insert(payload, path, content, self._subject(subject), due)

    def replace(self, item_id: str, payload: bytes, *, path: str, now: datetime) -> str:
        """Put a new item about the same subject in a pending one's place, in one commit; return its id."""
        with self._change():
            row = self._database.execute("SELECT subject FROM item WHERE id = ?", (item_id,)).fetchone()
            if row is None:
                raise OutboxDamaged("the item to replace is gone")
            self._database.execute("DELETE FROM item WHERE id = ?", (item_id,))
            content = self._seal.digest(path.encode(), payload)
            return self._insert(payload, path, content, bytes(row[0]), _text(now))

    def due(self, now: datetime, *, only: str | None = None) -> str | None:
        """Return the id of the first item whose time has come and before which nothing of its subject waits.

        With `only`, return that one's or none.
        """
        with faults_named():
            row = self._database.execute(_DUE, (_text(now), only)).fetchone()
        return str(row[0]) if row else None

    def item(self, item_id: str) -> Item | None:
        """Return the item that waits under this id, None when it waits no more.

        Raises ItemUnreadable: it, its id or its path was changed on the disk.
        """
        query = "SELECT path, payload, attempts FROM item WHERE id = ? AND state = 'pending'"
        with faults_named():
            row = self._database.execute(query, (item_id,)).fetchone()
        if row is None:
            return None
        path, payload, attempts = row
        try:
            return Item(item_id, path, self._seal.open_sealed(payload, _name(item_id, path)), attempts)
        except OutboxDamaged as fault:
            raise ItemUnreadable("the item was changed on the disk") from fault

    def finish(self, item: Item, receipt: Receipt) -> None:
        """Store the receipt and end the item; its payload, no longer needed here, is dropped."""
        answer = json.dumps({"location": receipt.location, "again": not receipt.new}).encode()
        self._update(
            "UPDATE item SET state = 'sent', answer = ?, payload = NULL, code = NULL WHERE id = ?",
            (self._seal.close(answer, f"{item.id} answer"), item.id),
        )

    def refuse(self, item_id: str, code: str) -> None:
        """End an item that will never be taken; its payload stays, so that nothing is lost."""
        self._update("UPDATE item SET state = 'refused', code = ? WHERE id = ?", (code, item_id))

    def postpone(self, item_id: str, code: str, *, until: datetime) -> None:
        """Let an item wait until then, and say why."""
        self._update(
            "UPDATE item SET attempts = attempts + 1, code = ?, not_before = ? WHERE id = ?",
            (code, _text(until), item_id),
        )

    def standing(self, item_id: str) -> Standing:
        """Return where the item stands; an item that another one replaced counts as pending."""
        with faults_named():
            row = self._database.execute(
                "SELECT state, answer, code FROM item WHERE id = ?", (item_id,)
            ).fetchone()
        return self._standing(item_id, *row) if row else Standing("pending", None, None)

    def about(self, subject: str) -> Known | None:
        """Return the newest item about `subject`, if there is one."""
        query = "SELECT id, state, answer, code, path FROM item WHERE subject = ? ORDER BY place DESC LIMIT 1"
        with faults_named():
            row = self._database.execute(query, (self._subject(subject),)).fetchone()
        return Known(row[0], row[4], self._standing(*row[:4])) if row else None

    def counts(self) -> dict[State, int]:
        """Return how many items are in each state."""
        with faults_named():
            rows = dict(self._database.execute("SELECT state, count(*) FROM item GROUP BY state"))
        return {
            "pending": rows.get("pending", 0),
            "sent": rows.get("sent", 0),
            "refused": rows.get("refused", 0),
        }

    def pseudonym(self, text: str) -> str:
        """Return 20 characters that stand for `text` in this outbox and say nothing of it."""
        return self._subject(text).hex()[:20]

    @contextmanager
    def sending(self, *, wait_seconds: float = 0) -> Iterator[None]:
        """Hold the right to send: one process at a time. A killed process loses it at once.

        Raises OutboxBusy: another one still holds it after `wait_seconds`.
        """
        with (
            faults_named(),
            closing(sqlite3.connect(self._lock_file, timeout=wait_seconds, isolation_level=None)) as lock,
        ):
            lock.execute("BEGIN EXCLUSIVE")
            yield

    def _insert(self, payload: bytes, path: str, content: bytes, subject: bytes, due: str) -> str:
        item_id = str(uuid.uuid4())
        sealed = self._seal.close(payload, _name(item_id, path))
        self._database.execute(_INSERT, (item_id, path, content, subject, sealed, due))
        return item_id

    def _standing(self, item_id: str, state: State, answer: bytes | None, code: str | None) -> Standing:
        if state == "refused" or answer is None:
            return Standing("refused" if state == "refused" else "pending", None, code)
        stored = json.loads(self._seal.open_sealed(answer, f"{item_id} answer"))
        return Standing("already-stored" if stored["again"] else "stored", str(stored["location"]), None)

    def _subject(self, subject: str) -> bytes:
        return self._seal.digest(b"subject", subject.encode())

    def _update(self, statement: str, values: Collection[object]) -> None:
        with self._change():
            self._database.execute(statement, tuple(values))

    @contextmanager
    def _change(self) -> Iterator[None]:
        with faults_named():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _name(item_id: str, path: str) -> str:
    """Return the name under which a payload is closed: it opens for no other item or destination."""
    return f"{item_id} {path} payload"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
