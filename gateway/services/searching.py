"""Search one type and answer a page as a searchset Bundle."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from gateway.errors import Describe, RecordUnreadable
from gateway.numbers import Numbers
from gateway.services import persons
from gateway.services.access_log import Actor, note
from gateway.services.serving import instant, serve
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
    entries = [_entry(row, resource_type, describe, fhir_url=fhir_url, actor=actor) for row in page.rows]
    note(session, actor, "search", resource_type, person=_asked_person(query), outcome=str(len(entries)))
    links = [{"relation": "self", "url": _url(query, fhir_url)}]
    if page.last is not None:
        cursor = seal(query, page.last, client_id=actor.client_id, secret=secret)
        links.append({"relation": "next", "url": _url(query, fhir_url, cursor)})
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "meta": {"lastUpdated": instant(actor.now)},
        "link": links,
        "entry": entries,
    }


def _entry(
    row: Found, resource_type: str, describe: Describe, *, fhir_url: str, actor: Actor
) -> dict[str, Any]:
    """Return a row as a match; one that cannot be read back says so in its place and spoils no other."""
    try:
        item = serve(row, resource_type, training=actor.training)
    except RecordUnreadable as error:
        return {"resource": describe(error)[1], "search": {"mode": "outcome"}}
    address = f"{fhir_url}/{item.type}/{item.id}"
    return {"fullUrl": address, "resource": item.resource, "search": {"mode": "match"}}


def _asked_person(query: Query) -> str | None:
    """Return the number that was searched for, so that the log can be asked by person."""
    for criterion in query.criteria:
        if criterion.parameter.kind == "person":
            return criterion.values[0].rpartition("|")[2]
    return None


def _url(query: Query, fhir_url: str, cursor: str | None = None) -> str:
    pairs = [*query.applied, *([(CURSOR, cursor)] if cursor else [])]
    address = f"{fhir_url}/{query.resource_type}"
    return f"{address}?{urlencode(pairs)}" if pairs else address
