"""Transaction and batch Bundles (FHIR R4 §3.1.0.11): all entries or none, or each for itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from bhyt.errors import RecordsError
from bhyt.parsing import parse
from gateway.errors import GatewayError, Issue, RequestRefused
from gateway.services import conversion, storing
from gateway.services.access_log import Actor
from gateway.services.entry_bytes import entry_bytes
from gateway.services.presence import Receipts
from gateway.services.serving import instant
from gateway.services.storing import Entry, Outcome

MAX_ENTRIES = 200
Describe = Callable[[GatewayError | RecordsError], tuple[int, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Received:
    """A Bundle of resources to store."""

    type: Literal["transaction", "batch"]
    entries: tuple[Entry, ...]
    bundle: dict[str, Any]


def read_bundle(body: bytes) -> Received:
    """Return the entries of a transaction or batch, each with its bytes as received.

    Raises Unreadable: the bytes are no JSON object that is taken. RequestRefused: another Bundle,
    too many entries, or one that does not create a resource.
    """
    bundle = parse(body)
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in {"transaction", "batch"}:
        raise RequestRefused("request.bundle", "a Bundle of type transaction or batch is needed")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise RequestRefused("request.bundle", "Bundle.entry is no list")
    if len(entries) > MAX_ENTRIES:
        raise RequestRefused("request.too-large", f"more than {MAX_ENTRIES} entries", status=413)
    faults = [
        Issue(
            "request.bundle-entry", f"Bundle.entry[{number}]", "only POST <type> of a stored type is served"
        )
        for number, entry in enumerate(entries)
        if not _creates(entry)
    ]
    if faults:
        raise RequestRefused("request.bundle-entry", "an entry is not served", issues=tuple(faults))
    stored = tuple(
        Entry(entry["resource"], raw, entry.get("fullUrl"))
        for entry, raw in zip(entries, entry_bytes(body), strict=True)
    )
    urls = [entry.full_url for entry in stored if entry.full_url]
    if len(urls) != len(set(urls)):
        raise RequestRefused("request.bundle", "two entries have the same fullUrl")
    return Received(cast(Literal["transaction", "batch"], bundle["type"]), stored, bundle)


def process(
    session: Session, received: Received, *, receipts: Receipts, actor: Actor, describe: Describe
) -> dict[str, Any]:
    """Store a Bundle and return its response Bundle.

    A refusal of a transaction's entry is raised, so that the caller's transaction undoes all; one
    of a batch's entry is described in its place, and undoes that entry alone.
    """
    if received.type == "transaction":
        storing.validate(received.bundle)
        entries = conversion.checked(received.entries)
        outcomes = storing.store(session, entries, receipts=receipts, actor=actor)
        return _response("transaction-response", [_stored(outcome) for outcome in outcomes])
    answers = []
    for entry in received.entries:
        try:
            with session.begin_nested():
                storing.validate(entry.resource)
                (outcome,) = storing.store(session, [entry], receipts=receipts, actor=actor)
        except (GatewayError, RecordsError) as error:
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
    entries = resource.get("entry", [])
    candidates = [entry.get("resource") for entry in entries if isinstance(entry, dict)] if entries else []
    found = [
        item for item in candidates if isinstance(item, dict) and item.get("resourceType") == resource_type
    ]
    if len(found) != 1:
        raise RequestRefused("request.bundle", f"the Bundle must hold one {resource_type}")
    return found[0]


def _creates(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    resource, request = entry.get("resource"), entry.get("request")
    if not isinstance(resource, dict) or not isinstance(request, dict):
        return False
    return (
        request.get("method") == "POST"
        and request.get("url") == resource.get("resourceType")
        and request["url"] in storing.STORABLE
        and isinstance(entry.get("fullUrl", ""), str)
    )


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
