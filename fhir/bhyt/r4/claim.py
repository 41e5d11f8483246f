"""The claim of a visit as FHIR Claim.

What the hospital claims from the fund, the patient and other sources stands in extensions on
each item, never in an adjudication: that is the insurer's answer. An uninsured visit has one
insurance entry without a coverage to point to, because R4 demands one.
"""

from collections.abc import Iterator
from decimal import Decimal

from bhyt.r4.checked import checked
from bhyt.r4.claim_information import supporting_information
from bhyt.r4.coverage import coverage_element, coverage_reference
from bhyt.r4.patient import patient_element, patient_reference
from bhyt.r4.systems import (
    ICD9_CM,
    ICD10,
    INSURER,
    Element,
    coded,
    concept,
    encounter_class,
    extension,
    facility_reference,
    identifier,
    logical,
)
from bhyt.records.visit import Line, Visit

_CLAIM_TYPES = "http://terminology.hl7.org/CodeSystem/claim-type"
_DIAGNOSIS_TYPES = "http://terminology.hl7.org/CodeSystem/ex-diagnosistype"
_PRIORITIES = "http://terminology.hl7.org/CodeSystem/processpriority"
_PHARMACY = frozenset({"07"})
_HUNDRED = Decimal(100)


def to_fhir(visit: Visit) -> Element:
    """Return the Claim of a visit; its patient and covers are contained and also named by identifier."""
    return checked(claim_element(visit))


def claim_element(visit: Visit) -> Element:
    """Return the Claim, not yet checked."""
    team = _team(visit)
    return {
        "resourceType": "Claim",
        "contained": [
            patient_element(visit.patient, resource_id="patient"),
            *(
                coverage_element(
                    cover, visit.patient, resource_id=f"coverage-{number}", contained_patient="patient"
                )
                for number, cover in enumerate(visit.covers, start=1)
            ),
        ],
        "extension": _totals(visit),
        "identifier": [identifier("visit", visit.visit_id)],
        "status": "active",
        "type": coded(_CLAIM_TYPES, _claim_type(visit.care_type)),
        "subType": concept("care-type", visit.care_type),
        "use": "claim",
        "patient": patient_reference(visit.patient, contained="patient"),
        "billablePeriod": {"start": visit.arrived.to_fhir(), "end": visit.ended.to_fhir()},
        "created": (visit.settled or visit.ended).to_fhir(),
        "insurer": {"type": "Organization", "display": INSURER},
        "provider": facility_reference(visit.facility),
        "priority": coded(_PRIORITIES, "normal"),
        "careTeam": [
            {
                "sequence": sequence,
                "provider": logical("Practitioner", "practitioner", number),
                "role": concept("care-team-role", role),
            }
            for (number, role), sequence in team.items()
        ],
        "supportingInfo": supporting_information(visit),
        "diagnosis": _diagnoses(visit),
        "procedure": [
            {"sequence": number, "procedureCodeableConcept": coded(ICD9_CM, code)}
            for number, code in enumerate(visit.procedures, start=1)
        ],
        "insurance": _insurance(visit),
        "item": [_item(line, number, team) for number, line in enumerate(visit.lines, start=1)],
        "total": money(visit.totals.hospital_amount),
    }


def money(value: Decimal) -> Element:
    """Return an amount in đồng with its decimals as sent."""
    return {"value": value, "currency": "VND"}


def _claim_type(care_type: str) -> str:
    """Return FHIR's claim type for a MA_LOAI_KCB."""
    if encounter_class(care_type) == "IMP":
        return "institutional"
    return "pharmacy" if care_type in _PHARMACY else "professional"


