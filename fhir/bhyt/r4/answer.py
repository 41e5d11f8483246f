"""The insurer's answer as CoverageEligibilityResponse, and back.

R4's own elements say what a foreign system needs (inforce, benefitPeriod, network, copay
percent, error, disposition); extensions of ours carry the answer without loss.
"""

from decimal import Decimal
from typing import cast, get_args

from bhyt.errors import MissingElement, WrongResource
from bhyt.r4.checked import checked
from bhyt.r4.claim_amounts import money
from bhyt.r4.coverage import coverage_element, coverage_reference
from bhyt.r4.coverage import from_fhir as coverage_from_fhir
from bhyt.r4.lookup import (
    child,
    contained,
    decimal,
    extension_value,
    extensions_of,
    first,
    parts_of,
    text,
    whole_day,
)
from bhyt.r4.patient import from_fhir as patient_from_fhir
from bhyt.r4.patient import patient_element, patient_reference
from bhyt.r4.systems import INSURER, Element, concept, extension, is_training, with_training_label
from bhyt.records.coverage import Coverage
from bhyt.records.eligibility import (
    Assurance,
    BenefitEstimate,
    EarlierVisit,
    EligibilityAnswer,
    Reason,
    Status,
)

_RESPONSE = "CoverageEligibilityResponse"
_NETWORK = "http://terminology.hl7.org/CodeSystem/benefit-network"
_BENEFIT = "http://terminology.hl7.org/CodeSystem/benefit-type"
_UNIT = "http://terminology.hl7.org/CodeSystem/benefit-unit"
_HUNDRED = Decimal(100)
_RATES = ("level-rate", "routing-rate", "benefit-rate")


def response_to_fhir(answer: EligibilityAnswer, *, request: Element) -> Element:
    """Return the response to `request` (the CoverageEligibilityRequest as received).

    `disposition` says why in Vietnamese; `outcome` is `error` when nothing could be decided.
    """
    person = answer.person
    resource: Element = {
        "resourceType": _RESPONSE,
        "contained": _contained(answer),
        "extension": _extensions(answer),
        "status": "active",
        "purpose": request.get("purpose") or ["benefits", "validation"],
        "patient": patient_reference(person, contained="patient")
        if person
        else _asked_patient(child(request, "patient")),
        "servicedDate": answer.service_date.isoformat(),
        "created": answer.service_date.isoformat(),
        "requestor": request.get("provider"),
        "request": _request(request),
        "outcome": "error" if answer.status == "unknown" else "complete",
        "disposition": " ".join(reason.text_vi for reason in (*answer.reasons, *answer.warnings)),
        "insurer": {"type": "Organization", "display": INSURER},
        "insurance": [_insurance(answer, answer.coverage)] if answer.coverage else [],
        "error": _errors(answer),
    }
    return checked(with_training_label(resource) if answer.training else resource)


def response_from_fhir(resource: Element) -> EligibilityAnswer:
    """Return the answer of a response as `response_to_fhir` writes it.

    Raises WrongResource: not a CoverageEligibilityResponse; MissingElement: it lacks what only
    our own gateway writes, so that nothing is ever taken for "covered" by guessing.
    """
    if resource.get("resourceType") != _RESPONSE:
        raise WrongResource(_RESPONSE)
    status = extension_value(resource, "eligibility-status", "valueCode")
    assurance = extension_value(resource, "assurance", "valueCode")
    if status not in get_args(Status):
        raise MissingElement(f"{_RESPONSE}.extension(eligibility-status)")
    if assurance not in get_args(Assurance):
        raise MissingElement(f"{_RESPONSE}.extension(assurance)")
    patient = contained(resource, resource.get("patient"))
    insurance = first(resource, "insurance")
    coverage = contained(resource, insurance.get("coverage"))
    return EligibilityAnswer(
        status=cast("Status", status),
        reasons=_reasons(resource, "reason"),
        warnings=_reasons(resource, "warning"),
        person=patient_from_fhir(patient) if patient else None,
        coverage=coverage_from_fhir(coverage) if coverage else None,
        benefit=_estimate(first(insurance, "item")),
        earlier_visits=tuple(_earlier_visit(item) for item in extensions_of(resource, "earlier-visit")),
        copaid=_copaid(resource),
        assurance=cast("Assurance", assurance),
        service_date=whole_day(resource.get("servicedDate"), f"{_RESPONSE}.servicedDate"),
        training=is_training(resource),
    )


def _contained(answer: EligibilityAnswer) -> list[Element]:
    """Return the person and the cover that were found."""
    person, coverage = answer.person, answer.coverage
    patient = "patient" if person else None
    found = [patient_element(person, resource_id="patient")] if person else []
    if coverage:
        found.append(coverage_element(coverage, person, resource_id="coverage", contained_patient=patient))
    return found


def _request(request: Element) -> Element:
    """Return the reference to the request, literal if it has an id."""
    key = request.get("id")
    return {
        "reference": f"CoverageEligibilityRequest/{key}" if key else None,
        "type": "CoverageEligibilityRequest",
        "display": "Yêu cầu tra cứu quyền lợi vừa gửi",
    }


