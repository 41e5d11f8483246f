"""Read one resource, as far as the caller may see it, and note that it was seen."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.errors import NotServed
from gateway.services import originals, register, versions, visit_presence
from gateway.services.access_log import Actor, note
from gateway.services.persons import facility_of
from gateway.services.serving import Served, serve
from gateway.store import records
from gateway.store.database import Caller
from gateway.store.search.paging import Found, seen_members
from gateway.store.tables_records import Original, Stored
from gateway.store.tables_register import Cover, Facility, Member
from gateway.store.tables_versions import RecordVersion

MAX_DIGITS = 10
"""Of a version's number in an address; nothing has been corrected that often."""
READABLE = ("Binary", "Organization", *sorted(records.TABLES))


def read(session: Session, resource_type: str, key: str, *, caller: Caller, actor: Actor) -> Served:
    """Return a resource.

    Raises NotServed: there is none of this id that the caller may see.
    """
    if resource_type == "Organization":
        return _organization(session, key, actor)
    found = find(session, resource_type, key, caller)
    served = _served(session, found, resource_type, actor)
    note(session, actor, "read", f"{resource_type}/{key}", person=served.person, outcome="shown")
    return served


def read_version(
    session: Session, resource_type: str, key: str, version: str, *, caller: Caller, actor: Actor
) -> Served:
    """Return a resource as one of its versions has it.

    Raises NotServed: there is none of this id that the caller may see, or no such version of it.
    """
    found: Found | RecordVersion = find(session, resource_type, key, caller)
    number = int(version) if version.isascii() and version.isdigit() and len(version) < MAX_DIGITS else 0
    newest = found.version if isinstance(found, Stored) else 1
    if isinstance(found, Stored) and number != newest:
        older = versions.older(session, found.id, before=number + 1, limit=1)
        found, newest = (older[0], older[0].version) if older else (found, newest)
    if number != newest:
        raise NotServed("request.not-found", f"no such version of this {resource_type}")
    served = _served(session, found, resource_type, actor)
    what = f"{resource_type}/{key}/_history/{number}"
    note(session, actor, "read", what, person=served.person, outcome="shown")
    return served


def read_original(session: Session, key: str, *, caller: Caller, actor: Actor) -> tuple[Original, bytes]:
    """Return an original's row and its bytes as received.

    Raises NotServed: there is none of this id that the caller may see.
    """
    found = originals.find(session, _uuid(key), caller)
    if found is None:
        raise NotServed("request.not-found", "no Binary with this id")
    note(session, actor, "read", f"Binary/{key}", outcome="shown")
    return found


def find(session: Session, resource_type: str, key: str, caller: Caller) -> Found:
    """Return the newest version of a resource.

    Raises NotServed: there is none of this id that the caller may see.
    """
    found = _find(session, resource_type, _uuid(key), caller)
    if found is None:
        raise NotServed("request.not-found", f"no {resource_type} with this id")
    return found


def _served(session: Session, found: Found | RecordVersion, resource_type: str, actor: Actor) -> Served:
    levels, reasons = visit_presence.levels(session, [found]), versions.reasons(session, [found])
    return serve(found, resource_type, training=actor.training, levels=levels, reasons=reasons)


def _find(session: Session, resource_type: str, key: UUID, caller: Caller) -> Found | None:
    row = records.find_row(session, resource_type, key, caller)
    if row is not None:
        return row
    seen = seen_members(facility_of(caller))
    if resource_type == "Patient":
        return session.scalars(select(Member).where(Member.id == key, *seen)).one_or_none()
    if resource_type == "Coverage":
        query = select(Cover, Member).join(Member, Cover.member_id == Member.id).where(Cover.id == key, *seen)
        pair = session.execute(query).one_or_none()
        return None if pair is None else (pair[0], pair[1])
    return None


def _organization(session: Session, code: str, actor: Actor) -> Served:
    facility = session.get(Facility, code) if code.isprintable() else None  # no database text holds U+0000
    if facility is None:
        raise NotServed("request.not-found", "no Organization with this id")
    return Served("Organization", code, 1, actor.now, register.organization(facility), None)


def _uuid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError as error:
        raise NotServed("request.not-found", "no resource with this id") from error
