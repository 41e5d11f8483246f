"""The claim of a visit as FHIR Claim (XML1, XML2, XML3), and back to its rows.

Each national field has one home, listed in `tables/homes.csv`. An uninsured visit has one
insurance entry without a coverage to point to, because R4 demands one.
"""

from bhyt.r4.checked import checked
from bhyt.r4.claim_amounts import claimed, claimed_values, money
from bhyt.r4.claim_information import information_values, supporting_information
from bhyt.r4.claim_line import line_element, line_table, line_values
from bhyt.r4.claim_numbers import ClaimNumbers, NumbersRead
from bhyt.r4.coverage import card_of, coverage_element, coverage_reference
from bhyt.r4.homes import fields_of, row_of
from bhyt.r4.lookup import child, code_of, contained, identifier_of, objects, reference_value
from bhyt.r4.patient import patient_element, patient_reference
from bhyt.r4.people import PATIENT, cover_values, person_values
from bhyt.r4.spelling import as_sent, corrected, digits, national, number
from bhyt.r4.systems import (
    INSURER,
    Element,
    code_url,
    coded,
    concept,
    encounter_class,
    facility_reference,
    identifier,
)
from bhyt.records.row import Row
from bhyt.records.visit import Visit

_CLAIM_TYPES = "http://terminology.hl7.org/CodeSystem/claim-type"
_PRIORITIES = "http://terminology.hl7.org/CodeSystem/processpriority"
_PHARMACY = frozenset({"07"})


def to_fhir(visit: Visit) -> Element:
    """Return the Claim of a visit; its patient and covers are contained and also named by identifier."""
    return checked(claim_element(visit))


def claim_element(visit: Visit) -> Element:
    """Return the Claim, not yet checked."""
    values = visit.row.values
    numbers = ClaimNumbers(values)
    # The lines come first: they number practitioners and more, which stand in the claim once.
    items = [
        line_element(line.table, line.row.values, sequence, numbers)
        for sequence, line in enumerate(visit.lines, start=1)
    ]
    claim: Element = {
        "resourceType": "Claim",
        "contained": [patient_element(visit.patient, resource_id="patient"), *_covers(visit)],
        "extension": [claimed("XML1", values)],
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
        "careTeam": numbers.team.made,
        "supportingInfo": supporting_information(values),
        "diagnosis": numbers.diagnoses.made,
        "procedure": numbers.procedures.made,
        "insurance": _insurance(visit),
        "item": items,
        "total": money(number(values.get("T_TONGCHI_BV"))),
    }
    return _spelled(claim, visit)


def claim_rows(claim: Element) -> tuple[Row, ...]:
    """Return the rows of XML1, XML2 and XML3 that a Claim tells, whoever made it, lines in its order."""
    numbers = NumbersRead(claim)
    header = corrected(_header_values(claim, numbers), claim)
    rows = [row_of("XML1", 1, header)]
    places = {"XML2": 0, "XML3": 0}
    for item in objects(claim, "item"):
        table, place = line_table(item)
        places[table] += 1
        values = line_values(table, item, numbers)
        values |= {"MA_LK": header.get("MA_LK"), "STT": place or str(places[table])}
        rows.append(row_of(table, places[table], corrected(values, item)))
    return tuple(rows)


def _spelled(claim: Element, visit: Visit) -> Element:
    """Return the claim with the spellings that its homes cannot hold, line by line."""
    numbers = NumbersRead(claim)
    back = _header_values(claim, numbers)
    claim["extension"] += as_sent(visit.row.values, back, fields_of("XML1"))
    for line, item in zip(visit.lines, claim["item"], strict=True):
        found = line_values(line.table, item, numbers)
        found |= {"MA_LK": back["MA_LK"], "STT": line.row.values.get("STT")}
        item["extension"] += as_sent(line.row.values, found, fields_of(line.table))
    return claim


def _header_values(claim: Element, numbers: NumbersRead) -> dict[str, str | None]:
    """Return what a claim tells of XML1."""
    period = child(claim, "billablePeriod")
    cards = [entry.get("coverage") for entry in objects(claim, "insurance")]
    covers = [(card_of(claim, card), contained(claim, card)) for card in cards]
    return {
        **person_values(PATIENT, contained(claim, claim.get("patient"))),
        **cover_values([cover for cover in covers if any(cover)]),
        **information_values(claim),
        **numbers.of_visit(),
        **claimed_values("XML1", claim),
        "MA_LK": identifier_of(claim, "visit"),
        "NGAY_VAO": national(period.get("start")),
        "NGAY_RA": national(period.get("end")),
        "MA_LOAI_KCB": code_of(claim.get("subType"), code_url("care-type")),
        "MA_CSKCB": reference_value(claim.get("provider"), "facility"),
        "T_TONGCHI_BV": digits(child(claim, "total").get("value")),
    }


def _claim_type(care_type: str) -> str:
    """Return FHIR's claim type for a MA_LOAI_KCB."""
    if encounter_class(care_type) == "IMP":
        return "institutional"
    return "pharmacy" if care_type in _PHARMACY else "professional"


def _covers(visit: Visit) -> list[Element]:
    """Return the covers, to be contained in the claim."""
    return [
        coverage_element(cover, visit.patient, resource_id=f"coverage-{number}", contained_patient="patient")
        for number, cover in enumerate(visit.covers, start=1)
    ]


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
