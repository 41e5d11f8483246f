"""The claim of a visit as FHIR Claim (XML1, XML2, XML3), and back to its rows.

Each national field has one home, listed in `tables/homes.csv`. An uninsured visit has one
insurance entry without a coverage to point to, because R4 demands one.
"""

from collections.abc import Mapping

from bhyt.r4.checked import checked, without_empty
from bhyt.r4.claim_amounts import claimed, claimed_values, money
from bhyt.r4.claim_information import information_values, supporting_information
from bhyt.r4.claim_line import line_element, line_table, line_values, spelled_plainly
from bhyt.r4.claim_numbers import ClaimNumbers, NumbersRead
from bhyt.r4.coverage import card_of, contained_covers, coverage_reference
from bhyt.r4.homes import fields_of, row_of
from bhyt.r4.lookup import child, code_of, contained, identifier_of, objects, reference_value
from bhyt.r4.patient import patient_element, patient_reference
from bhyt.r4.people import PATIENT, cover_values, person_values
from bhyt.r4.spelling import as_sent, corrected, digits, national, number, spaced
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
    """Return the Claim without empty elements, not yet checked.

    The lines, which are most of it, are made without empty elements, because looking for them
    afterwards takes as long as the making.
    """
    header, lines = spaced(visit.row.values), [spaced(line.row.values) for line in visit.lines]
    numbers = ClaimNumbers(header)
    items = [
        line_element(line.table, values, sequence, numbers)
        for sequence, (line, values) in enumerate(zip(visit.lines, lines, strict=True), start=1)
    ]
    claim = without_empty(_claim(visit, header, numbers))
    if items:
        claim["item"] = items
    read = NumbersRead(claim)
    back = _header_values(claim, read)
    claim["extension"] += as_sent(header, back, fields_of("XML1"))
    for line, values, item in zip(visit.lines, lines, items, strict=True):
        if values.get("MA_LK") != back["MA_LK"] or not spelled_plainly(line.table, values):
            found = line_values(line.table, item, read)
            found |= {"MA_LK": back["MA_LK"], "STT": values.get("STT")}
            item["extension"] += as_sent(values, found, fields_of(line.table))
    return claim


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


def _claim(visit: Visit, values: Mapping[str, str], numbers: ClaimNumbers) -> Element:
    """Return all but the lines; `numbers` holds what the lines have numbered."""
    return {
        "resourceType": "Claim",
        "contained": [
            patient_element(visit.patient, resource_id="patient"),
            *contained_covers(visit.covers, visit.patient),
        ],
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
        "total": money(number(values.get("T_TONGCHI_BV"))),
    }


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