def _totals(visit: Visit) -> list[Element]:
    """Return the sums that XML1 states, besides Claim.total."""
    totals = visit.totals
    return [
        extension(name, valueMoney=money(value))
        for name, value in (
            ("total-drugs", totals.drugs),
            ("total-supplies", totals.supplies),
            ("insured-amount", totals.insured_amount),
            ("claimed-fund", totals.fund),
            ("claimed-copayment", totals.copayment),
            ("claimed-self-paid", totals.self_paid),
            ("claimed-other-sources", totals.other_sources),
            ("claimed-fund-by-service", totals.fund_by_service),
        )
    ]


def _team(visit: Visit) -> dict[tuple[str, str], int]:
    """Return a sequence number for each practitioner in each role, in the order of appearance."""
    team: dict[tuple[str, str], int] = {}
    for line in visit.lines:
        for member in _members(line):
            team.setdefault(member, len(team) + 1)
    return team


def _members(line: Line) -> Iterator[tuple[str, str]]:
    """Yield the license number and role of everybody who ordered or performed a line."""
    yield from ((number, "ordering") for number in line.ordering)
    yield from ((number, "performing") for number in line.performing)


def _diagnoses(visit: Visit) -> list[Element]:
    """Return the principal diagnosis first, then the others, then those of traditional medicine."""
    found = visit.diagnoses
    concepts = [
        coded(ICD10, found.principal, text=found.at_discharge),
        *(coded(ICD10, code) for code in found.others),
        *(concept("traditional-disease", code) for code in found.traditional),
    ]
    result: list[Element] = [
        {"sequence": number, "diagnosisCodeableConcept": element}
        for number, element in enumerate(concepts, start=1)
    ]
    result[0]["type"] = [coded(_DIAGNOSIS_TYPES, "principal")]
    return result


def _insurance(visit: Visit) -> list[Element]:
    """Return one entry per card, the first being the one to be charged."""
    if not visit.covers:
        return [
            {"sequence": 1, "focal": True, "coverage": {"type": "Coverage", "display": "Không có thẻ BHYT"}}
        ]
    return [
        {
            "sequence": number,
            "focal": number == 1,
            "coverage": coverage_reference(cover.card_number, contained=f"coverage-{number}"),
        }
        for number, cover in enumerate(visit.covers, start=1)
    ]


def _item(line: Line, sequence: int, team: dict[tuple[str, str], int]) -> Element:
    """Return one claimed line; `net` is quantity times price times factor, as R4 demands.

    The factor is therefore TYLE_TT_DV, which hospital amounts contain, and not the insurer's
    payment rate, which stands in an extension.
    """
    amounts = line.amounts
    when = line.executed or line.ordered
    return {
        "extension": [
            extension("claimed-fund", valueMoney=money(amounts.fund)),
            extension("claimed-copayment", valueMoney=money(amounts.copayment)),
            extension("claimed-self-paid", valueMoney=money(amounts.self_paid)),
            extension("claimed-other-sources", valueMoney=money(amounts.other_sources)),
            extension("insured-amount", valueMoney=money(amounts.insured_amount)),
            extension("payment-rate", valueDecimal=amounts.payment_rate),
            extension("benefit-rate", valueDecimal=amounts.benefit_rate),
            extension("source-line", valueString=f"{line.table}/{line.number}"),
        ],
        "sequence": sequence,
        "careTeamSequence": [team[member] for member in dict.fromkeys(_members(line))],
        "category": concept("cost-group", line.cost_group),
        "productOrService": _product(line),
        "programCode": [concept("payment-method", line.payment_method)] if line.payment_method else [],
        "servicedDate": when.to_fhir_date(),
        "quantity": {"value": amounts.quantity, "unit": line.unit},
        "unitPrice": money(amounts.hospital_price),
        "factor": amounts.service_rate / _HUNDRED if amounts.service_rate is not None else None,
        "net": money(amounts.hospital_amount),
    }


def _product(line: Line) -> Element:
    """Return what was given, by the code list of its kind; only named if it has no code."""
    if line.code is None:
        return {"text": line.name}
    system = "drug" if line.table == "XML2" else "supply" if line.is_supply else "service"
    return concept(system, line.code, text=line.name)
