"""A birth certificate as a FHIR document about the child."""

from collections.abc import Iterator

from bhyt.r4.checked import checked
from bhyt.r4.document import Parts, composition, document, loinc, observation, vital_data
from bhyt.r4.patient import birth_elements, human_name, identifiers, patient_element
from bhyt.r4.systems import ACT_CODE, ROLE_CODE, UCUM, Element, coded, identifier
from bhyt.records.birth import Birth
from bhyt.records.content import business_key


def to_fhir(birth: Birth) -> Element:
    """Return the document; its identifier is the certificate's key (bdl-9)."""
    return checked(birth_element(birth))


def birth_element(birth: Birth) -> Element:
    """Return the document, not yet checked.

    The certificate tells the day of issue only, so the document's time is that day's first moment.
    """
    key = business_key(birth)
    parts = Parts(("birth", birth.facility, key))
    facility = parts.add_organization(birth.facility)
    child = parts.add("child", _child(birth))
    mother = parts.add("mother", _mother(birth))
    family = [parts.add("mother-relation", _relation(birth, child))]
    if birth.father_name:
        family.append(parts.add("father-relation", _father(birth.father_name, child)))
    place = parts.add(
        "place", {"resourceType": "Location", "name": birth.place, "managingOrganization": facility}
    )
    attendant = parts.add_practitioner("attendant", birth.attendant) if birth.attendant else None
    recorder = parts.add_practitioner("recorder", birth.recorder) if birth.recorder else facility
    encounter = parts.add("encounter", _encounter(birth, mother, place, attendant, facility))
    found = [parts.add(role, resource) for role, resource in _observations(birth, child, mother, encounter)]
    if birth.operative:
        found.append(parts.add("operation", _operation(birth, mother, encounter)))
    issued = (birth.issued or birth.born).to_datetime().isoformat()
    opening = composition(
        type_=vital_data("birth-certificate", "Giấy chứng sinh"),
        title=f"Giấy chứng sinh số {birth.certificate_number}, quyển {birth.book}",
        subject=child,
        encounter=encounter,
        date=issued,
        author=recorder,
        attester=facility,
        custodian=facility,
        sections=[
            ("Con", [child]),
            ("Mẹ và cha", [mother, *family]),
            ("Ca sinh", [place, *([attendant] if attendant else []), *found]),
        ],
    )
    return document(identifier("birth-certificate", key), issued, opening, parts)


def _child(birth: Birth) -> Element:
    """Return the child, with the temporary card that the portal gave."""
    card = birth.temporary_card
    multiple: Element = {} if birth.children == 1 else {"multipleBirthBoolean": True}
    return {
        "resourceType": "Patient",
        "identifier": [identifier("insurance-card", card)] if card else [],
        "name": [human_name(birth.child_name)] if birth.child_name else [],
        "gender": birth.child_sex,
        **birth_elements(birth.born),
        **multiple,
    }


def _mother(birth: Birth) -> Element:
    """Return the mother or carer as a Patient."""
    cards = (birth.mother_card,) if birth.mother_card else ()
    return patient_element(birth.mother, cards=cards)


def _relation(birth: Birth, child: Element) -> Element:
    """Return the mother or carer as the child's related person."""
    return {
        "resourceType": "RelatedPerson",
        "identifier": identifiers(birth.mother),
        "patient": child,
        "relationship": [coded(ROLE_CODE, "MTH", text="Mẹ hoặc người nuôi dưỡng")],
        "name": [human_name(birth.mother.full_name)],
    }


def _father(name: str, child: Element) -> Element:
    """Return the father, of whom only the name is known."""
    return {
        "resourceType": "RelatedPerson",
        "patient": child,
        "relationship": [coded(ROLE_CODE, "FTH", text="Cha")],
        "name": [human_name(name)],
    }


def _encounter(
    birth: Birth, mother: Element, place: Element, attendant: Element | None, facility: Element
) -> Element:
    """Return the mother's stay in which the child was born, by its MA_LK."""
    return {
        "resourceType": "Encounter",
        "identifier": [identifier("visit", birth.visit_id)] if birth.visit_id else [],
        "status": "finished",
        "class": {"system": ACT_CODE, "code": "IMP"},
        "subject": mother,
        "participant": [{"individual": attendant}] if attendant else [],
        "location": [{"location": place}],
        "serviceProvider": facility,
    }


def _observations(
    birth: Birth, child: Element, mother: Element, encounter: Element
) -> Iterator[tuple[str, Element]]:
    """Yield what the certificate says of child and delivery, each under its role in the document."""
    order = vital_data("birth-order", "Lần sinh thứ")
    living = vital_data("living-children", "Số con hiện sống")
    grams = {"value": birth.weight, "unit": "g", "system": UCUM, "code": "g"}
    weeks = {"value": 32, "comparator": "<", "unit": "tuần", "system": UCUM, "code": "wk"}
    rows: list[tuple[str, Element, Element, Element]] = [
        ("weight", loinc("8339-4", "Cân nặng khi sinh"), child, {"valueQuantity": grams}),
        ("children", loinc("57722-1", "Số con trong lần sinh"), mother, {"valueInteger": birth.children}),
        ("birth-order", order, mother, {"valueInteger": birth.birth_order}),
        ("living-children", living, mother, {"valueInteger": birth.living_children}),
        ("condition", vital_data("condition", "Tình trạng của con"), child, {"valueString": birth.condition}),
    ]
    if birth.before_32_weeks:
        rows.append(("gestation", loinc("11884-4", "Tuổi thai"), child, {"valueQuantity": weeks}))
    for role, what, subject, value in rows:
        if None in value.values() or value.get("valueQuantity", {}).get("value", 0) is None:
            continue
        yield role, observation(what, subject, when=birth.born.to_fhir(), encounter=encounter, **value)


def _operation(birth: Birth, mother: Element, encounter: Element) -> Element:
    """Return the operation by which the child was born; the certificate does not say which."""
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "code": vital_data("operative-delivery", "Sinh con phải phẫu thuật"),
        "subject": mother,
        "encounter": encounter,
        "performedDateTime": birth.born.to_fhir(),
    }
