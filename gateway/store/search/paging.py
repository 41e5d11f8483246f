"""Run a search: only what the caller may see, newest first, a page by keyset."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from gateway.numbers import Numbers
from gateway.store import records
from gateway.store.metadata import month_of
from gateway.store.records import StoredRow
from gateway.store.search.conditions import condition
from gateway.store.search.query import Query
from gateway.store.tables_records import Claim, Encounter, Resource
from gateway.store.tables_register import Cover, Member

Found = StoredRow | Member | tuple[Cover, Member]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in the order of their ids, newest first; `last` is set where more follow."""

    rows: tuple[Found, ...]
    last: UUID | None


def find_page(
    session: Session,
    query: Query,
    *,
    after: UUID | None,
    facility: str | None,
    person_of: Callable[[str], Numbers],
) -> Page:
    """Return the page behind `after`, of one facility's records or (None) of all.

    Raises RequestRefused: a value is not of its parameter's type.
    """
    sources: list[Sequence[Found]] = [
        _stored(session, query, after=after, facility=facility, person_of=person_of)
    ]
    if query.resource_type == "Patient":
        sources.append(_members(session, query, after=after, facility=facility, person_of=person_of))
    if query.resource_type == "Coverage":
        sources.append(_covers(session, query, after=after, facility=facility, person_of=person_of))
    merged = list(heapq.merge(*sources, key=key_of, reverse=True))[: query.count + 1]
    more = len(merged) > query.count
    rows = tuple(merged[: query.count])
    return Page(rows, key_of(rows[-1]) if more else None)


def key_of(found: Found) -> UUID:
    """Return the id under which a row is served."""
    return found[0].id if isinstance(found, tuple) else found.id


def seen_members(facility: str | None) -> list[ColumnElement[bool]]:
    """Return the condition under which a facility sees a member: it had the person's chip on a desk."""
    if facility is None:
        return []
    checked_in = select(Encounter.id).where(
        Encounter.facility == facility,
        Encounter.national_id == Member.national_id,
        Encounter.presence_id.is_not(None),
    )
    return [checked_in.exists()]


def _stored(
    session: Session, query: Query, *, after: UUID | None, facility: str | None, person_of: Any
) -> Sequence[StoredRow]:
    table: Any = records.TABLES[query.resource_type]
    statement = select(table).where(*_conditions(table, query, person_of))
    if table is Resource:
        statement = statement.where(Resource.type == query.resource_type)
    if facility is not None:
        statement = statement.where(table.facility == facility)
    if table is Claim:
        statement = statement.order_by(Claim.received_month.desc(), Claim.id.desc())
        if after is not None:
            place = tuple_(Claim.received_month, Claim.id)
            statement = statement.where(place < tuple_(month_of(after), after))
        return session.scalars(statement.limit(query.count + 1)).all()
    return session.scalars(_behind(statement, table.id, after).limit(query.count + 1)).all()


def _members(
    session: Session, query: Query, *, after: UUID | None, facility: str | None, person_of: Any
) -> Sequence[Member]:
    statement = select(Member).where(*_conditions(Member, query, person_of), *seen_members(facility))
    return session.scalars(_behind(statement, Member.id, after).limit(query.count + 1)).all()


def _covers(
    session: Session, query: Query, *, after: UUID | None, facility: str | None, person_of: Any
) -> list[tuple[Cover, Member]]:
    """Search covers; a question about the person asks the member behind the cover."""
    statement = select(Cover, Member).join(Member, Cover.member_id == Member.id)
    for criterion in query.criteria:
        table: Any = Member if criterion.parameter.kind in {"person", "patient"} else Cover
        statement = statement.where(
            or_(*(condition(table, criterion.parameter, value, person_of) for value in criterion.values))
        )
    statement = statement.where(*seen_members(facility))
    rows = session.execute(_behind(statement, Cover.id, after).limit(query.count + 1))
    return [(row[0], row[1]) for row in rows]


def _conditions(table: Any, query: Query, person_of: Any) -> list[ColumnElement[bool]]:
    return [
        or_(*(condition(table, criterion.parameter, value, person_of) for value in criterion.values))
        for criterion in query.criteria
    ]


def _behind(statement: Any, column: Any, after: UUID | None) -> Any:
    statement = statement.order_by(column.desc())
    return statement if after is None else statement.where(column < after)
