"""Transaction and batch Bundles (FHIR R4 §3.1.0.11): all entries or none, or each for itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy.orm import Session

from bhyt.errors import RecordsError
from bhyt.parsing import parse
from bhyt.r4.lookup import child, objects
from bhyt.validation.primitives import PRIMITIVES
from gateway.errors import Describe, GatewayError, Issue, PresenceRefused, RecordRefused, RequestRefused
from gateway.services import conversion, presence, storing
from gateway.services.access_log import Actor
from gateway.services.entries import Entry, Outcome
from gateway.services.entry_bytes import entry_bytes
from gateway.services.presence import Receipts
from gateway.services.serving import instant
from gateway.services.versions import Correction

MAX_ENTRIES = 200
CONDITIONS = frozenset({"ifNoneExist", "ifMatch", "ifNoneMatch", "ifModifiedSince"})
_FULL_URL = re.compile(PRIMITIVES["uuid"]["pattern"])
_FAULTS = {
    "request.bundle-entry": "only POST <type> of a stored type is served",
    "request.condition": "conditional requests are not served",
    "request.full-url": "a fullUrl is urn:uuid:<uuid>, in lower case",
}


@dataclass(frozen=True, slots=True)
class Received:
    """A Bundle of resources to store; `refused` says why entries of a batch, by number, are not."""

    type: Literal["transaction", "batch"]
    entries: tuple[Entry, ...]
    bundle: dict[str, Any]
    refused: Mapping[int, RecordRefused] = field(default_factory=dict)


def read_bundle(body: bytes) -> Received:
    """Return the entries of a transaction or batch, each with its bytes as received.

    Raises Unreadable: the bytes are no JSON object that is taken. RequestRefused: another Bundle,
    too many entries, or one that does not create a resource.
    """
    bundle = parse(body)
    kind = bundle.get("type")
    if bundle.get("resourceType") != "Bundle" or kind not in ("transaction", "batch"):
        raise RequestRefused("request.bundle", "a Bundle of type transaction or batch is needed")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise RequestRefused("request.bundle", "Bundle.entry is no list")
    if len(entries) > MAX_ENTRIES:
        raise RequestRefused("request.too-large", f"more than {MAX_ENTRIES} entries", status=413)
    faults = [
        Issue(fault, f"Bundle.entry[{number}]", _FAULTS[fault])
        for number, entry in enumerate(entries)
        if (fault := _fault(entry))
    ]
    if faults:
        raise RequestRefused(faults[0].code, "an entry is not served", issues=tuple(faults))
    stored = tuple(
        Entry(entry["resource"], raw, entry.get("fullUrl"))
        for entry, raw in zip(entries, entry_bytes(body), strict=True)
    )
    urls = [entry.full_url for entry in stored if entry.full_url]
    if len(urls) != len(set(urls)):
        raise RequestRefused("request.bundle", "two entries have the same fullUrl")
    return Received(kind, stored, bundle)


def checked(received: Received) -> Received:
    """Return the Bundle after all that can be checked without the database.

    A batch's entries are refused one by one, a transaction as a whole.

    Raises RecordRefused: an entry of a transaction is not valid, or not the conversion of its original.
    """
    if received.type == "transaction":
        storing.validate(received.bundle)
        return replace(received, entries=tuple(conversion.checked(received.entries)))
    refused = {}
    for number, entry in enumerate(received.entries):
        try:
            conversion.refuse_alone(entry)
            storing.validate(entry.resource)
        except RecordRefused as error:
            refused[number] = error
    return replace(received, refused=refused)


def process(
    session: Session,
    received: Received,
    *,
    receipts: Receipts,
    actor: Actor,
    describe: Describe,
    correction: Correction | None = None,
) -> dict[str, Any]:
    """Store a Bundle that was `checked` and return its response Bundle.

    A `correction` is that of every entry whose key is known with other content.
    A refusal of a transaction's entry is raised, so that the caller's transaction undoes all; one
    of a batch's entry is described in its place, and undoes that entry alone; a refused receipt is
    in the access log with the answer that tells of it.
    """
    if received.type == "transaction":
        outcomes = storing.store(
            session, received.entries, receipts=receipts, actor=actor, correction=correction
        )
        return _response("transaction-response", [_stored(outcome) for outcome in outcomes])
    answers = []
    for number, entry in enumerate(received.entries):
        try:
            if number in received.refused:
                raise received.refused[number]
            with session.begin_nested():
                (outcome,) = storing.store(
                    session, [entry], receipts=receipts, actor=actor, correction=correction
                )
        except (GatewayError, RecordsError) as error:
            if isinstance(error, PresenceRefused):
                presence.note_refusal(session, error, "create", entry.type, actor=actor)
            status, explained = describe(error)
            answers.append({"response": {"status": str(status), "outcome": explained}})
        else:
            answers.append(_stored(outcome))
    return _response("batch-response", answers)


def only(resource: dict[str, Any], resource_type: str) -> dict[str, Any]:
    """Return the resource, or the one of its type in a Bundle, as the $submit operations take both.

    Raises RequestRefused: there is not exactly one.
    """
    if resource.get("resourceType") != "Bundle":
        return resource
    resources = [child(entry, "resource") for entry in objects(resource, "entry")]
    found = [item for item in resources if item.get("resourceType") == resource_type]
    if len(found) != 1:
        raise RequestRefused("request.bundle", f"the Bundle must hold one {resource_type}")
    return found[0]


def _fault(entry: object) -> str | None:
    """Return the code of what keeps an entry from creating a resource."""
    resource, asked = child(entry, "resource"), child(entry, "request")
    wanted = asked.get("url")
    creates = asked.get("method") == "POST" and wanted == resource.get("resourceType")
    if not creates or not isinstance(wanted, str) or wanted not in storing.STORABLE:
        return "request.bundle-entry"
    if not CONDITIONS.isdisjoint(asked):
        return "request.condition"
    url = child({"entry": entry}, "entry").get("fullUrl")
    if url is not None and not (isinstance(url, str) and _FULL_URL.fullmatch(url)):
        return "request.full-url"
    return None


def _stored(outcome: Outcome) -> dict[str, Any]:
    return {
        "response": {
            "status": "201 Created" if outcome.new else "200 OK",
            "location": f"{outcome.type}/{outcome.id}/_history/{outcome.version}",
            "etag": f'W/"{outcome.version}"',
            "lastModified": instant(outcome.received_at),
        }
    }


def _response(kind: str, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
