"""What the gateway must know of a resource that it stores: whose it is, which one it is, whom it concerns.

Read from the JSON as received; the systems are those of bhyt's one table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gateway import systems
from gateway.numbers import Numbers, identifier, merge, numbers
from gateway.timespan import VIETNAM, Span, outer_span, span

Json = Mapping[str, Any]
NOBODY = Numbers()


@dataclass(frozen=True, slots=True)
class Extracted:
    """The searched columns of one resource; `kind` and `business_key` decide its uniqueness."""

    kind: str
    business_key: str | None
    facility: str | None
    person: Numbers = NOBODY
    visit_id: str | None = None
    category: str | None = None
    status: str = ""
    use: str = ""
    when: Span | None = None
    service_date: date | None = None


def extract(resource: Json) -> Extracted:
    """Return what there is to know of a resource of a stored type.

    Raises ValueError: an element that decides over the record is missing or has no sense; the
    message names the element, never its value.
    """
    return _READERS[str(resource["resourceType"])](resource)


def person_of(resource: Json, reference: object) -> Numbers:
    """Return the numbers behind a reference: its identifier, or the contained Patient it points to."""
    if not isinstance(reference, dict):
        return NOBODY
    found = numbers(reference.get("identifier"))
    target = reference.get("reference")
    if isinstance(target, str) and target.startswith("#"):
        for contained in _dicts(resource.get("contained")):
            if contained.get("id") == target[1:]:
                return merge(found, numbers(contained.get("identifier")))
    elif isinstance(target, str):
        return replace(found, reference=target)
    return found


def presence_receipt(resource: Json) -> str | None:
    """Return the presence receipt that a resource carries in its extension, if it does."""
    for extension in _dicts(resource.get("extension")):
        if extension.get("url") == systems.PRESENCE_RECEIPT:
            return str(extension.get("valueString", ""))
    return None


def facility_of(reference: object) -> str | None:
    """Return the facility code that a reference to an Organization names."""
    if not isinstance(reference, dict):
        return None
    code = identifier(reference.get("identifier"), systems.FACILITY)
    literal = reference.get("reference")
    if code is None and isinstance(literal, str) and literal.startswith("Organization/"):
        code = literal.removeprefix("Organization/")
    return code


def _claim(claim: Json) -> Extracted:
    visit_id = identifier(claim.get("identifier"), systems.VISIT)
    stay = _period(claim.get("billablePeriod"), "Claim.billablePeriod")
    return Extracted(
        kind="claim",
        business_key=_needed(visit_id, "Claim.identifier"),
        facility=_needed(facility_of(claim.get("provider")), "Claim.provider"),
        person=_insured(claim, person_of(claim, claim.get("patient"))),
        visit_id=visit_id,
        category=_category(claim),
        status=str(claim.get("status", "")),
        use=str(claim.get("use", "")),
        when=_span(claim.get("created"), "Claim.created"),
        service_date=_day(stay),
    )


def _encounter(encounter: Json) -> Extracted:
    visit_id = identifier(encounter.get("identifier"), systems.VISIT)
    when = _period(encounter.get("period"), "Encounter.period")
    return Extracted(
        kind="check-in",
        business_key=identifier(encounter.get("identifier"), systems.CHECK_IN)
        or _needed(visit_id, "Encounter.identifier"),
        facility=_needed(facility_of(encounter.get("serviceProvider")), "Encounter.serviceProvider"),
        person=person_of(encounter, encounter.get("subject")),
        visit_id=_needed(visit_id, "Encounter.identifier"),
        category=_category(encounter),
        status=str(encounter.get("status", "")),
        when=when,
        service_date=_day(when),
    )


def _document(bundle: Json) -> Extracted:
    """A birth's person is the mother, a death's the deceased; its facility is the custodian."""
    resources = [entry.get("resource") for entry in _dicts(bundle.get("entry"))]
    composition = next(
        (item for item in _dicts(resources) if item.get("resourceType") == "Composition"), None
    )
    if bundle.get("type") != "document" or composition is None:
        raise ValueError("Bundle.type")
    birth = identifier(bundle.get("identifier"), systems.BIRTH_CERTIFICATE)
    death = identifier(bundle.get("identifier"), systems.DEATH_NOTICE)
    named = [numbers(item.get("identifier")) for item in _of_type(resources, "Patient")]
    return Extracted(
        kind="birth" if birth else "death",
        business_key=_needed(birth or death, "Bundle.identifier"),
        facility=_needed(_custodian(composition, resources), "Composition.custodian"),
        person=next((found for found in named if found.known), NOBODY),
        when=_span(bundle.get("timestamp"), "Bundle.timestamp"),
    )


def _custodian(composition: Json, resources: Sequence[object]) -> str | None:
    custodian = composition.get("custodian")
    literal = custodian.get("reference") if isinstance(custodian, dict) else None
    for item in _dicts(resources):
        if (
            literal
            and item.get("resourceType") == "Organization"
            and str(literal).endswith(str(item.get("id")))
        ):
            return identifier(item.get("identifier"), systems.FACILITY)
    return facility_of(custodian)


def _patient(patient: Json) -> Extracted:
    person = numbers(patient.get("identifier"))
    own = identifier(patient.get("identifier"), systems.PATIENT_NUMBER)
    return Extracted(
        kind="Patient",
        business_key=person.national_id or person.insurance_number or own,
        facility=facility_of(patient.get("managingOrganization")),
        person=person,
    )


def _coverage(coverage: Json) -> Extracted:
    card = identifier(coverage.get("identifier"), systems.INSURANCE_CARD)
    person = person_of(coverage, coverage.get("beneficiary"))
    period = coverage.get("period")
    start = period.get("start", "") if isinstance(period, dict) else ""
    from_card = numbers(coverage.get("identifier"))
    return Extracted(
        kind="Coverage",
        business_key=f"{card}/{start}" if card else None,
        facility=None,
        person=replace(merge(person, from_card), card_number=card),
        status=str(coverage.get("status", "")),
    )


def _companion(resource: Json) -> Extracted:
    """A DocumentReference or Provenance is told from another by all that it says."""
    return Extracted(kind=str(resource["resourceType"]), business_key=None, facility=None)


def _insured(claim: Json, person: Numbers) -> Numbers:
    """Add the insurance number that the claim's cover tells, where its patient is named otherwise."""
    for insurance in _dicts(claim.get("insurance")):
        cover = insurance.get("coverage")
        if isinstance(cover, dict):
            person = merge(person, numbers(cover.get("identifier")))
            for contained in _dicts(claim.get("contained")):
                if cover.get("reference") == f"#{contained.get('id')}":
                    person = merge(person, numbers(contained.get("identifier")))
    return person


