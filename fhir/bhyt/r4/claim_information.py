"""What a claim tells besides its lines: route, admission, discharge, result, weights, referral."""

from decimal import Decimal

from bhyt.r4.systems import UCUM, Element, concept, facility_reference
from bhyt.records.visit import Visit

ROUTE = "route"
"""The category of the entry that holds MA_DOITUONG_KCB."""


def supporting_information(visit: Visit) -> list[Element]:
    """Return Claim.supportingInfo: each entry has a category of our own and a code or a value."""
    entries = [
        _coded(ROUTE, "visit-category", visit.visit_category),
        {"category": _category("admission"), "timingPeriod": {"start": visit.admitted.to_fhir()}}
        if visit.admitted
        else None,
        _coded("discharge", "discharge-type", visit.discharge_type),
        _coded("result", "treatment-result", visit.treatment_result),
        _coded("accident", "accident", visit.accident) if visit.accident else None,
        _words("reason", visit.reason),
        _words("admission-diagnosis", visit.diagnoses.at_admission),
        _measured("treatment-days", visit.treatment_days, "d"),
        _measured("weight", visit.weight, "kg"),
        *(_measured("newborn-weight", weight, "g") for weight in visit.newborn_weights),
        _facility("referred-from", visit.referred_from),
        _facility("referred-to", visit.referred_to),
        _words("referral-number", visit.referral_number),
        _words("medical-record", visit.medical_record),
        _words("settlement-month", visit.settlement_month),
        *(_coded("department", "department", code) for code in visit.departments),
    ]
    present = [entry for entry in entries if entry is not None]
    return [{"sequence": number, **entry} for number, entry in enumerate(present, start=1)]


def _category(code: str) -> Element:
    """Return the category of an entry."""
    return concept("claim-information", code)


def _coded(category: str, system: str, code: str) -> Element:
    """Return an entry that is a national code."""
    return {"category": _category(category), "code": concept(system, code)}


def _words(category: str, words: str | None) -> Element | None:
    """Return an entry that is a text, None if there is none."""
    return {"category": _category(category), "valueString": words} if words else None


def _measured(category: str, value: Decimal | int | None, unit: str) -> Element | None:
    """Return an entry that is a quantity in a UCUM unit, None if there is none."""
    if value is None:
        return None
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {"category": _category(category), "valueQuantity": quantity}


def _facility(category: str, code: str | None) -> Element | None:
    """Return an entry that points to a facility, None if there is none."""
    if not code:
        return None
    return {"category": _category(category), "valueReference": facility_reference(code)}
