"""The append-only log of who saw or changed whose data, written in the transaction that shows it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bhyt.records.eligibility import Clerk
from gateway.store.metadata import new_id
from gateway.store.tables_access import Access
from gateway.store.upsert import insert_row

MAX_PERSON_CHARS = 64  # of a number by which a person is known
MAX_CLERK_CHARS = 255  # of a name, as HO_TEN in the national files


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in this request: the token's holder, at a moment, under a request's id."""

    client_id: str
    facility: str | None
    request_id: str
    now: datetime
    training: bool = False


def note(
    session: Session,
    actor: Actor,
    action: str,
    resource: str,
    *,
    person: str | None = None,
    outcome: str,
    clerk: Clerk | None = None,
) -> None:
    """Add one row; `person` is the citizen or insurance number of whom the data are."""
    row = {
        "id": new_id(actor.now),
        "at": actor.now,
        "client_id": actor.client_id,
        "facility": actor.facility,
        "clerk_name": clerk.full_name[:MAX_CLERK_CHARS] if clerk else None,
        "clerk_id": clerk.id_number[:MAX_PERSON_CHARS] if clerk else None,
        "action": action,
        "resource": resource,
        "person": person[:MAX_PERSON_CHARS] if person else None,
        "outcome": outcome,
        "request_id": actor.request_id,
    }
    insert_row(session, Access, row)
