"""The presence of a visit: its check-in has the strongest that came with it, its claims have it from there.

Records of a visit come in any order, and a check-in comes again with a better receipt; a level
rises by that and never falls. On PostgreSQL a policy says the same of every update (migration 0004).
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import case, false, func, or_, select, update
from sqlalchemy.orm import Session

from bhyt.r4.checkin import presence_receipt
from gateway.domain.extract import Extracted
from gateway.errors import PresenceRefused
from gateway.services import presence
from gateway.services.access_log import Actor, note
from gateway.services.presence import Receipts
from gateway.store import records
from gateway.store.database import is_postgresql
from gateway.store.metadata import month_of
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import Claim, Encounter

PROVEN = "chip-proven"
_STRONGEST_FIRST = case((Presence.level == PROVEN, 0), else_=1)


def one_at_a_time(session: Session, visits: Iterable[str], *, facility: str) -> None:
    """Wait until no other transaction stores records of these visits, so that none is missed."""
    named = sorted(set(visits))
    if named and is_postgresql(session):  # SQLite's writers wait for each other anyway
        turns = [func.pg_advisory_xact_lock(func.hashtext(facility), func.hashtext(name)) for name in named]
        session.execute(select(*turns))


def consumed(
    session: Session, check_in: dict[str, Any], known: Extracted, *, receipts: Receipts, actor: Actor
) -> UUID | None:
    """Return the presence whose receipt a new check-in carries, bound to it now; None without a receipt.

    Raises PresenceRefused: as `presence.consume`.
    """
    receipt = presence_receipt(check_in)
    return _consume(session, receipt, known, receipts, actor).id if receipt is not None else None


def strengthen(
    session: Session,
    key: UUID,
    check_in: dict[str, Any],
    known: Extracted,
    *,
    receipts: Receipts,
    actor: Actor,
) -> None:
    """Consume the receipt that came with a check-in which is stored already; keep the stronger presence.

    A receipt that was consumed for this visit before changes nothing, however old it is.

    Raises PresenceRefused: as `presence.consume`.
    """
    receipt = presence_receipt(check_in)
    person, visit_id = known.person.national_id, known.visit_id or ""
    if receipt is None or presence.is_bound(
        session, receipt, national_id=person, visit_id=visit_id, receipts=receipts, actor=actor
    ):
        return
    stored = session.execute(
        select(Encounter.national_id, Presence.level)
        .outerjoin(Presence, Presence.id == Encounter.presence_id)
        .where(Encounter.id == key, Encounter.facility == actor.facility)
    ).one()
    if stored.national_id != person:
        raise PresenceRefused("presence.other-person", "the stored check-in names another person")
    proof = _consume(session, receipt, known, receipts, actor)
    if stored.level is None or (stored.level != PROVEN and proof.level == PROVEN):
        session.execute(update(Encounter).where(Encounter.id == key).values(presence_id=proof.id))
        hand_down(session, known, actor)
        note(session, actor, "raise", f"Encounter/{key}", person=person, outcome=proof.level)


def inherited(session: Session, known: Extracted, actor: Actor) -> Presence | None:
    """Return the strongest presence of the check-ins with this MA_LK and person, if there is one."""
    query = (
        select(Presence)
        .join(Encounter, Encounter.presence_id == Presence.id)
        .where(
            Encounter.facility == actor.facility,
            Encounter.visit_id == known.visit_id,
            Encounter.national_id == known.person.national_id,
        )
        .order_by(_STRONGEST_FIRST, Presence.at)
    )
    return session.scalars(query.limit(1)).first()


def hand_down(session: Session, known: Extracted, actor: Actor) -> None:
    """Give the visit's strongest presence to those of its claims that have none or a weaker one."""
    best = inherited(session, known, actor)
    if best is None:
        return
    theirs = select(Presence.id).where(Presence.id == Claim.presence_id, Presence.level != PROVEN)
    weaker = theirs.exists() if best.level == PROVEN else false()
    session.execute(
        update(Claim)
        .where(
            Claim.facility == actor.facility,
            Claim.visit_id == known.visit_id,
            Claim.national_id == known.person.national_id,
            or_(Claim.presence_id.is_(None), weaker),
        )
        .values(presence_id=best.id),
        execution_options={"synchronize_session": False},
    )


def levels(session: Session, rows: Iterable[object]) -> Mapping[UUID, str]:
    """Return the level of every presence that the rows name, by its id."""
    named = {row.presence_id for row in rows if isinstance(row, Claim | Encounter) and row.presence_id}
    if not named:
        return {}
    found = session.execute(select(Presence.id, Presence.level).where(Presence.id.in_(named)))
    return {row.id: row.level for row in found}


def level_of(session: Session, resource_type: str, key: UUID) -> str | None:
    """Return the level of a stored claim or check-in; None of what has none."""
    table: Any = records.TABLES.get(resource_type)
    if table not in (Claim, Encounter):
        return None
    query = select(Presence.level).join(table, table.presence_id == Presence.id).where(table.id == key)
    if table is Claim:
        query = query.where(Claim.received_month == month_of(key))
    return session.scalars(query).one_or_none()


def _consume(session: Session, receipt: str, known: Extracted, receipts: Receipts, actor: Actor) -> Presence:
    return presence.consume(
        session,
        receipt,
        national_id=known.person.national_id,
        visit_id=known.visit_id or "",
        receipts=receipts,
        actor=actor,
    )
