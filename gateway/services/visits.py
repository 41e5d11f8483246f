"""What other facilities may learn of a visit, kept in step with the records that tell of it."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from bhyt.parsing import parse
from gateway.domain.extract import Extracted, extract
from gateway.services.access_log import Actor
from gateway.store import records
from gateway.store.tables_records import WITHDRAWN, Claim, Encounter, Visit
from gateway.store.upsert import insert_or_update


def remember(session: Session, known: Extracted, actor: Actor) -> None:
    """Keep what a new record says of its visit, if it says the day."""
    if not (known.visit_id and known.service_date):
        return
    visit = {
        "facility": actor.facility,
        "visit_id": known.visit_id,
        "service_date": known.service_date,
        "category": known.category or "",
        "national_id": known.person.national_id,
        "insurance_number": known.person.insurance_number,
    }
    change = ("service_date", "category")
    insert_or_update(session, Visit, visit, key=("facility", "visit_id"), change=change)


def renew(session: Session, visit_id: str, actor: Actor) -> None:
    """Say of a visit again what its records say: its claim before its check-ins, the latest of these.

    A visit all of whose records are withdrawn is not told of any more.
    """
    stored = session.get(Visit, (actor.facility, visit_id), populate_existing=True)
    for row in _telling(session, visit_id, actor):
        known = extract(parse(records.body_of(row)))
        if known.service_date is not None:
            visit = stored or Visit(facility=actor.facility, visit_id=visit_id)
            visit.service_date = known.service_date
            visit.category = known.category or ""
            visit.national_id = row.national_id
            visit.insurance_number = row.insurance_number
            session.add(visit)
            break
    else:
        if stored is not None:
            session.delete(stored)
    session.flush()


def _telling(session: Session, visit_id: str, actor: Actor) -> Iterator[Claim | Encounter]:
    """Yield the visit's records that are not withdrawn: its claim, then its check-ins, the latest first."""
    claims = select(Claim).where(Claim.status.not_in(WITHDRAWN)).order_by(Claim.id.desc())
    check_ins = select(Encounter).where(Encounter.status.not_in(WITHDRAWN)).order_by(Encounter.id.desc())
    visit = {"facility": actor.facility, "visit_id": visit_id}
    yield from session.scalars(claims.filter_by(**visit))
    yield from session.scalars(check_ins.filter_by(**visit))
