"""A person as FHIR Patient, and back."""

from typing import Any

from bhyt.errors import WrongResource
from bhyt.r4.checked import checked
from bhyt.r4.lookup import code_of, first, objects, partial_date, text
from bhyt.r4.systems import Element, code_url, concept, extension, extension_url, identifier, identifier_url
from bhyt.records.dates import PartialDate
from bhyt.records.person import Person, Sex

BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
NATIONALITY = "http://hl7.org/fhir/StructureDefinition/patient-nationality"

# In the order of preference for a logical reference: the surest identity first.
_IDENTIFIERS = (
    ("citizen-id", "national_id"),
    ("insurance-number", "insurance_number"),
    ("old-id", "old_id"),
    ("passport", "passport"),
    ("patient-number", "patient_number"),
)
_SEXES: dict[str, Sex] = {"male": "male", "female": "female"}


def to_fhir(person: Person) -> Element:
    """Return the Patient of a person."""
    return checked(patient_element(person))


def patient_element(
    person: Person, *, resource_id: str | None = None, cards: tuple[str, ...] = ()
) -> Element:
    """Return the Patient, not yet checked, to be contained or put into a document.

    `cards` are insurance cards named where no Coverage is written.
    """
    return {
        "resourceType": "Patient",
        "id": resource_id,
        "extension": _extensions(person),
        "identifier": identifiers(person) + [identifier("insurance-card", card) for card in cards],
        "name": [human_name(person.full_name)] if person.full_name else [],
        "telecom": [{"system": "phone", "value": person.phone}] if person.phone else [],
        "gender": person.sex,
        **birth_elements(person.birth_date),
        "address": [
            {
                "use": "home",
                "text": person.address,
                "city": person.commune,
                "district": person.district,
                "state": person.province,
            }
        ]
        if person.address or person.province or person.district or person.commune
        else [],
    }


def identifiers(person: Person) -> list[Element]:
    """Return the identifiers that the person has, the surest first."""
    return [
        identifier(name, value)
        for name, attribute in _IDENTIFIERS
        if (value := getattr(person, attribute)) is not None
    ]


def patient_reference(person: Person, *, contained: str | None = None) -> Element:
    """Return a Reference by the surest identifier, and to the contained resource if one is named."""
    known = identifiers(person)
    return {
        "reference": f"#{contained}" if contained else None,
        "type": "Patient",
        "identifier": known[0] if known else None,
        "display": person.full_name,
    }


def human_name(full_name: str) -> Element:
    """Return the name; in Vietnam the family name stands first and the given name last."""
    parts = full_name.split()
    return {"use": "official", "text": full_name, "family": next(iter(parts), None), "given": parts[1:]}


def birth_elements(born: PartialDate | None) -> Element:
    """Return birthDate and, if the time is known, its extension."""
    if born is None:
        return {}
    elements: Element = {"birthDate": born.to_fhir_date()}
    if born.minute is not None:
        elements["_birthDate"] = {"extension": [{"url": BIRTH_TIME, "valueDateTime": born.to_fhir()}]}
    return elements


def from_fhir(resource: Element) -> Person:
    """Return the person of a Patient, whoever made it.

    Raises WrongResource: not a Patient; MissingElement: an unusable birthDate, name or identifier.
    """
    if resource.get("resourceType") != "Patient":
        raise WrongResource("Patient")
    found = {item.get("system"): item.get("value") for item in objects(resource, "identifier")}
    address = first(resource, "address")
    phone = next((item for item in objects(resource, "telecom") if item.get("system") == "phone"), {})
    return Person(
        full_name=name_of(resource),
        birth_date=partial_date(born_of(resource), "Patient.birthDate"),
        sex=_SEXES.get(str(resource.get("gender")), "unknown"),
        **{attribute: text(found.get(identifier_url(name))) for name, attribute in _IDENTIFIERS},
        address=text(address.get("text")),
        province=text(address.get("state")),
        district=text(address.get("district")),
        commune=text(address.get("city")),
        phone=text(phone.get("value")),
        nationality=extension_code(resource, "nationality", NATIONALITY),
        ethnicity=extension_code(resource, "ethnicity", extension_url("ethnicity")),
        occupation=extension_code(resource, "occupation", extension_url("occupation")),
    )


def _extensions(person: Person) -> list[Element]:
    """Return nationality, ethnicity and occupation by their national codes."""
    result: list[Element] = []
    if person.nationality:
        code = {"url": "code", "valueCodeableConcept": concept("nationality", person.nationality)}
        result.append({"url": NATIONALITY, "extension": [code]})
    if person.ethnicity:
        result.append(extension("ethnicity", valueCodeableConcept=concept("ethnicity", person.ethnicity)))
    if person.occupation:
        result.append(extension("occupation", valueCodeableConcept=concept("occupation", person.occupation)))
    return result


def extension_code(resource: Element, name: str, url: str) -> str | None:
    """Return the national code that an extension, or the `code` part of it, holds."""
    for item in objects(resource, "extension"):
        if item.get("url") == url:
            for part in (item, *objects(item, "extension")):
                if code := code_of(part.get("valueCodeableConcept"), code_url(name)):
                    return code
    return None


def name_of(resource: Element) -> str:
    """Return the first name's text, or family and given names in Vietnamese order."""
    name = first(resource, "name")
    if whole := text(name.get("text")):
        return whole
    given = name.get("given")
    parts = [name.get("family"), *(given if isinstance(given, list) else [])]
    return " ".join(part for part in parts if isinstance(part, str))


def born_of(resource: Element) -> Any:
    """Return the birth date as it stands there, that of its extension with the time if there is one."""
    born = resource.get("birthDate")
    for item in objects(resource.get("_birthDate"), "extension"):
        if item.get("url") == BIRTH_TIME:
            born = item.get("valueDateTime", born)
    return born
