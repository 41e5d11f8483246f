"""What the gateway files a resource under: whose it is, which one it is, whom and which day it concerns.

bhyt's index knows the records; here is added what only this server searches by.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bhyt.r4.index import Indexed, index
from bhyt.r4.lookup import child, code_of, first, objects, text
from gateway import systems
from gateway.numbers import Numbers, identifier, merge, numbers
from gateway.timespan import VIETNAM, Span, outer_span, span

Json = Mapping[str, Any]
NOBODY = Numbers()
DOSSIER = "dossier"
MAX_KEY_CHARS = 300
"""The longest text in an index: at most 1,200 bytes, where an entry of PostgreSQL's may have 2,704."""
_MONTH = re.compile(r"((?:19|20)\d\d)-(0[1-9]|1[0-2])", re.ASCII)


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
    settlement_month: date | None = None


def extract(resource: dict[str, Any]) -> Extracted:
    """Return what there is to know of a resource of a stored type.

    Raises ValueError: an element that decides over the record is missing or has no sense; the
    message names the element, never its value.
    """
    return _READERS[str(resource["resourceType"])](resource)


def _claim(claim: dict[str, Any]) -> Extracted:
    found = _indexed(claim, "Claim.provider")
    when = _span(claim.get("created"), "Claim.created")
    return replace(
        _of_index(claim, found, claim.get("patient")),
        use=str(claim.get("use", "")),
        when=when,
        settlement_month=_settlement_month(claim, when),
    )


def _settlement_month(claim: dict[str, Any], created: Span | None) -> date | None:
    """Return the first day of the month NAM_QT, THANG_QT; of `created` where the claim names none."""
    for item in objects(claim, "supportingInfo"):
        said = _MONTH.fullmatch(text(item.get("valueString")) or "")
        if said and code_of(item.get("category"), systems.CLAIM_INFORMATION) == "settlement-month":
            return date(int(said[1]), int(said[2]), 1)
    return created.low.astimezone(VIETNAM).date().replace(day=1) if created else None


def _encounter(encounter: dict[str, Any]) -> Extracted:
    found = _indexed(encounter, "Encounter.serviceProvider")
    if not found.visit_id:
        raise ValueError("Encounter.identifier")
    when = _period(encounter.get("period"), "Encounter.period")
    return replace(_of_index(encounter, found, encounter.get("subject")), when=when)


def _document(bundle: dict[str, Any]) -> Extracted:
    """A death's person is the deceased, a birth's the mother: the child has no number yet."""
    if bundle.get("type") == "collection":
        return _dossier(bundle)
    found = _indexed(bundle, "Composition.custodian")
    people = [_numbers(found.relatives), _numbers(found.patients)]
    person = next((one for one in people if one.known), NOBODY) if found.kind == "birth" else people[1]
    return Extracted(
        kind=found.kind,
        business_key=found.business_key,
        facility=found.facility,
        person=person,
        status=text(composition_of(bundle).get("status")) or "",
        when=_span(bundle.get("timestamp"), "Bundle.timestamp"),
    )


def _dossier(bundle: dict[str, Any]) -> Extracted:
    """What a claim has besides its lines, filed under the claim's MA_LK; its parts name the patient."""
    number = identifier(bundle.get("identifier"), systems.VISIT)
    if number is None:
        raise ValueError("Bundle.identifier")
    subject = child(child(first(bundle, "entry"), "resource"), "subject")
    return Extracted(
        kind=DOSSIER, business_key=number, facility=None, person=numbers(child(subject, "identifier"))
    )


def composition_of(bundle: dict[str, Any]) -> dict[str, Any]:
    """Return the Composition that opens a document, the very object."""
    return child(first(bundle, "entry"), "resource")


def _patient(patient: dict[str, Any]) -> Extracted:
    person = numbers(patient.get("identifier"))
    own = identifier(patient.get("identifier"), systems.PATIENT_NUMBER)
    return Extracted(
        kind="Patient",
        business_key=person.national_id or person.insurance_number or own,
        facility=_facility(patient.get("managingOrganization")),
        person=person,
    )


def _coverage(coverage: dict[str, Any]) -> Extracted:
    beneficiary = coverage.get("beneficiary")
    named = beneficiary.get("identifier") if isinstance(beneficiary, dict) else None
    own = numbers(coverage.get("identifier"))
    period = coverage.get("period")
    start = period.get("start", "") if isinstance(period, dict) else ""
    return Extracted(
        kind="Coverage",
        business_key=f"{own.card_number}/{start}" if own.card_number else None,
        facility=None,
        person=merge(merge(own, numbers(named)), Numbers(reference=_literal(beneficiary))),
        status=str(coverage.get("status", "")),
    )


def _companion(resource: dict[str, Any]) -> Extracted:
    """A DocumentReference or Provenance is told from another by all that it says."""
    return Extracted(kind=str(resource["resourceType"]), business_key=None, facility=None)


def _indexed(resource: dict[str, Any], facility_element: str) -> Indexed:
    found = index(resource)
    if found is None:
        raise ValueError(f"{resource['resourceType']}.identifier")
    if found.facility is None:
        raise ValueError(facility_element)
    return found


def _of_index(resource: Json, found: Indexed, reference: object) -> Extracted:
    person = _numbers(found.patients)
    for card in found.cards:
        person = merge(person, Numbers(insurance_number=card[5:], card_number=card))
    return Extracted(
        kind=found.kind,
        business_key=found.business_key,
        facility=found.facility,
        person=merge(person, Numbers(reference=_literal(reference))),
        visit_id=found.visit_id,
        category=found.category,
        status=str(resource.get("status", "")),
        service_date=found.start,
    )


def _numbers(identifiers: tuple[Any, ...]) -> Numbers:
    return numbers([{"system": item.system, "value": item.value} for item in identifiers])


def _literal(reference: object) -> str | None:
    """Return a reference to another resource, none to one contained in the same."""
    target = reference.get("reference") if isinstance(reference, dict) else None
    return target if isinstance(target, str) and not target.startswith("#") else None


def _facility(reference: object) -> str | None:
    if not isinstance(reference, dict):
        return None
    return identifier(reference.get("identifier"), systems.FACILITY)


def _period(value: object, element: str) -> Span | None:
    first, last = (value.get("start"), value.get("end")) if isinstance(value, dict) else (None, None)
    try:
        return outer_span(first, last)
    except (TypeError, ValueError) as error:
        raise ValueError(element) from error


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
