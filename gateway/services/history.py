"""All versions of a resource, newest first (FHIR R4 §3.1.0.10); nothing is ever deleted, so none is 410."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from gateway.errors import Describe, RecordUnreadable
from gateway.services import reading, versions, visit_presence
from gateway.services.access_log import Actor, note
from gateway.services.searching import address_of
from gateway.services.serving import Served, instant, serve
from gateway.store.database import Caller
from gateway.store.search.cursor import seal, unseal
from gateway.store.search.paging import Found
from gateway.store.search.query import read_query
from gateway.store.tables_records import Stored
from gateway.store.tables_versions import RecordVersion


def history(
    session: Session,
    resource_type: str,
    key: str,
    pairs: Sequence[tuple[str, str]],
    *,
    strict: bool,
    caller: Caller,
    actor: Actor,
    secret: bytes,
    fhir_url: str,
    describe: Describe,
) -> dict[str, Any]:
    """Return a page of a resource's versions, with links to itself and the next.

    Raises NotServed: there is no such resource that the caller may see. RequestRefused: a parameter
    or the cursor is no good.
    """
    newest = reading.find(session, resource_type, key, caller)
    query = read_query(f"{resource_type}/{key}/_history", pairs, strict=strict)
    after = unseal(query, client_id=actor.client_id, secret=secret)
    total = _number(newest)
    rows: list[Found | RecordVersion] = [newest] if after is None else []
    if isinstance(newest, Stored):
        before = total if after is None else after.int
        rows += versions.older(session, newest.id, before=before, limit=query.count + 1 - len(rows))
    page = rows[: query.count]
    links = [{"relation": "self", "url": address_of(query, fhir_url)}]
    if len(rows) > query.count:
        cursor = seal(query, UUID(int=_number(page[-1])), client_id=actor.client_id, secret=secret)
        links.append({"relation": "next", "url": address_of(query, fhir_url, cursor)})
    shown = _shown(session, page, resource_type, actor)
    people = Counter(item.person for item in shown if isinstance(item, Served))
    for person, count in people.items():
        note(session, actor, "history", f"{resource_type}/{key}", person=person, outcome=str(count))
    address = f"{resource_type}/{key}"
    entries = [
        {"fullUrl": f"{fhir_url}/{address}"} | _entry(item, _number(row), address, describe)
        for row, item in zip(page, shown, strict=True)
    ]
    return {
        "resourceType": "Bundle",
        "type": "history",
        "meta": {"lastUpdated": instant(actor.now)},
        "total": total,
        "link": links,
        "entry": entries,
    }


def _shown(
    session: Session, page: Sequence[Found | RecordVersion], resource_type: str, actor: Actor
) -> list[Served | RecordUnreadable]:
    """Return the versions as they are served; one that cannot be spoils no other."""
    levels, reasons = visit_presence.levels(session, page), versions.reasons(session, page)
    shown: list[Served | RecordUnreadable] = []
    for row in page:
        try:
            one = serve(row, resource_type, training=actor.training, levels=levels, reasons=reasons)
        except RecordUnreadable as error:
            shown.append(error)
        else:
            shown.append(one)
    return shown


def _entry(item: Served | RecordUnreadable, version: int, address: str, describe: Describe) -> dict[str, Any]:
    """Return what was asked and answered when this version came, and the resource, if it can be read."""
    first = version == 1
    request = (
        {"method": "POST", "url": address.partition("/")[0]} if first else {"method": "PUT", "url": address}
    )
    response: dict[str, Any] = {"status": "201 Created" if first else "200 OK", "etag": f'W/"{version}"'}
    if isinstance(item, RecordUnreadable):
        return {"request": request, "response": response | {"outcome": describe(item)[1]}}
    response["lastModified"] = instant(item.updated_at)
    return {"resource": item.resource, "request": request, "response": response}


def _number(row: Found | RecordVersion) -> int:
    """Return a row's version; what stands in the register has one."""
    return row.version if isinstance(row, Stored) else 1
