"""When each sheet's document was signed first, so that the same sheet stays the same document.

The signing time of a document (births, deaths) is among what is signed. Keys are RSA PKCS #1 v1.5, whose
signatures of one text are one (RFC 8017 §8.2.1): with the time of the first signature the second one has
the same bytes, and an upload that was broken off goes on. Nothing of a document is kept but a keyed hash
of it and of the certificate: about 100 bytes for each sheet, for good.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256

from bhyt.national.signature_making import SigningKey, sign_file
from clinics.errors import SigningTimesUnusable
from clinics.private_files import make_private_directory
from clinics.seal import Seal

FILE = "signing-times.sqlite"
WAIT_SECONDS = 30.0
"""How long another process that signs at this moment is waited for."""

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS signed (document BLOB PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID"
)


class SigningTimes:
    """The signing times of one data directory; several processes may have it open."""

    def __init__(self, database: sqlite3.Connection, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    @classmethod
    @contextmanager
    def open(cls, directory: Path) -> Iterator[Self]:
        """Open the signing times of `directory`, none when there were none.

        Raises SigningTimesUnusable, FolderUnusable, OutboxKeyLost: they cannot be used.
        """
        make_private_directory(directory)
        seal = Seal.open(directory, in_use=False)  # with another key the times are found no more, that is all
        with closing(_connect(directory / FILE)) as database:
            yield cls(database, seal)

    def sign(self, document: bytes, key: SigningKey, *, now: datetime) -> bytes:
        """Return the document signed now, or as it was signed when it was signed before with this key.

        The time is on the disk before the document is handed out.

        Raises SigningTimesUnusable, and what sign_file raises.
        """
        name = self._seal.digest(b"signing time", document, key.certificate.fingerprint(SHA256()))
        first = self._first(name)
        if first is not None:
            return sign_file(document, key, signed_at=first)
        signed = sign_file(document, key, signed_at=now)
        first = self._keep(name, now)
        return signed if first == now else sign_file(document, key, signed_at=first)

    def _first(self, name: bytes) -> datetime | None:
        """Return when this was signed first, None when it was not."""
        with _faults_named():
            row = self._database.execute("SELECT at FROM signed WHERE document = ?", (name,)).fetchone()
            return datetime.fromisoformat(row[0]) if row else None

    def _keep(self, name: bytes, now: datetime) -> datetime:
        """Return the time that counts from now on: of two processes the first one's."""
        with _faults_named():
            at = now.astimezone(UTC).isoformat()
            self._database.execute("INSERT INTO signed VALUES (?, ?) ON CONFLICT DO NOTHING", (name, at))
        return self._first(name) or now


def _connect(path: Path) -> sqlite3.Connection:
    """Return the database, which only this user may read and of which each commit is on the disk."""
    with _faults_named():
        path.touch(mode=0o600)
        database = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.execute(_SCHEMA)
        except BaseException:
            database.close()
            raise
    return database


@contextmanager
def _faults_named() -> Iterator[None]:
    """Turn what SQLite, the disk and a damaged time raise into the one error that there is for them."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError, ValueError) as fault:
        raise SigningTimesUnusable(f"{FILE} cannot be used ({type(fault).__name__})") from fault
