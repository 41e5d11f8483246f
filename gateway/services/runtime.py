"""What one gateway process holds while it runs: settings, database, keys, trust and the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cardreader.proof.trust import TrustStore
from gateway.services import setup
from gateway.services.batches import Enqueue
from gateway.services.keys import Keys, load
from gateway.services.presence import Receipts
from gateway.services.verification import Verifier
from gateway.settings import Settings
from gateway.store import work_queue
from gateway.store.database import Database


def utcnow() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """Made once by the app factory; handlers find it in the app."""

    settings: Settings
    database: Database
    keys: Keys
    trust: TrustStore
    enqueue: Enqueue
    now: Callable[[], datetime] = utcnow

    @property
    def receipts(self) -> Receipts:
        """Return what signs and reads presence receipts."""
        return Receipts(self.keys, self.settings.fhir_url)

    @property
    def verifier(self) -> Verifier:
        """Return what the evidence of a presence is verified with."""
        return Verifier(self.trust, self.keys.secret, self.settings.base_url)


def start(settings: Settings, *, now: Callable[[], datetime] = utcnow) -> Runtime:
    """Open the database and read the keys and the trust folder.

    Raises SetupError: `init` was not run, the database is behind this program, or a file of the
    trust folder is no certificate.
    """
    trust = setup.read_trust(settings)
    database = setup.open_current(settings)
    enqueue = work_queue.enqueuer(database.engine)
    return Runtime(settings, database, load(settings.data_dir), trust, enqueue, now)
