"""A check-in as FHIR Encounter that has arrived, and back to the record or the row of XML0."""

from bhyt.errors import WrongResource
from bhyt.r4.checked import checked
from bhyt.r4.coverage import card_of, contained_covers, coverage_reference
from bhyt.r4.coverage import from_fhir as coverage_from_fhir
from bhyt.r4.homes import fields_of, row_of
from bhyt.r4.lookup import (
    child,
    code_of,
    contained,
    extension_value,
    extensions_of,
    first,
    identifier_of,
    is_of,
    needed,
    partial_date,
    parts_of,
    reference_value,
    text,
)
from bhyt.r4.patient import from_fhir as patient_from_fhir
from bhyt.r4.patient import patient_element, patient_reference
from bhyt.r4.people import PATIENT, cover_values, person_values
from bhyt.r4.spelling import as_sent, corrected, moment, national
from bhyt.r4.systems import (
    ACT_CODE,
    Element,
    code_url,
    concept,
    encounter_class,
    extension,
    facility_reference,
    identifier,
    named,
)
from bhyt.records.checkin import CheckIn, FirstCost
from bhyt.records.content import check_in_key
from bhyt.records.row import Row

PRESENCE_RECEIPT = "presence-receipt"
"""The extension that carries the gateway's receipt for a verified chip."""

TABLE = "CHECKIN"
"""How the field lists call XML0."""

_PRODUCTS = (
    ("service", "MA_DICH_VU", "TEN_DICH_VU"),
    ("drug", "MA_THUOC", "TEN_THUOC"),
    ("supply", "MA_VAT_TU", "TEN_VAT_TU"),
)
_EMERGENCY = "2"
_START = "Encounter.period.start"


def to_fhir(check_in: CheckIn, *, presence_receipt: str | None = None) -> Element:
    """Return the Encounter of a check-in; the receipt, if any, is consumed by the gateway."""
    return checked(check_in_element(check_in, presence_receipt=presence_receipt))


def check_in_element(check_in: CheckIn, *, presence_receipt: str | None = None) -> Element:
    """Return the Encounter, not yet checked."""
    covers = contained_covers(check_in.covers, check_in.patient)
    element: Element = {
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
        "reasonCode": _reason(check_in),
        "serviceProvider": facility_reference(check_in.facility),
    }
    if check_in.row:
        element["extension"] += as_sent(check_in.row.values, _values(element), fields_of(TABLE))
    return element


def check_in_row(resource: Element) -> Row:
    """Return the row of XML0 that an Encounter, whoever made it, tells."""
    return row_of(TABLE, 1, corrected(_values(resource), resource))


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
    result += _first_costs(check_in)
    if check_in.row and (reserved := check_in.row.text("DU_PHONG")):
        result.append(extension("reserved", valueString=reserved))
    if receipt:
        result.append(extension(PRESENCE_RECEIPT, valueString=receipt))
    return result


def _first_costs(check_in: CheckIn) -> list[Element]:
    """Return what first cost something; a row may name a service, a drug and a supply."""
    named_: list[Element] = []
    ordered: str | None = None
    if check_in.row:
        get = check_in.row.values.get
        named_ = [
            named(kind, get(code), get(name)) for kind, code, name in _PRODUCTS if get(code) or get(name)
        ]
        ordered = moment(get("NGAY_YL"))
    elif cost := check_in.first_cost:
        named_ = [named(cost.kind, cost.code, cost.name)]
        ordered = cost.ordered.to_fhir() if cost.ordered else None
    when: list[Element] = [{"url": "ordered", "valueDateTime": ordered}] if ordered else []
    parts = [[{"url": "code", "valueCodeableConcept": what}, *when] for what in named_] or [when]
    return [extension("first-cost", extension=part) for part in parts if part]


def _reason(check_in: CheckIn) -> list[Element]:
    """Return why the patient was admitted, in words and as a code."""
    code = check_in.row.text("MA_LY_DO_VNT") if check_in.row else None
    reason: Element = concept("admission-reason", code) if code else {}
    if check_in.admission_reason:
        reason["text"] = check_in.admission_reason
    return [reason] if reason else []


def _values(resource: Element) -> dict[str, str | None]:
    """Return what an Encounter tells of a row of XML0."""
    references = [item.get("valueReference") for item in extensions_of(resource, "coverage")]
    covers = [(card_of(resource, reference), contained(resource, reference)) for reference in references]
    category = extension_value(resource, "visit-category", "valueCodeableConcept")
    reason = first(resource, "reasonCode")
    found: dict[str, str | None] = {
        **person_values(PATIENT, contained(resource, resource.get("subject"))),
        **cover_values(covers),
        "MA_LK": identifier_of(resource, "visit"),
        "MA_DOITUONG_KCB": code_of(category, code_url("visit-category")),
        "NGAY_VAO": national(child(resource, "period").get("start")),
        "NGAY_VAO_NOI_TRU": national(extension_value(resource, "admitted", "valueDateTime")),
        "LY_DO_VNT": text(reason.get("text")),
        "MA_LY_DO_VNT": code_of(reason, code_url("admission-reason")),
        "MA_LOAI_KCB": code_of(first(resource, "type"), code_url("care-type")),
        "MA_CSKCB": reference_value(resource.get("serviceProvider"), "facility"),
        "DU_PHONG": text(extension_value(resource, "reserved", "valueString")),
    }
    for item in extensions_of(resource, "first-cost"):
        parts = parts_of(item)
        found["NGAY_YL"] = national(parts.get("ordered"))
        what = child(parts, "code")
        for kind, code, name in _PRODUCTS:
            if is_of(what, kind):
                found |= {code: code_of(what, code_url(kind)), name: text(what.get("text"))}
    return found


def _first_cost(resource: Element) -> FirstCost | None:
    """Return what first cost something, if the Encounter says it."""
    for item in extensions_of(resource, "first-cost"):
        parts = parts_of(item)
        for kind, _, _ in _PRODUCTS:
            if code := code_of(parts.get("code"), code_url(kind)):
                return FirstCost(
                    kind,
                    code,
                    text(child(parts, "code").get("text")),
                    partial_date(parts.get("ordered"), "Encounter.extension(first-cost)"),
                )
    return None
