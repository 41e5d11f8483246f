"""A death notice as a FHIR document, shaped after HL7's vital records death reporting."""

from collections.abc import Iterator

from bhyt.r4.checked import checked
from bhyt.r4.document import Parts, composition, document, loinc, observation, vital_data
from bhyt.r4.patient import human_name, patient_element
from bhyt.r4.systems import ACT_CODE, ICD10, ROLE_CODE, Element, coded, identifier
from bhyt.records.content import business_key
from bhyt.records.death import Death


def to_fhir(death: Death) -> Element:
    """Return the document; its identifier is the notice's number (bdl-9)."""
    return checked(death_element(death))


def death_element(death: Death) -> Element:
    """Return the document, not yet checked.

    The notice tells the day of issue only, so the document's time is that day's first moment.
    """
    key = business_key(death)
    parts = Parts(("death", death.facility, key))
    facility = parts.add_organization(death.facility, death.facility_address)
    person = parts.add("person", _person(death))
    head = parts.add_practitioner("head", death.head)
    recorder = parts.add_practitioner("recorder", death.recorder)
    encounter = parts.add("encounter", _encounter(death, person, facility))
    found = [parts.add(role, resource) for role, resource in _observations(death, person, encounter)]
    relatives = [parts.add("relative", _relative(death.relative, person))] if death.relative else []
    issued = death.issued.to_datetime().isoformat()
    opening = composition(
        type_=loinc("64297-5", "Giấy báo tử"),
        title=f"Giấy báo tử số {death.number}, quyển {death.book}",
        subject=person,
        encounter=encounter,
        date=issued,
        author=recorder,
        attester=head,
        custodian=facility,
        sections=[
            ("Người tử vong", [person]),
            ("Thời gian và nguyên nhân", [encounter, *found]),
            ("Người thân", relatives),
        ],
    )
    return document(identifier("death-notice", key), issued, opening, parts)


def _person(death: Death) -> Element:
    """Return the person who died."""
    cards = (death.card_number,) if death.card_number else ()
    return {**patient_element(death.person, cards=cards), "deceasedDateTime": death.died.to_fhir()}


def _encounter(death: Death, person: Element, facility: Element) -> Element:
    """Return the last stay, from admission to death."""
    record = death.medical_record
    return {
        "resourceType": "Encounter",
        "identifier": [identifier("medical-record", record)] if record else [],
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "EMER" if death.on_the_way else "IMP"},
        "subject": person,
        "period": {"start": death.admitted.to_fhir(), "end": death.died.to_fhir()},
        "serviceProvider": facility,
    }


def _observations(death: Death, person: Element, encounter: Element) -> Iterator[tuple[str, Element]]:
    """Yield when the person died, of what, and whether on the way to emergency care."""
    died = death.died.to_fhir()
    cause: Element = {"text": death.cause}
    if death.cause_code:
        cause = coded(ICD10, death.cause_code, text=death.cause, display=death.cause_name)
    on_the_way = vital_data("died-on-the-way", "Tử vong trên đường đi cấp cứu")
    rows: list[tuple[str, Element, Element]] = [
        ("date", loinc("81956-5", "Thời gian tử vong"), {"valueDateTime": died}),
        ("cause", loinc("69453-9", "Nguyên nhân tử vong"), {"valueCodeableConcept": cause}),
        ("on-the-way", on_the_way, {"valueBoolean": death.on_the_way}),
    ]
    for role, what, value in rows:
        yield role, observation(what, person, when=died, encounter=encounter, **value)


def _relative(name: str, person: Element) -> Element:
    """Return the relative whom the notice names."""
    return {
        "resourceType": "RelatedPerson",
        "patient": person,
        "relationship": [coded(ROLE_CODE, "FAMMEMB", text="Người thân thích")],
        "name": [human_name(name)],
    }
