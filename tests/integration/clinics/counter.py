"""A desk with its clock stopped, ready to take cards."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from bhyt.parsing import parse
from bhyt.r4.checkin import from_fhir
from bhyt.records.checkin import CheckIn
from bhyt.records.eligibility import Clerk
from cardreader.emulator.chip import Chip
from cardreader.emulator.issuer import IssuedCard
from cardreader.emulator.local import LocalCard
from cardreader.proof.trust import TrustStore
from clinics import checkin
from clinics.arrivals import VERIFY, senders
from clinics.checkin import Arriving, CheckInResult
from clinics.delivery import deliver
from clinics.entry import read_entry
from clinics.gateway_client import Gateway
from clinics.outbox import Outbox, State
from tests.integration.clinics.fake_gateway import FakeGateway, Reply
from tests.integration.clinics.world import qr_text, register

CLERK = Clerk("Trần Thị Tiếp Đón", "033190000009")


class Counter:
    """One desk, one fake gateway, and the cards that a test lays down."""

    def __init__(
        self,
        gateway: Callable[..., Gateway],
        directory: Path,
        fake: FakeGateway,
        trust_dir: Path,
        now: datetime,
    ) -> None:
        self.gateway = gateway
        self.directory = directory
        self.fake = fake
        self.now = now
        self.legal_basis: str | None = None
        self.reader = "Reader 1"
        self.trust = TrustStore.from_directory(trust_dir, training=True)
        self.steps: list[str] = []
        fake.eligibility = self._register

    def tap(
        self,
        card: IssuedCard | LocalCard,
        *,
        scanned: str = "mau-thu",
        visit_id: str | None = None,
        **changes: object,
    ) -> CheckInResult:
        entry = read_entry(qr_text(scanned))
        with self.gateway(**changes) as gateway, Outbox.open(self.directory) as outbox:
            return checkin.check_in(
                card if isinstance(card, LocalCard) else LocalCard(Chip(card)),
                entry.keys,
                Arriving(clerk=CLERK, visit_id=visit_id, service_code="02.1896", service_name="Khám Nội"),
                desk=checkin.Desk(
                    facility="33999",
                    trust=self.trust,
                    gateway=gateway,
                    outbox=outbox,
                    now=lambda: self.now,
                    report=self.steps.append,
                    dg13_legal_basis=self.legal_basis,
                ),
                reader=self.reader,
                expected_id=entry.id_number,
            )

    def stored(self) -> list[CheckIn]:
        return [from_fhir(parse(body)) for body in self.fake.stored.values()]

    def counts(self) -> dict[State, int]:
        with Outbox.open(self.directory) as outbox:
            return outbox.counts()

    def send_what_waits(self, gateway: Gateway) -> None:
        with Outbox.open(self.directory) as outbox:
            deliver(outbox, senders(outbox, gateway, now=lambda: self.now), now=lambda: self.now)

    def levels(self) -> list[str]:
        """Return the level of each presence that the gateway took, in their order."""
        return list(self.fake.presences.levels.values())

    def make_older(self, *fields: str) -> None:
        """Put the one kept arrival back as a version wrote it that did not know these fields."""
        with Outbox.open(self.directory) as outbox:
            item = outbox.item(outbox.due(self.now) or "")
            assert item is not None
            kept: dict[str, Any] = json.loads(item.payload)
            older = {name: value for name, value in kept.items() if name not in fields}
            assert len(older) == len(kept) - len(fields)
            outbox.replace(item.id, json.dumps(older).encode(), path=VERIFY, now=self.now)

    def _register(self, body: bytes) -> Reply:
        return register(body, levels=self.fake.presences.levels)
