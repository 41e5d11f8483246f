"""One desk put together from its settings: what a tap and the outbox's emptying need."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from bhyt.records.eligibility import Arrival, Clerk
from cardreader.proof.trust import TrustStore
from cardreader.transport import Transport
from clinics import checkin
from clinics.arrivals import Step, senders
from clinics.checkin import Arriving, CheckInResult, new_session
from clinics.clock import utc_now
from clinics.delivery import Delivery, deliver
from clinics.entry import Entry
from clinics.gateway_client import Gateway
from clinics.outbox import Outbox, State
from clinics.pairing import load_key
from clinics.settings import ClinicSettings


@dataclass(frozen=True, slots=True)
class Station:
    """A paired desk with its gateway and its pinned authorities; may be used by several threads."""

    settings: ClinicSettings
    gateway: Gateway
    trust: TrustStore

    @classmethod
    @contextmanager
    def open(cls, settings: ClinicSettings) -> Iterator[Self]:
        """Open the station of these settings.

        Raises NotPaired, GatewayInsecure, KeyUnusable, SettingsInvalid; TrustUnreadable (a CardError).
        """
        settings.require_paired()
        key = load_key(settings.data_dir)
        trust = TrustStore.from_directory(settings.trust, training=settings.training)
        with Gateway(settings, key, now=utc_now) as gateway:
            yield cls(settings, gateway, trust)

    def arriving(
        self, clerk: Clerk, *, arrival: Arrival, visit_id: str | None = None, session: str | None = None
    ) -> Arriving:
        """Return what the clerk decided, with the examination that this desk orders first."""
        return Arriving(
            clerk=clerk,
            arrival=arrival,
            visit_id=visit_id,
            service_code=self.settings.service_code,
            service_name=self.settings.service_name,
            session=session or new_session(),
        )

    def check_in(
        self,
        transport: Transport,
        entry: Entry,
        arriving: Arriving,
        *,
        reader: str,
        report: Callable[[Step], None],
    ) -> CheckInResult:
        """Return the answer for the card on the reader of that name.

        Raises CardError, OutboxError: see `checkin.check_in`.
        """
        with Outbox.open(self.settings.data_dir) as outbox:
            desk = checkin.Desk(
                facility=self.settings.facility,
                trust=self.trust,
                gateway=self.gateway,
                outbox=outbox,
                now=utc_now,
                report=report,
                dg13_legal_basis=self.settings.dg13_legal_basis or None,
            )
            return checkin.check_in(
                transport, entry.keys, arriving, desk=desk, reader=reader, expected_id=entry.id_number
            )

    def empty_outbox(self, *, send: bool = True) -> tuple[Delivery | None, dict[State, int]]:
        """Send what waits, and return how that went (None when nothing was sent) and what is in the outbox.

        Raises OutboxError: another process is sending, or the outbox cannot be used.
        """
        with Outbox.open(self.settings.data_dir) as outbox:
            delivery = None
            if send and outbox.counts()["pending"]:
                delivery = deliver(outbox, senders(outbox, self.gateway, now=utc_now), now=utc_now)
            return delivery, outbox.counts()
