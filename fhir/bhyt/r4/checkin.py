"""A check-in as FHIR Encounter that has arrived, and back."""

from bhyt.errors import WrongResource
from bhyt.r4.checked import checked
from bhyt.r4.coverage import coverage_element, coverage_reference
from bhyt.r4.coverage import from_fhir as coverage_from_fhir
from bhyt.r4.lookup import (
    child,
    code_of,
    contained,
    extension_value,
    extensions_of,
    first,
    identifier_of,
    needed,
    partial_date,
    parts_of,
    reference_value,
    text,
)
from bhyt.r4.patient import from_fhir as patient_from_fhir
from bhyt.r4.patient import patient_element, patient_reference
from bhyt.r4.systems import (
    ACT_CODE,
    Element,
    code_url,
    concept,
    encounter_class,
    extension,
    facility_reference,
    identifier,
)
from bhyt.records.checkin import CheckIn, FirstCost
from bhyt.records.content import check_in_key

PRESENCE_RECEIPT = "presence-receipt"
"""The extension that carries the gateway's receipt for a verified chip."""

_EMERGENCY = "2"
_START = "Encounter.period.start"


def to_fhir(check_in: CheckIn, *, presence_receipt: str | None = None) -> Element:
    """Return the Encounter of a check-in; the receipt, if any, is consumed by the gateway."""
    return checked(check_in_element(check_in, presence_receipt=presence_receipt))


def check_in_element(check_in: CheckIn, *, presence_receipt: str | None = None) -> Element:
    """Return the Encounter, not yet checked."""
    covers = [
        coverage_element(cover, check_in.patient, resource_id=f"coverage-{n}", contained_patient="patient")
        for n, cover in enumerate(check_in.covers, start=1)
    ]
    return {
        "resourceType": "Encounter",
        "contained": [patient_element(check_in.patient, resource_id="patient"), *covers],
        "extension": _extensions(check_in, presence_receipt),
        "identifier": [
            identifier("visit", check_in.visit_id),
            identifier("check-in", check_in_key(check_in)),
        ],
        "status": "arrived",
        "class": {"system": ACT_CODE, "code": _class(check_in)},
        "type": [concept("care-type", check_in.care_type)],
        "subject": patient_reference(check_in.patient, contained="patient"),
        "period": {"start": check_in.arrived.to_fhir()},
        "reasonCode": [{"text": check_in.admission_reason}] if check_in.admission_reason else [],
        "serviceProvider": facility_reference(check_in.facility),
    }


def presence_receipt(encounter: Element) -> str | None:
    """Return the presence receipt that an Encounter carries."""
    return text(extension_value(encounter, PRESENCE_RECEIPT, "valueString"))


def from_fhir(resource: Element) -> CheckIn:
    """Return the check-in of an Encounter as `to_fhir` writes it.

    Raises WrongResource: not an Encounter; MissingElement: an element that a check-in needs.
    """
    if resource.get("resourceType") != "Encounter":
        raise WrongResource("Encounter")
    admitted = extension_value(resource, "admitted", "valueDateTime")
    facility = reference_value(resource.get("serviceProvider"), "facility")
    category = extension_value(resource, "visit-category", "valueCodeableConcept")
    return CheckIn(
        visit_id=needed(identifier_of(resource, "visit"), "Encounter.identifier"),
        facility=needed(facility, "Encounter.serviceProvider"),
        patient=patient_from_fhir(contained(resource, resource.get("subject"))),
        covers=tuple(
            coverage_from_fhir(contained(resource, item.get("valueReference")))
            for item in extensions_of(resource, "coverage")
        ),
        visit_category=needed(
            code_of(category, code_url("visit-category")), "Encounter.extension(visit-category)"
        ),
        care_type=needed(code_of(first(resource, "type"), code_url("care-type")), "Encounter.type"),
        arrived=needed(partial_date(child(resource, "period").get("start"), _START), _START),
        admitted=partial_date(admitted, "Encounter.extension(admitted)"),
        admission_reason=text(first(resource, "reasonCode").get("text")),
        first_cost=_first_cost(resource),
    )


def _class(check_in: CheckIn) -> str:
    """Return the class of the encounter: emergency, inpatient or ambulatory."""
    return "EMER" if check_in.visit_category == _EMERGENCY else encounter_class(check_in.care_type)


def _extensions(check_in: CheckIn, receipt: str | None) -> list[Element]:
    """Return what an Encounter of R4 has no element for."""
    result = [
        extension("visit-category", valueCodeableConcept=concept("visit-category", check_in.visit_category))
    ]
    result += [
        extension("coverage", valueReference=coverage_reference(cover.card_number, contained=f"coverage-{n}"))
        for n, cover in enumerate(check_in.covers, start=1)
    ]
    if check_in.admitted:
        result.append(extension("admitted", valueDateTime=check_in.admitted.to_fhir()))
    if cost := check_in.first_cost:
        parts: list[Element] = [
            {"url": "code", "valueCodeableConcept": concept(cost.kind, cost.code, text=cost.name)}
        ]
        if cost.ordered:
            parts.append({"url": "ordered", "valueDateTime": cost.ordered.to_fhir()})
        result.append(extension("first-cost", extension=parts))
    if receipt:
        result.append(extension(PRESENCE_RECEIPT, valueString=receipt))
    return result


def _first_cost(resource: Element) -> FirstCost | None:
    """Return what first cost something, if the Encounter says it."""
    for item in extensions_of(resource, "first-cost"):
        parts = parts_of(item)
        for kind in ("service", "drug", "supply"):
            if code := code_of(parts.get("code"), code_url(kind)):
                return FirstCost(
                    kind,
                    code,
                    text(child(parts, "code").get("text")),
                    partial_date(parts.get("ordered"), "Encounter.extension(first-cost)"),
                )
    return None
