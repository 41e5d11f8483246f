"""What one gateway process holds while it runs: settings, database, keys, trust and the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cardreader.proof.trust import TrustStore
from gateway.services import portal_accounts, setup
from gateway.services.batches import Enqueue
from gateway.services.keys import Keys, load
from gateway.services.portal_eligibility import Source
from gateway.services.presence import Receipts
from gateway.services.verification import Verifier
from gateway.settings import Settings
from gateway.store import work_queue
from gateway.store.database import Database
from gateway.upstream.client import Portal


def utcnow() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """Made once by the app factory; handlers find it in the app.

    `portal` answers eligibility in the register's place, where the operator wants that.
    """

    settings: Settings
    database: Database
    keys: Keys
    trust: TrustStore
    enqueue: Enqueue
    now: Callable[[], datetime] = utcnow
    portal: Source | None = None

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
    keys = load(settings.data_dir)
    portal = _portal(settings, database, keys, now) if settings.eligibility_source == "portal" else None
    return Runtime(settings, database, keys, trust, enqueue, now, portal)


def _portal(settings: Settings, database: Database, keys: Keys, now: Callable[[], datetime]) -> Source:
    pace = portal_accounts.pacer(database, now=now, sleep=time.sleep)
    return Source(database, Portal(now=now, pace=pace, egress=settings.portal_egress), keys.secret)
