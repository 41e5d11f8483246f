"""What a server must know of a resource to file and find it, whoever made the resource.

Nothing here refuses: what a resource does not say is None or empty. A resource without kind or
key (another type, a Bundle that is no birth or death document) is not indexed at all.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from bhyt.errors import BadDate
from bhyt.r4.claim_information import ROUTE
from bhyt.r4.lookup import (
    child,
    code_of,
    contained,
    extension_value,
    first,
    identifier_of,
    objects,
    reference_value,
    text,
)
from bhyt.r4.systems import Element, code_url, identifier_url
from bhyt.r4.wire import plain
from bhyt.records.content import RecordKind
from bhyt.records.dates import PartialDate

# What a server adds on its side says nothing about the record.
_SERVER_OWNED = frozenset({"id", "meta"})


@dataclass(frozen=True, slots=True, repr=False)
class Identifier:
    """A system and a value, as they stand in the resource."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Indexed:
    """How one resource is filed; `start` is a Vietnamese day.

    `patients` are the identifiers of the person it is about (the child of a birth), `relatives`
    those of the mother, `cards` the insurance cards named. `category` is the MA_DOITUONG_KCB that
    a claim or check-in states of itself.
    """

    kind: RecordKind
    business_key: str
    facility: str | None
    visit_id: str | None
    category: str | None
    patients: tuple[Identifier, ...]
    relatives: tuple[Identifier, ...]
    cards: tuple[str, ...]
    start: date | None


def index(resource: Element) -> Indexed | None:
    """Return how to file a Claim, an Encounter, or a birth or death document; None for all else."""
    match resource.get("resourceType"):
        case "Claim":
            return _claim(resource)
        case "Encounter":
            return _encounter(resource)
        case "Bundle" if resource.get("type") == "document":
            return _document(resource)
        case _:
            return None


def comparable(resource: Element) -> Any:
    """Return what a resource says: without `id` and `meta`, which servers own, and numbers in one form."""
    return plain({key: value for key, value in resource.items() if key not in _SERVER_OWNED})


def content_hash(resource: Element) -> str:
    """Return the SHA-256 (hex) of what a resource says, apart from `id`, `meta` and spelling of numbers."""
    said = json.dumps(comparable(resource), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _claim(resource: Element) -> Indexed | None:
    """Index a claim by MA_LK."""
    visit_id = identifier_of(resource, "visit")
    if visit_id is None:
        return None
    patient = contained(resource, resource.get("patient"))
    cards = (
        reference_value(item.get("coverage"), "insurance-card")
        or identifier_of(contained(resource, item.get("coverage")), "insurance-card")
        for item in objects(resource, "insurance")
    )
    return Indexed(
        kind="claim",
        business_key=visit_id,
        facility=reference_value(resource.get("provider"), "facility"),
        visit_id=visit_id,
        category=_route(resource),
        patients=_person(patient, resource.get("patient")),
        relatives=(),
        cards=tuple(card for card in cards if card),
        start=_day(child(resource, "billablePeriod").get("start")),
    )


def _encounter(resource: Element) -> Indexed | None:
    """Index a check-in by its own key, or MA_LK if it was made elsewhere."""
    visit_id = identifier_of(resource, "visit")
    key = identifier_of(resource, "check-in") or visit_id
    if key is None:
        return None
    category = extension_value(resource, "visit-category", "valueCodeableConcept")
    patient = contained(resource, resource.get("subject"))
    cards = (
        identifier_of(item, "insurance-card")
        for item in objects(resource, "contained")
        if item.get("resourceType") == "Coverage"
    )
    return Indexed(
        kind="check-in",
        business_key=key,
        facility=reference_value(resource.get("serviceProvider"), "facility"),
        visit_id=visit_id,
        category=code_of(category, code_url("visit-category")),
        patients=_person(patient, resource.get("subject")),
        relatives=(),
        cards=tuple(card for card in cards if card),
        start=_day(child(resource, "period").get("start")),
    )


def _document(resource: Element) -> Indexed | None:
    """Index a birth or death document by the system of its identifier."""
    number = child(resource, "identifier")
    kinds: dict[str, RecordKind] = {
        identifier_url("birth-certificate"): "birth",
        identifier_url("death-notice"): "death",
    }
    kind = kinds.get(str(number.get("system")))
    key = text(number.get("value"))
    if kind is None or key is None:
        return None
    by_url = {str(entry.get("fullUrl")): child(entry, "resource") for entry in objects(resource, "entry")}
    opening = child(first(resource, "entry"), "resource")
    subject = _target(by_url, opening.get("subject"))
    encounter = _target(by_url, opening.get("encounter"))
    custodian = _target(by_url, opening.get("custodian"))
    mother = _target(by_url, encounter.get("subject")) if kind == "birth" else {}
    event = subject.get("birthDate") if kind == "birth" else subject.get("deceasedDateTime")
    cards = (_card(subject), _card(mother))
    return Indexed(
        kind=kind,
        business_key=key,
        facility=identifier_of(custodian, "facility")
        or reference_value(opening.get("custodian"), "facility"),
        visit_id=identifier_of(encounter, "visit"),
        category=None,
        patients=_person(subject, opening.get("subject")),
        relatives=_person(mother, None),
        cards=tuple(card for card in cards if card),
        start=_day(event),
    )


def _target(by_url: dict[str, Element], reference: Any) -> Element:
    """Return the part of the document that a reference names, an empty one if none."""
    return by_url.get(str(child({"r": reference}, "r").get("reference")), {})


def _identifiers(element: Element) -> tuple[Identifier, ...]:
    """Return the complete identifiers of a resource."""
    return tuple(
        Identifier(system, value)
        for item in objects(element, "identifier")
        if (system := text(item.get("system"))) and (value := text(item.get("value")))
    )


def _person(patient: Element, reference: Any) -> tuple[Identifier, ...]:
    """Return every identifier of a person: of the resource and of the logical reference to it."""
    found = list(_identifiers(patient))
    found += _identifiers({"identifier": [child({"r": reference}, "r", "identifier")]})
    return tuple(dict.fromkeys(found))


def _card(patient: Element) -> str | None:
    """Return the insurance card that a document names at the person itself."""
    return identifier_of(patient, "insurance-card")


def _day(value: Any) -> date | None:
    """Return the day of a FHIR date, None if it is absent or unusable."""
    try:
        return PartialDate.from_fhir(value).to_date() if isinstance(value, str) else None
    except BadDate:
        return None


def _route(claim: Element) -> str | None:
    """Return the MA_DOITUONG_KCB of the claim's own supporting information on the route."""
    for item in objects(claim, "supportingInfo"):
        if code_of(item.get("category"), code_url("claim-information")) == ROUTE:
            return code_of(item.get("code"), code_url("visit-category"))
    return None