def _errors(answer: EligibilityAnswer) -> list[Element]:
    """Return why the person is not covered, nothing if covered."""
    if answer.status == "covered":
        return []
    return [{"code": concept("failure", reason.code, text=reason.text_vi)} for reason in answer.reasons]


def _extensions(answer: EligibilityAnswer) -> list[Element]:
    """Return status, assurance, reasons, warnings, earlier visits and the year's co-payments."""
    return [
        extension("eligibility-status", valueCode=answer.status),
        extension("assurance", valueCode=answer.assurance),
        *(_reason("reason", reason) for reason in answer.reasons),
        *(_reason("warning", reason) for reason in answer.warnings),
        *(
            extension(
                "earlier-visit",
                extension=[
                    {"url": "date", "valueDate": visit.date.isoformat()},
                    {"url": "facility", "valueString": visit.facility},
                    {"url": "category", "valueString": visit.category},
                ],
            )
            for visit in answer.earlier_visits
        ),
        *(
            []
            if answer.copaid is None
            else [extension("copayment-this-year", valueMoney=money(answer.copaid))]
        ),
    ]


def _asked_patient(reference: Element) -> Element:
    """Return whom the question was about, without the local reference into the request."""
    kept: Element = {key: reference[key] for key in ("type", "identifier", "display") if key in reference}
    return kept if kept.keys() & {"identifier", "display"} else {**kept, "display": "Người cần tra cứu"}


def _insurance(answer: EligibilityAnswer, coverage: Coverage) -> Element:
    """Return the cover, whether it is in force, and the estimated benefit."""
    end = coverage.valid_to.isoformat() if coverage.valid_to else None
    return {
        "coverage": coverage_reference(coverage.card_number, contained="coverage"),
        "inforce": answer.status == "covered",
        "benefitPeriod": {"start": coverage.valid_from.isoformat(), "end": end},
        "item": [_item(answer.benefit)] if answer.benefit else [],
    }


def _item(benefit: BenefitEstimate) -> Element:
    """Return the estimate: in route or not, what the patient pays in percent, and our own figures."""
    category = concept("visit-category", benefit.visit_category)
    in_route = benefit.routing_rate == _HUNDRED
    return {
        "extension": [
            extension("visit-category", valueCodeableConcept=category),
            extension("level-rate", valueDecimal=benefit.level_rate),
            extension("routing-rate", valueDecimal=benefit.routing_rate),
            extension("benefit-rate", valueDecimal=benefit.rate),
            *(_reason("reason", reason) for reason in benefit.reasons),
        ],
        "network": {"coding": [{"system": _NETWORK, "code": "in" if in_route else "out"}]},
        "unit": {"coding": [{"system": _UNIT, "code": "individual"}]},
        "benefit": [
            {
                "type": {"coding": [{"system": _BENEFIT, "code": "copay-percent"}]},
                "allowedString": format(_HUNDRED - benefit.rate, "f"),
            }
        ],
    }


def _reason(name: str, reason: Reason) -> Element:
    """Return a reason or warning with its words in both languages."""
    parts: list[Element] = [
        {"url": "code", "valueString": reason.code},
        {"url": "text-vi", "valueString": reason.text_vi},
        {"url": "text-en", "valueString": reason.text_en},
    ]
    if reason.source:
        parts.append({"url": "source", "valueString": reason.source})
    return extension(name, extension=parts)


def _reasons(element: Element, name: str) -> tuple[Reason, ...]:
    """Return the reasons that the extensions of this name hold."""
    return tuple(
        Reason(
            str(parts.get("code", "")),
            str(parts.get("text-vi", "")),
            str(parts.get("text-en", "")),
            text(parts.get("source")),
        )
        for parts in map(parts_of, extensions_of(element, name))
    )


def _estimate(item: Element) -> BenefitEstimate | None:
    """Return the estimate of an insurance item, None if it has none."""
    rates = [decimal(extension_value(item, name, "valueDecimal")) for name in _RATES]
    category = extension_value(item, "visit-category", "valueCodeableConcept")
    code = text(first(category, "coding").get("code"))
    if code is None or None in rates:
        return None
    level, routing, rate = cast("list[Decimal]", rates)
    return BenefitEstimate(
        visit_category=code,
        level_rate=level,
        routing_rate=routing,
        rate=rate,
        reasons=_reasons(item, "reason"),
    )


def _copaid(resource: Element) -> Decimal | None:
    """Return the year's co-payments, None where the answer does not tell."""
    paid = extension_value(resource, "copayment-this-year", "valueMoney")
    return decimal(paid.get("value")) if isinstance(paid, dict) else None


def _earlier_visit(item: Element) -> EarlierVisit:
    """Return what may be seen of a visit elsewhere."""
    parts = parts_of(item)
    return EarlierVisit(
        whole_day(parts.get("date"), f"{_RESPONSE}.extension(earlier-visit)"),
        str(parts.get("facility", "")),
        str(parts.get("category", "")),
    )
