"""The presence of a visit: its check-in has the strongest that came with it, its claims have it from there.

Records of a visit come in any order, and a check-in comes again with a better receipt; a level
rises by that and never falls, unless a correction or cancellation of the check-in takes it away. On
PostgreSQL triggers say the same of every update (migration 0005).
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, false, or_, select, update
from sqlalchemy.orm import Session

from bhyt.r4.checkin import presence_receipt
from gateway.domain.extract import Extracted
from gateway.errors import PresenceRefused
from gateway.services import presence
from gateway.services.access_log import Actor, note
from gateway.services.presence import Receipts
from gateway.store import records
from gateway.store.metadata import month_of
from gateway.store.tables_presence import Presence
from gateway.store.tables_records import WITHDRAWN, Claim, Encounter
from gateway.store.tables_versions import RecordVersion

PROVEN = "chip-proven"
_STRONGEST_FIRST = case((Presence.level == PROVEN, 0), else_=1)
_OF_CHECK_INS = (
    select(Presence)
    .join(Encounter, Encounter.presence_id == Presence.id)
    .where(
        Encounter.facility == bindparam("facility"),
        Encounter.visit_id == bindparam("visit_id"),
        Encounter.national_id == bindparam("national_id"),
        Encounter.status.not_in(WITHDRAWN),
    )
    .order_by(_STRONGEST_FIRST, Presence.at)
)
"""The presences of a visit's and person's check-ins that are not withdrawn, strongest first; none of a
person without a number. Made once, as every claim asks it."""


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
    check_ins = _check_ins(actor.facility, known.visit_id, known.person.national_id)
    return session.scalars(_OF_CHECK_INS, check_ins).first()


def bound(
    session: Session,
    key: UUID,
    check_in: dict[str, Any],
    known: Extracted,
    *,
    receipts: Receipts,
    actor: Actor,
) -> UUID | None:
    """Return the presence that the corrected check-in `key` has: the strongest of its visit and person.

    One of another visit or person stays behind with the older version. A receipt is consumed.

    Raises PresenceRefused: as `presence.consume`.
    """
    receipt = presence_receipt(check_in)
    person, visit_id = known.person.national_id, known.visit_id or ""
    if receipt is not None and not presence.is_bound(
        session, receipt, national_id=person, visit_id=visit_id, receipts=receipts, actor=actor
    ):
        _consume(session, receipt, known, receipts, actor)
    elsewhere = select(Encounter.id).where(Encounter.presence_id == Presence.id, Encounter.id != key)
    query = (
        select(Presence.id)
        .where(
            Presence.facility == actor.facility,
            Presence.visit_id == visit_id,
            Presence.national_id == person,
            ~elsewhere.exists(),
        )
        .order_by(_STRONGEST_FIRST, Presence.at)
    )
    return session.scalars(query.limit(1)).first()


def settle(session: Session, visit_id: str, actor: Actor) -> None:
    """Give the visit's claims what its check-ins have now; what none of them has any more is taken away."""
    claims = select(Claim).where(Claim.facility == actor.facility, Claim.visit_id == visit_id)
    for claim in session.scalars(claims.execution_options(populate_existing=True)):
        check_ins = _check_ins(actor.facility, visit_id, claim.national_id)
        levels_ = {row.id: row.level for row in session.scalars(_OF_CHECK_INS, check_ins)}
        best = next(iter(levels_), None)
        own = levels_.get(claim.presence_id) if claim.presence_id else None
        if own is None or (own != PROVEN and best is not None and levels_[best] == PROVEN):
            claim.presence_id = best
    session.flush()


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
    kinds = Claim | Encounter | RecordVersion
    named = {row.presence_id for row in rows if isinstance(row, kinds) and row.presence_id}
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


def _check_ins(facility: str | None, visit_id: str | None, national_id: str | None) -> dict[str, str | None]:
    """Return whose check-ins `_OF_CHECK_INS` is asked for."""
    return {"facility": facility, "visit_id": visit_id, "national_id": national_id}


def _consume(session: Session, receipt: str, known: Extracted, receipts: Receipts, actor: Actor) -> Presence:
    return presence.consume(
        session,
        receipt,
        national_id=known.person.national_id,
        visit_id=known.visit_id or "",
        receipts=receipts,
        actor=actor,
    )
