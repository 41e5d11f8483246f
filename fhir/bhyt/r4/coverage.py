"""A cover as FHIR Coverage, and back."""

from collections.abc import Sequence
from typing import Any

from bhyt.errors import BadCardNumber, MissingElement, WrongResource
from bhyt.r4.checked import checked
from bhyt.r4.lookup import (
    child,
    contained,
    extension_value,
    identifier_of,
    needed,
    partial_date,
    reference_value,
    text,
)
from bhyt.r4.patient import patient_reference
from bhyt.r4.systems import (
    ACT_CODE,
    INSURER,
    Element,
    coded,
    concept,
    extension,
    facility_reference,
    identifier,
    logical,
)
from bhyt.records.coverage import Coverage
from bhyt.records.dates import PartialDate
from bhyt.records.person import Person

_CLASSES = "http://terminology.hl7.org/CodeSystem/coverage-class"
_START = "Coverage.period.start"


def to_fhir(coverage: Coverage, person: Person | None = None) -> Element:
    """Return the Coverage of a cover; without a person, its beneficiary is the card's number."""
    return checked(coverage_element(coverage, person))


def coverage_element(
    coverage: Coverage,
    person: Person | None,
    *,
    resource_id: str | None = None,
    contained_patient: str | None = None,
) -> Element:
    """Return the Coverage, not yet checked, to be contained in another resource."""
    if person is None:
        beneficiary = logical("Patient", "insurance-number", coverage.insurance_number)
    else:
        beneficiary = patient_reference(person, contained=contained_patient)
    return {
        "resourceType": "Coverage",
        "id": resource_id,
        "extension": _extensions(coverage),
        "identifier": [identifier("insurance-card", coverage.card_number)],
        "status": "active",
        "type": coded(ACT_CODE, "PUBLICPOL"),
        "subscriberId": coverage.insurance_number,
        "beneficiary": beneficiary,
        "period": {
            "start": coverage.valid_from.isoformat(),
            "end": coverage.valid_to.isoformat() if coverage.valid_to else None,
        },
        "payor": [{"type": "Organization", "display": INSURER}],
        "class": [
            {
                "type": coded(_CLASSES, "group"),
                "value": coverage.group,
                "name": concept("card-group", coverage.group).get("text"),
            },
            {"type": coded(_CLASSES, "plan"), "value": coverage.benefit_level},
        ],
    }


def contained_covers(covers: Sequence[Coverage], person: Person) -> list[Element]:
    """Return the Coverages, not yet checked, to be contained with their person in a claim or check-in.

    A card that ends before it starts has no start there (per-1); who needs one refuses the cover.
    """
    found = [
        coverage_element(cover, person, resource_id=f"coverage-{number}", contained_patient="patient")
        for number, cover in enumerate(covers, start=1)
    ]
    for element, cover in zip(found, covers, strict=True):
        if cover.valid_to is not None and cover.valid_to < cover.valid_from:
            del element["period"]["start"]
    return found


def coverage_reference(card_number: str, *, contained: str | None = None) -> Element:
    """Return the Reference to a cover by its card number, and to the contained Coverage if one is named."""
    reference = logical("Coverage", "insurance-card", card_number)
    return {"reference": f"#{contained}" if contained else None, **reference}


def card_of(holder: Element, reference: Any) -> str | None:
    """Return the card number that a reference to a cover names, by itself or by the contained Coverage."""
    card = reference_value(reference, "insurance-card")
    return card or identifier_of(contained(holder, reference), "insurance-card")


def from_fhir(resource: Element) -> Coverage:
    """Return the cover of a Coverage, whoever made it.

    Raises WrongResource: not a Coverage; MissingElement: no card number of 15 characters or no
    usable period.
    """
    if resource.get("resourceType") != "Coverage":
        raise WrongResource("Coverage")
    period = child(resource, "period")
    start = needed(partial_date(period.get("start"), _START), _START)
    end = partial_date(period.get("end"), "Coverage.period.end")
    five_years = _extension_day(resource, "five-years-from")
    exempt = _extension_day(resource, "copayment-exempt-from")
    try:
        return Coverage(
            card_number=identifier_of(resource, "insurance-card") or "",
            primary_facility=reference_value(
                extension_value(resource, "primary-facility", "valueReference"), "facility"
            ),
            valid_from=start.to_date(),
            valid_to=end.to_date() if end else None,
            five_years_from=five_years.to_date() if five_years else None,
            exempt_from=exempt.to_date() if exempt else None,
            living_area=text(extension_value(resource, "living-area", "valueCode")),
        )
    except BadCardNumber as error:
        raise MissingElement("Coverage.identifier") from error


def _extensions(coverage: Coverage) -> list[Element]:
    """Return what a Coverage of R4 has no element for."""
    result: list[Element] = []
    if coverage.primary_facility:
        result.append(
            extension("primary-facility", valueReference=facility_reference(coverage.primary_facility))
        )
    if coverage.five_years_from:
        result.append(extension("five-years-from", valueDate=coverage.five_years_from.isoformat()))
    if coverage.exempt_from:
        result.append(extension("copayment-exempt-from", valueDate=coverage.exempt_from.isoformat()))
    if coverage.living_area:
        result.append(extension("living-area", valueCode=coverage.living_area))
    return result


def _extension_day(resource: Element, name: str) -> PartialDate | None:
    """Return the day of an extension of ours, None if it is absent. Raises MissingElement: unusable."""
    return partial_date(extension_value(resource, name, "valueDate"), f"Coverage.extension({name})")
