"""Search one type and answer a page as a searchset Bundle."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.errors import Describe, RecordUnreadable
from gateway.numbers import Numbers
from gateway.services import persons, versions, visit_presence
from gateway.services.access_log import Actor, note
from gateway.services.serving import Served, instant, serve
from gateway.store.database import Caller
from gateway.store.search.cursor import seal, unseal
from gateway.store.search.paging import Found, find_page
from gateway.store.search.parameters import CURSOR
from gateway.store.search.query import Query, read_query


def search(
    session: Session,
    resource_type: str,
    pairs: Sequence[tuple[str, str]],
    *,
    strict: bool,
    caller: Caller,
    actor: Actor,
    secret: bytes,
    fhir_url: str,
    describe: Describe,
) -> dict[str, Any]:
    """Return a page of what the caller may see, newest first, with links to itself and the next.

    Raises RequestRefused: a parameter or the cursor is no good.
    """
    query = read_query(resource_type, pairs, strict=strict)
    facility = persons.facility_of(caller)
    page = find_page(
        session,
        query,
        after=unseal(query, client_id=actor.client_id, secret=secret),
        facility=facility,
        person_of=lambda reference: persons.numbers_of(session, reference, facility=facility) or Numbers(),
    )
    levels, reasons = visit_presence.levels(session, page.rows), versions.reasons(session, page.rows)
    shown = [_shown(row, resource_type, actor, levels, reasons) for row in page.rows]
    _note_people(session, query, [item for item in shown if isinstance(item, Served)], actor)
    entries = [_entry(item, describe, fhir_url=fhir_url) for item in shown]
    links = [{"relation": "self", "url": address_of(query, fhir_url)}]
    if page.last is not None:
        cursor = seal(query, page.last, client_id=actor.client_id, secret=secret)
        links.append({"relation": "next", "url": address_of(query, fhir_url, cursor)})
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "meta": {"lastUpdated": instant(actor.now)},
        "link": links,
        "entry": entries,
    }


def _shown(
    row: Found,
    resource_type: str,
    actor: Actor,
    levels: Mapping[UUID, str],
    reasons: Mapping[tuple[UUID, int], str],
) -> Served | RecordUnreadable:
    """Return a row as it is served, or the reason why it cannot be: one spoiled row spoils no other."""
    try:
        return serve(row, resource_type, training=actor.training, levels=levels, reasons=reasons)
    except RecordUnreadable as error:
        return error


def _entry(item: Served | RecordUnreadable, describe: Describe, *, fhir_url: str) -> dict[str, Any]:
    if isinstance(item, RecordUnreadable):
        return {"resource": describe(item)[1], "search": {"mode": "outcome"}}
    address = f"{fhir_url}/{item.type}/{item.id}"
    return {"fullUrl": address, "resource": item.resource, "search": {"mode": "match"}}


def _note_people(session: Session, query: Query, served: Sequence[Served], actor: Actor) -> None:
    """Note how many resources of each person were shown; where none, who was asked about.

    A resource of nobody, such as a Provenance, is counted under no person.
    """
    shown = Counter(item.person for item in served)
    for person, count in shown.items():
        note(session, actor, "search", query.resource_type, person=person, outcome=str(count))
    if not shown:
        for asked in _asked_people(query) or (None,):
            note(session, actor, "search", query.resource_type, person=asked, outcome="0")


def _asked_people(query: Query) -> tuple[str, ...]:
    """Return the numbers that were searched for, each once."""
    asked = [
        value.rpartition("|")[2]
        for criterion in query.criteria
        if criterion.parameter.kind == "person"
        for value in criterion.values
    ]
    return tuple(dict.fromkeys(asked))


def address_of(query: Query, fhir_url: str, cursor: str | None = None) -> str:
    """Return the address of a page: of the first, or of the one behind the cursor."""
    pairs = [*query.applied, *([(CURSOR, cursor)] if cursor else [])]
    address = f"{fhir_url}/{query.resource_type}"
    return f"{address}?{urlencode(pairs)}" if pairs else address
