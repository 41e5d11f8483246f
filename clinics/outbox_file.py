"""The outbox on the disk: one SQLite file, its table, and the key that it was written with.

`journal_mode=WAL` with `synchronous=FULL` syncs the log at every commit, so that a commit is on the
disk when the call returns; a rollback journal would need EXTRA for that, as its deletion is the
commit and is not synced (sqlite.org/pragma.html#pragma_synchronous).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinics.errors import OutboxBusy, OutboxDamaged, OutboxKeyLost, OutboxUnwritable
from clinics.seal import Seal

WAIT_SECONDS = 30.0

# `place` is the order of sending. `content` is unique, so that the same content is sent once;
# items about one `subject` are sent strictly in their order.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS item (
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'refused')),
  path TEXT NOT NULL,
  content BLOB NOT NULL UNIQUE,
  subject BLOB NOT NULL,
  payload BLOB,
  answer BLOB,
  code TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before TEXT NOT NULL,
  CHECK (state <> 'pending' OR payload IS NOT NULL),
  CHECK (state <> 'sent' OR answer IS NOT NULL),
  CHECK (state <> 'refused' OR code IS NOT NULL)
) STRICT
"""
_INDEX = "CREATE INDEX IF NOT EXISTS item_subject ON item (subject, place)"
# Which key the items are closed with: another key would take every one of them for damaged.
_SEAL = (
    "CREATE TABLE IF NOT EXISTS seal (only INTEGER PRIMARY KEY CHECK (only = 1), proof BLOB NOT NULL) STRICT"
)
_CLOSED_WITH = "INSERT INTO seal VALUES (1, ?1) ON CONFLICT DO UPDATE SET proof = ?1 WHERE proof <> ?1"


def connect(path: Path) -> sqlite3.Connection:
    """Return the database in the file `path`, its table made, and readable by this user only.

    Raises OutboxDamaged, OutboxUnwritable, OutboxBusy: it cannot be used.
    """
    with faults_named():
        path.touch(mode=0o600)
        database = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            for statement in (_SCHEMA, _INDEX, _SEAL):
                database.execute(statement)
        except BaseException:
            database.close()
            raise
    return database


def open_seal(database: sqlite3.Connection, directory: Path) -> Seal:
    """Return the seal of the outbox: a new key when nothing is stored, else the one that it was stored with.

    Raises OutboxKeyLost: that key is gone, unreadable, or another one stands in its place.
    """
    with faults_named():
        in_use = database.execute("SELECT 1 FROM item LIMIT 1").fetchone() is not None
        seal = Seal.open(directory, in_use=in_use)
        stored = database.execute("SELECT proof FROM seal").fetchone()
        if not stored or not seal.made(stored[0]):
            if in_use:
                raise OutboxKeyLost("the key file is not the one that the outbox was written with")
            database.execute(_CLOSED_WITH, (seal.proof,))
    return seal


@contextmanager
def faults_named() -> Iterator[None]:
    """Turn what SQLite and the disk raise into errors of the outbox.

    Raises OutboxBusy, OutboxUnwritable, OutboxDamaged.
    """
    try:
        yield
    except sqlite3.OperationalError as fault:
        if fault.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise OutboxBusy("another process holds the outbox") from fault
        raise OutboxUnwritable("the outbox cannot be written") from fault
    except sqlite3.DatabaseError as fault:
        raise OutboxDamaged("the outbox's file is damaged") from fault
    except OSError as fault:
        raise OutboxUnwritable("the outbox cannot be opened") from fault
