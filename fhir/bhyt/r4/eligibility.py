"""The eligibility question as CoverageEligibilityRequest, and back; the answer is in `answer`."""

from datetime import date
from typing import cast, get_args

from bhyt.errors import MissingElement, NoIdentifier, WrongResource
from bhyt.r4.answer import response_from_fhir, response_to_fhir
from bhyt.r4.checked import checked
from bhyt.r4.checkin import PRESENCE_RECEIPT
from bhyt.r4.coverage import coverage_reference
from bhyt.r4.lookup import (
    child,
    code_of,
    contained,
    extension_value,
    first,
    identifier_of,
    needed,
    objects,
    reference_value,
    text,
    whole_day,
)
from bhyt.r4.patient import birth_elements, human_name
from bhyt.r4.patient import from_fhir as patient_from_fhir
from bhyt.r4.systems import (
    INSURER,
    Element,
    code_url,
    concept,
    extension,
    facility_reference,
    identifier,
)
from bhyt.records.eligibility import Arrival, Clerk, EligibilityQuestion, EnteredBy
from bhyt.records.person import Sex

__all__ = ["request_from_fhir", "request_to_fhir", "response_from_fhir", "response_to_fhir"]

_REQUEST = "CoverageEligibilityRequest"


def request_to_fhir(question: EligibilityQuestion) -> Element:
    """Return the request; patient and clerk are contained, `created` is the day of service.

    The question knows no clock, so the request tells no time of asking; the gateway has its own.
    """
    resource: Element = {
        "resourceType": _REQUEST,
        "contained": [_patient(question), _clerk(question.asked_by)],
        "extension": [
            extension("arrival", valueCode=question.arrival),
            extension("entered-by", valueCode=question.entered_by),
        ],
        "status": "active",
        "purpose": ["benefits", "validation"],
        "patient": {"reference": "#patient", "type": "Patient"},
        "servicedDate": question.service_date.isoformat(),
        "created": question.service_date.isoformat(),
        "enterer": {"reference": "#clerk", "type": "Practitioner", "display": question.asked_by.full_name},
        "provider": facility_reference(question.facility),
        "insurer": {"type": "Organization", "display": INSURER},
        "supportingInfo": _receipt(question.presence_receipt),
        "insurance": [{"focal": True, "coverage": coverage_reference(question.card_number)}]
        if question.card_number
        else [],
        "item": [{"category": concept("care-type", question.care_type)}],
    }
    return checked(resource)


def request_from_fhir(resource: Element) -> EligibilityQuestion:
    """Return the question of a request, whoever made it.

    What other senders leave out has the careful value: a visit that is `regular`, care type 01,
    and a number that was `typed`.

    Raises WrongResource: not a CoverageEligibilityRequest; MissingElement: no identifier of the
    person, day of service, facility, or clerk with name and ID number.
    """
    if resource.get("resourceType") != _REQUEST:
        raise WrongResource(_REQUEST)
    patient = contained(resource, resource.get("patient"))
    person = patient_from_fhir(patient) if patient else None
    card = reference_value(first(resource, "insurance").get("coverage"), "insurance-card")
    facility = reference_value(resource.get("provider"), "facility")
    try:
        return EligibilityQuestion(
            national_id=_patient_number(resource, patient, "citizen-id"),
            insurance_number=_patient_number(resource, patient, "insurance-number"),
            card_number=card or (identifier_of(patient, "insurance-card") if patient else None),
            full_name=(person.full_name or None) if person else None,
            birth_date=person.birth_date if person else None,
            sex=_sex(patient),
            facility=needed(facility, f"{_REQUEST}.provider.identifier"),
            service_date=_service_date(resource),
            care_type=code_of(first(resource, "item").get("category"), code_url("care-type")) or "01",
            arrival=_arrival(extension_value(resource, "arrival", "valueCode")),
            asked_by=_asked_by(resource),
            presence_receipt=_receipt_of(resource),
            entered_by=_entered_by(extension_value(resource, "entered-by", "valueCode")),
        )
    except NoIdentifier as error:
        raise MissingElement(f"{_REQUEST}.patient.identifier") from error


def _patient(question: EligibilityQuestion) -> Element:
    """Return the contained Patient with what was read or typed."""
    return {
        "resourceType": "Patient",
        "id": "patient",
        "identifier": [
            identifier(name, value)
            for name, value in (
                ("citizen-id", question.national_id),
                ("insurance-number", question.insurance_number),
            )
            if value
        ],
        "name": [human_name(question.full_name)] if question.full_name else [],
        "gender": question.sex,
        **birth_elements(question.birth_date),
    }


def _clerk(clerk: Clerk) -> Element:
    """Return the contained Practitioner who asks."""
    return {
        "resourceType": "Practitioner",
        "id": "clerk",
        "identifier": [identifier("citizen-id", clerk.id_number)],
        "name": [human_name(clerk.full_name)],
    }


def _receipt(receipt: str | None) -> list[Element]:
    """Return the supporting information that carries the presence receipt."""
    if not receipt:
        return []
    return [
        {
            "extension": [extension(PRESENCE_RECEIPT, valueString=receipt)],
            "sequence": 1,
            "information": {"display": "Xác nhận thẻ căn cước có mặt tại quầy"},
        }
    ]


def _receipt_of(resource: Element) -> str | None:
    """Return the presence receipt of the supporting information."""
    for item in objects(resource, "supportingInfo"):
        if receipt := text(extension_value(item, PRESENCE_RECEIPT, "valueString")):
            return receipt
    return None


def _patient_number(resource: Element, patient: Element, name: str) -> str | None:
    """Return a number of the contained patient, or of the logical reference to the patient."""
    return identifier_of(patient, name) or reference_value(resource.get("patient"), name)


def _sex(patient: Element) -> Sex | None:
    """Return the sex that the patient states, None if it states none."""
    value = patient.get("gender")
    return cast("Sex", value) if value in get_args(Sex) else None


def _arrival(value: object) -> Arrival:
    """Return how the patient came, `regular` if it is not said."""
    return cast("Arrival", value) if value in get_args(Arrival) else "regular"


def _entered_by(value: object) -> EnteredBy:
    """Return how the number was entered, `typed` if it is not said."""
    return cast("EnteredBy", value) if value in get_args(EnteredBy) else "typed"


def _service_date(resource: Element) -> date:
    """Return the day of service. Raises MissingElement: there is none, or not a whole day."""
    value = resource.get("servicedDate") or child(resource, "servicedPeriod").get("start")
    return whole_day(value, f"{_REQUEST}.servicedDate")


def _asked_by(resource: Element) -> Clerk:
    """Return the clerk. Raises MissingElement: the name or ID number is missing."""
    enterer = contained(resource, resource.get("enterer"))
    number = identifier_of(enterer, "citizen-id") or reference_value(resource.get("enterer"), "citizen-id")
    name = text(first(enterer, "name").get("text")) or text(child(resource, "enterer").get("display"))
    return Clerk(needed(name, f"{_REQUEST}.enterer.name"), needed(number, f"{_REQUEST}.enterer.identifier"))
