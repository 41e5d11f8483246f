"""A stored row as the FHIR resource that is answered: id, meta, resolved links, the training mark."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from zstandard import ZstdError

from bhyt.errors import Unreadable
from bhyt.parsing import parse
from bhyt.r4.lookup import child, objects
from bhyt.r4.systems import with_training_label
from gateway import systems
from gateway.errors import RecordUnreadable
from gateway.services import register
from gateway.store import records
from gateway.store.records import StoredRow
from gateway.store.search.paging import Found
from gateway.store.tables_records import Claim, Encounter
from gateway.store.tables_register import Member
from gateway.store.tables_versions import RecordVersion


@dataclass(frozen=True, slots=True)
class Served:
    """A resource ready to be answered; `person` is whose data it shows, for the access log."""

    type: str
    id: str
    version: int
    updated_at: datetime
    resource: dict[str, Any]
    person: str | None


def serve(
    found: Found | RecordVersion,
    resource_type: str,
    *,
    training: bool,
    levels: Mapping[UUID, str],
    reasons: Mapping[tuple[UUID, int], str],
) -> Served:
    """Return the resource of a found row.

    `levels` are those of the presences that rows name, `reasons` say why versions replaced older ones.

    Raises RecordUnreadable: what is stored cannot be read back.
    """
    if isinstance(found, Member):
        return _register(found.id, found, register.patient(found), found.updated_at, training)
    if isinstance(found, tuple):
        cover, member = found
        return _register(cover.id, member, register.coverage(cover, member), cover.updated_at, training)
    proof = found.presence_id if isinstance(found, Claim | Encounter | RecordVersion) else None
    level = levels.get(proof) if proof else None
    reason = reasons.get((found.id, found.version))
    return _stored(found, resource_type, training=training, level=level, reason=reason)


def marked(
    resource: Mapping[str, Any],
    *,
    key: str | UUID,
    version: int,
    updated_at: datetime,
    training: bool,
    level: str | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Return a resource with our id, version and time, its presence's level, and a training gateway's mark.

    The level is a tag and the `reason` for the version an extension that the gateway alone gives: one
    that was sent is not shown.
    """
    meta = dict(child(resource, "meta"))
    extensions = [item for item in objects(meta, "extension") if item.get("url") != systems.VERSION_REASON]
    if reason is not None:
        extensions.append({"url": systems.VERSION_REASON, "valueString": reason})
    meta.pop("extension", None)
    if extensions:
        meta["extension"] = extensions
    tags = [tag for tag in objects(meta, "tag") if tag.get("system") != systems.PRESENCE_LEVEL]
    if level is not None:
        tags.append({"system": systems.PRESENCE_LEVEL, "code": level})
    meta.pop("tag", None)
    meta |= {"versionId": str(version), "lastUpdated": instant(updated_at)}
    if tags:
        meta["tag"] = tags
    rest = {name: value for name, value in resource.items() if name not in {"resourceType", "id", "meta"}}
    result = {"resourceType": resource["resourceType"], "id": str(key), "meta": meta} | rest
    return with_training_label(result) if training else result


def instant(moment: datetime) -> str:
    """Return a FHIR instant in UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _stored(
    row: StoredRow | RecordVersion,
    resource_type: str,
    *,
    training: bool,
    level: str | None,
    reason: str | None,
) -> Served:
    try:
        resource = parse(records.body_of(row))
    except (Unreadable, ZstdError) as error:
        raise RecordUnreadable("gateway.record-unreadable", f"{resource_type}/{row.id}") from error
    if row.links:
        resource = _linked(resource, row.links)
    resource = marked(
        resource,
        key=row.id,
        version=row.version,
        updated_at=row.received_at,
        training=training,
        level=level,
        reason=reason,
    )
    person = row.national_id or row.insurance_number
    return Served(resource_type, str(row.id), row.version, row.received_at, resource, person)


def _register(
    key: UUID, member: Member, resource: dict[str, Any], updated_at: datetime, training: bool
) -> Served:
    resource = marked(resource, key=key, version=1, updated_at=updated_at, training=training)
    person = member.national_id or member.insurance_number
    return Served(resource["resourceType"], str(key), 1, updated_at, resource, person)


def _linked(value: Any, links: Mapping[str, str]) -> Any:
    """Put where the resources of a transaction became for its urn:uuid (FHIR R4 §3.1.0.11.2).

    Only in `reference` and `url` elements: the same text elsewhere is no address.
    """
    if isinstance(value, list):
        return [_linked(item, links) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: links.get(item, item)
        if name in {"reference", "url"} and isinstance(item, str)
        else _linked(item, links)
        for name, item in value.items()
    }