def _category(resource: Json) -> str | None:
    """Return the code of the visit category (MA_DOITUONG_KCB) wherever the resource carries it."""
    return next(_codes(resource, systems.VISIT_CATEGORY), None)


def _codes(value: object, system: str) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("system") == system and isinstance(value.get("code"), str):
            yield value["code"]
        for item in value.values():
            yield from _codes(item, system)
    elif isinstance(value, list):
        for item in value:
            yield from _codes(item, system)


def _dicts(values: object) -> Iterator[dict[str, Any]]:
    return (item for item in values if isinstance(item, dict)) if isinstance(values, list) else iter(())


def _of_type(values: object, resource_type: str) -> Iterator[dict[str, Any]]:
    return (item for item in _dicts(values) if item.get("resourceType") == resource_type)


def _needed(value: str | None, element: str) -> str:
    if not value:
        raise ValueError(element)
    return value


def _period(value: object, element: str) -> Span | None:
    first, last = (value.get("start"), value.get("end")) if isinstance(value, dict) else (None, None)
    try:
        return outer_span(first, last)
    except (TypeError, ValueError) as error:
        raise ValueError(element) from error


def _day(when: Span | None) -> date | None:
    return when.low.astimezone(VIETNAM).date() if when else None


def _span(value: object, element: str) -> Span | None:
    if value is None:
        return None
    try:
        return span(str(value))
    except ValueError as error:
        raise ValueError(element) from error


_READERS = {
    "Claim": _claim,
    "Encounter": _encounter,
    "Bundle": _document,
    "Patient": _patient,
    "Coverage": _coverage,
    "DocumentReference": _companion,
    "Provenance": _companion,
}
