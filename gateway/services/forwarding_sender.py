"""Send one queued file to the national portal: take it, send it outside of any transaction, note the rest.

Everything that is not known for certain to have stayed here is never sent twice by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.errors import GatewayError
from gateway.services import portal_accounts, sendings
from gateway.services.batch_reading import FAULT, OUR_FAULTS
from gateway.services.forwarding import Place
from gateway.services.forwarding_content import Content, read_content
from gateway.services.sendings import Outcome, Taken
from gateway.store import records
from gateway.store.database import GATEWAY, Caller, Database
from gateway.store.tables_portal import PortalSending, State
from gateway.upstream.account import Account
from gateway.upstream.answers import Received
from gateway.upstream.client import Portal
from gateway.upstream.errors import (
    PortalError,
    PortalLocked,
    PortalPaced,
    PortalRefused,
    PortalSilent,
)

_log = structlog.get_logger("gateway")
_Send = Callable[[Portal, Account, bytes], Received]
_DOORS: dict[str, _Send] = {
    "claim": Portal.send_claim,
    "check-in": Portal.send_check_in,
    "death": lambda portal, account, xml: portal.send_document(account, "60", xml),
    "birth": lambda portal, account, xml: portal.send_document(account, "61", xml),
}
_EVENTS: dict[State, str] = {
    "taken": "sent to the portal",
    "waiting": "not taken by the portal, will be tried again",
    "unknown": "sent to the portal, its answer is not known",
    "refused": "refused, by the portal or before it was sent",
    "withdrawn": "not sent to the portal, cancelled meanwhile",
}
"""What the log says of a file when it is settled, by its state."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What it takes to send: the queue, the portal, and the secret that opens the accounts."""

    database: Database
    portal: Portal
    secret: bytes
    now: Callable[[], datetime]

    def take(self) -> Taken | None:
        """Take the next file that is due, None if there is none."""
        with self.database.begin(GATEWAY) as session:
            return sendings.take_due(session, secret=self.secret, now=self.now())

    def next_turn(self) -> datetime | None:
        """Return when the next file may go that is due already, None if none is."""
        with self.database.read(GATEWAY) as session:
            return sendings.next_turn(session, now=self.now())

    def read(self, taken: Taken) -> Content | Outcome:
        """Return what is to be sent, as the facility itself may see it, and note which bytes those are.

        A record that was cancelled meanwhile, or that cannot be read, has its outcome without.
        """
        row = taken.row
        with self.database.begin(Caller("facility", GATEWAY.client_id, row.facility)) as session:
            key = records.find_key(
                session, facility=row.facility, kind=row.kind, business_key=row.business_key
            )
            if key is None or key.cancelled_at is not None:
                return Outcome(state="withdrawn")
            try:
                content = read_content(
                    session,
                    Place(row.original_id, row.batch_id, row.number),
                    facility=row.facility,
                    kind=row.kind,
                    business_key=row.business_key,
                )
            except GatewayError as refused:
                return Outcome(state="refused", code=refused.code)
            except OUR_FAULTS as fault:
                _log.error("file not made", sending=str(row.id), kind=type(fault).__name__)
                return Outcome(state="refused", code=FAULT)
            sending = session.get_one(PortalSending, row.id)
            sending.sent_as, sending.sha256 = content.sent_as, content.sha256
            return content

    def send(self, taken: Taken, content: Content) -> Outcome:
        """Send a file, once; return what became of it."""
        try:
            received = _DOORS[taken.row.kind](self.portal, taken.account, content.data)
        except PortalError as error:
            return _outcome(error)
        return Outcome(state="taken", result=received.code, transaction=received.transaction)

    def settle(self, taken: Taken, outcome: Outcome) -> None:
        """Note what became of a file; where the portal refuses the account, stop that."""
        row, now = taken.row, self.now()
        with self.database.begin(GATEWAY) as session:
            sendings.settle(session, row, outcome, now=now)
            if outcome.code == PortalLocked.reason:
                portal_accounts.stop(session, row.facility, result=outcome.result, now=now)
        told = {"state": outcome.state, "code": outcome.code, "result": outcome.result}
        _log.info(_EVENTS[outcome.state], sending=str(row.id), facility=row.facility, kind=row.kind, **told)

    def give_up(self) -> None:
        """Call unknown what was under way when a sender died."""
        with self.database.begin(GATEWAY) as session:
            lost = sendings.give_up(session, now=self.now())
        if lost:
            _log.warning("not known whether the portal has these", sendings=lost)


def _outcome(error: PortalError) -> Outcome:
    """Return what an error of the portal leaves to be done."""
    match error:
        case PortalRefused():
            return Outcome(state="refused", code=error.code, result=error.result)
        case PortalSilent():
            return Outcome(state="unknown", code=error.code, result=error.result)
        case PortalPaced() | PortalLocked():
            return Outcome(state="waiting", code=error.code, result=error.result, counts=False)
        case _:  # nothing was sent, or the portal says that it failed
            return Outcome(state="waiting", code=error.code, result=error.result)
