"""Settlement months that are closed: no claim of theirs is taken, corrected or withdrawn any more."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from bhyt.records.eligibility import Clerk
from gateway.errors import RecordConflict, SetupError
from gateway.services.access_log import Actor, note
from gateway.store import turns
from gateway.store.database import GATEWAY
from gateway.store.tables_register import Facility
from gateway.store.tables_versions import EVERY_FACILITY, ClosedMonth
from gateway.store.upsert import insert_if_absent

_CLOSED = (
    select(ClosedMonth.month)
    .where(
        ClosedMonth.facility.in_((bindparam("facility"), EVERY_FACILITY)),
        ClosedMonth.month.in_(bindparam("months", expanding=True)),
    )
    .order_by(ClosedMonth.month)
)
"""Made once, as every claim asks it."""


def require_open(session: Session, facility: str, *months: date | None) -> None:
    """Check that claims of these months (their first days) may be taken and changed.

    Raises RecordConflict: one is closed for the facility or for all.
    """
    asked = {"facility": facility, "months": [month for month in months if month]}
    if month := session.scalars(_CLOSED, asked).first():
        raise RecordConflict("record.month-closed", f"the settlement month {month:%Y-%m} is closed")


def close(session: Session, month: date, *, facility: str | None, by: str, now: datetime) -> bool:
    """Close a month for a facility or (None) for all; return False where it was closed like this before.

    Claims that are being stored end first. The caller is the gateway itself, `by` its operator.

    Raises SetupError: there is no such facility.
    """
    if facility is not None and session.get(Facility, facility) is None:
        raise SetupError("setup.facility-unknown", "no facility has this code")
    turns.take_months(session)
    scope = facility or EVERY_FACILITY
    row = {"facility": scope, "month": month, "closed_at": now, "closed_by": by}
    new = insert_if_absent(session, ClosedMonth, row)
    if new:
        _note(session, "close-month", scope, month, by=by, now=now)
    return new


def reopen(session: Session, month: date, *, facility: str | None, by: str, now: datetime) -> None:
    """Open a month again that was closed for this facility, or (None) for all.

    Raises SetupError: it was not closed like this.
    """
    scope = facility or EVERY_FACILITY
    closed = delete(ClosedMonth).where(ClosedMonth.facility == scope, ClosedMonth.month == month)
    if session.scalars(closed.returning(ClosedMonth.month)).first() is None:
        raise SetupError("setup.month-not-closed", f"{month:%Y-%m} is not closed for {scope}")
    _note(session, "open-month", scope, month, by=by, now=now)


def every(session: Session) -> Sequence[ClosedMonth]:
    """Return the closed months, the latest first."""
    query = select(ClosedMonth).order_by(ClosedMonth.month.desc(), ClosedMonth.facility)
    return session.scalars(query).all()


def _note(session: Session, action: str, scope: str, month: date, *, by: str, now: datetime) -> None:
    facility = None if scope == EVERY_FACILITY else scope
    operator = Actor(GATEWAY.client_id, facility, "operator", now)
    what = f"Month/{month:%Y-%m}"
    note(session, operator, action, what, outcome=scope, clerk=Clerk(full_name=by, id_number=""))
