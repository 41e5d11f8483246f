"""A birth certificate (XML9, or the form of 2025) as a FHIR document about the child, and back to its row."""

from collections.abc import Iterator, Mapping

from bhyt.r4.birth_fields import CERTIFICATES, CertificateFields
from bhyt.r4.checked import checked
from bhyt.r4.document import Parts, composition, document, loinc, observation, paper, vital_data
from bhyt.r4.document_read import DocumentRead
from bhyt.r4.homes import fields_of, row_of
from bhyt.r4.lookup import child, first, identifier_of, text
from bhyt.r4.patient import name_of
from bhyt.r4.people import person_element, person_values
from bhyt.r4.spelling import as_sent, corrected, digits, flag, flagged, integer, moment, national, number
from bhyt.r4.systems import ACT_CODE, ROLE_CODE, UCUM, Element, code_url, coded, concept, identifier
from bhyt.records.birth import Birth
from bhyt.records.content import business_key
from bhyt.records.row import Row

_PAPER = (
    ("number", "SO"),
    ("book", "QUYEN_SO"),
    ("document-code", "MA_CT"),
    ("serial", "SO_SERI"),
    ("note", "GHI_CHU"),
    ("reserved", "DU_PHONG"),
)
_FLAGS = (("first-issue", "CAP_LAN_DAU"),)
_WEIGHT, _CHILDREN, _GESTATION = "8339-4", "57722-1", "11884-4"
_ORDER, _LIVING, _CONDITION = "birth-order", "living-children", "condition"
_OPERATIVE = "operative-delivery"
_COMMISSIONERS = (
    ("commissioning-mother", "Mẹ nhờ mang thai hộ"),
    ("commissioning-father", "Cha nhờ mang thai hộ"),
)
_INTEGER = "valueInteger"
_MATURE = 32


def to_fhir(birth: Birth) -> Element:
    """Return the document; its identifier is the certificate's key (bdl-9)."""
    return checked(birth_element(birth))


def birth_element(birth: Birth) -> Element:
    """Return the document, not yet checked.

    The certificate tells the day of issue only, so the document's time is that day's first
    moment; the form of 2025 may not even tell that, so it is the time of birth.
    """
    key, values = business_key(birth), birth.row.values
    fields = CERTIFICATES[birth.row.table]
    parts = Parts(("birth", birth.facility, key))
    facility = parts.add_organization(birth.facility)
    newborn = parts.add("child", _child(fields, values))
    mother = parts.add("mother", person_element(fields.mother, values) or {"resourceType": "Patient"})
    family = [parts.add(role, person) for role, person in _family(fields, values, newborn)]
    place = {"resourceType": "Location", "name": birth.place, "managingOrganization": facility}
    at = parts.add("place", place)
    attendant = parts.add_practitioner("attendant", birth.attendant) if birth.attendant else None
    recorder = parts.add_practitioner("recorder", birth.recorder) if birth.recorder else None
    head = _head(parts, values)
    encounter = parts.add("encounter", _encounter(birth, mother, at, attendant, facility))
    found = [
        parts.add(role, resource)
        for role, resource in _observations(values, birth, newborn, mother, encounter)
    ]
    issued = (birth.issued or birth.born).to_datetime().isoformat()
    book = f", quyển {birth.book}" if birth.book else ""
    opening = composition(
        type_=vital_data("birth-certificate", "Giấy chứng sinh"),
        title=f"Giấy chứng sinh số {birth.certificate_number}{book}",
        subject=newborn,
        encounter=encounter,
        date=issued,
        author=recorder or facility,
        attester={"mode": "legal", "time": moment(values.get("NGAY_CT")), "party": head or facility},
        custodian=facility,
        sections=[
            ("Con", [newborn]),
            ("Mẹ và cha", [mother, *family]),
            ("Ca sinh", [at, *([attendant] if attendant else []), *found]),
        ],
    )
    if certificate := values.get("MA_GCS"):
        opening["identifier"] = identifier("birth-certificate", certificate)
    opening["extension"] = [paper(birth.row, _PAPER, _FLAGS)]
    result = document(identifier("birth-certificate", key), issued, opening, parts)
    opening["extension"] += as_sent(values, _values(birth.row.table, result), fields_of(birth.row.table))
    return result


def birth_paper(resource: Element) -> str | None:
    """Return the table of which a birth document says it is (XML9 or GIAYCHUNGSINH), None if it says none."""
    table = DocumentRead(resource).paper().get("table")
    return table if isinstance(table, str) and table in CERTIFICATES else None


def birth_row(resource: Element) -> Row:
    """Return the row of XML9 or GIAYCHUNGSINH that a birth document, whoever made it, tells."""
    said = DocumentRead(resource)
    table = birth_paper(resource)
    if table is None:
        table = "XML9" if identifier_of(said.encounter, "visit") else "GIAYCHUNGSINH"
    return row_of(table, 1, corrected(_values(table, resource), said.opening))


def _values(table: str, resource: Element) -> dict[str, str | None]:
    """Return what a birth document tells of a row."""
    said, fields = DocumentRead(resource), CERTIFICATES[table]
    paper_ = said.paper()
    mother = said.target(said.encounter.get("subject"))
    attendant = said.target(first(said.encounter, "participant").get("individual"))
    place = said.target(first(said.encounter, "location").get("location"))
    head = said.head()
    gestation = child(said.observed(_GESTATION), "valueQuantity").get("comparator")
    operation = said.observed(_OPERATIVE).get("status")
    author = said.author if said.author.get("resourceType") == "Practitioner" else {}
    found: dict[str, str | None] = {name: text(paper_.get(part)) for part, name in _PAPER}
    found |= {name: flagged(paper_.get(part)) for part, name in _FLAGS}
    found |= person_values(fields.child, said.subject) | person_values(fields.mother, mother)
    found |= person_values(fields.father, said.related(ROLE_CODE, "FTH"))
    commissioners = (fields.commissioning_mother, fields.commissioning_father)
    for (role, _), person in zip(_COMMISSIONERS, commissioners, strict=True):
        found |= person_values(person, said.related(code_url("family-role"), role)) if person else {}
    return found | {
        "MA_LK": identifier_of(said.encounter, "visit"),
        "MA_GCS": identifier_of({"identifier": [said.opening.get("identifier")]}, "birth-certificate"),
        "NGAY_CT": national(said.attester.get("time")),
        "NGUOI_DO_DE": name_of(attendant) or None,
        "NGUOI_GHI_PHIEU": name_of(author) or None,
        "THU_TRUONG_DVI": name_of(head) or None,
        "MA_TTDV": identifier_of(head, "insurance-number"),
        "NOI_SINH_CON": text(place.get("name")),
        "CAN_NANG_CON": digits(child(said.observed(_WEIGHT), "valueQuantity").get("value")),
        "SO_CON": digits(said.observed(_CHILDREN).get("valueInteger")),
        "LAN_SINH": digits(said.observed(_ORDER).get("valueInteger")),
        "SO_CON_SONG": digits(said.observed(_LIVING).get("valueInteger")),
        "TINH_TRANG_CON": text(said.observed(_CONDITION).get("valueString")),
        "SINHCON_PHAUTHUAT": {"completed": "1", "not-done": "0"}.get(str(operation)),
        "SINHCON_DUOI32TUAN": {"<": "1", ">=": "0"}.get(str(gestation)),
    }


def _child(fields: CertificateFields, values: Mapping[str, str]) -> Element:
    """Return the child, with the temporary card that the portal gave."""
    result = person_element(fields.child, values) or {"resourceType": "Patient"}
    children = integer(values.get("SO_CON"))
    return {**result, "multipleBirthBoolean": True} if children and children > 1 else result


def _family(
    fields: CertificateFields, values: Mapping[str, str], newborn: Element
) -> Iterator[tuple[str, Element]]:
    """Yield everybody whom the certificate names beside the child, each under a role in the document."""
    if mother := person_element(fields.mother, values):
        known = {"identifier": mother["identifier"], "name": mother["name"]}
        words = coded(ROLE_CODE, "MTH", text="Mẹ hoặc người nuôi dưỡng")
        yield "mother-relation", _relation(known, newborn, words)
    if father := person_element(fields.father, values):
        yield "father-relation", _relation(father, newborn, coded(ROLE_CODE, "FTH", text="Cha"))
    commissioners = (fields.commissioning_mother, fields.commissioning_father)
    for (role, words_), person in zip(_COMMISSIONERS, commissioners, strict=True):
        if person and (parent := person_element(person, values)):
            yield role, _relation(parent, newborn, concept("family-role", role, text=words_))


def _relation(person: Element, newborn: Element, relationship: Element) -> Element:
    """Return a person as the child's related person."""
    return {**person, "resourceType": "RelatedPerson", "patient": newborn, "relationship": [relationship]}


def _head(parts: Parts, values: Mapping[str, str]) -> Element | None:
    """Put in the head of the facility, by name and insurance number, if the certificate tells one."""
    name, insurance = values.get("THU_TRUONG_DVI"), values.get("MA_TTDV")
    if not name and not insurance:
        return None
    return parts.add_practitioner("head", name, insurance_number=insurance)


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
    values: Mapping[str, str], birth: Birth, newborn: Element, mother: Element, encounter: Element
) -> Iterator[tuple[str, Element]]:
    """Yield what the certificate says of child and delivery, each under its role in the document."""
    get, when = values.get, birth.born.to_fhir()
    order, living = vital_data(_ORDER, "Lần sinh thứ"), vital_data(_LIVING, "Số con hiện sống")
    condition = vital_data(_CONDITION, "Tình trạng của con")
    rows: tuple[tuple[str, Element, Element, str, object], ...] = (
        ("weight", loinc(_WEIGHT, "Cân nặng khi sinh"), newborn, "valueQuantity", _grams(values)),
        ("children", loinc(_CHILDREN, "Số con trong lần sinh"), mother, _INTEGER, integer(get("SO_CON"))),
        ("birth-order", order, mother, _INTEGER, integer(get("LAN_SINH"))),
        ("living-children", living, mother, _INTEGER, integer(get("SO_CON_SONG"))),
        ("condition", condition, newborn, "valueString", get("TINH_TRANG_CON")),
        ("gestation", loinc(_GESTATION, "Tuổi thai"), newborn, "valueQuantity", _weeks(values)),
    )
    for role, what, subject, kind, value in rows:
        if value is not None:
            yield role, observation(what, subject, when=when, encounter=encounter, **{kind: value})
    operative = flag(get("SINHCON_PHAUTHUAT"))
    if operative is not None:
        yield "operation", _operation(mother, encounter, when if operative else None)


def _grams(values: Mapping[str, str]) -> Element | None:
    """Return the child's weight."""
    value = number(values.get("CAN_NANG_CON"))
    return None if value is None else {"value": value, "unit": "g", "system": UCUM, "code": "g"}


def _weeks(values: Mapping[str, str]) -> Element | None:
    """Return on which side of 32 weeks the child was born; the certificate does not say more."""
    early = flag(values.get("SINHCON_DUOI32TUAN"))
    if early is None:
        return None
    side = "<" if early else ">="
    return {"value": _MATURE, "comparator": side, "unit": "tuần", "system": UCUM, "code": "wk"}


def _operation(mother: Element, encounter: Element, when: str | None) -> Element:
    """Return the operation by which the child was born, of which no more is known, or that there was none."""
    return {
        "resourceType": "Procedure",
        "status": "completed" if when else "not-done",
        "code": vital_data(_OPERATIVE, "Sinh con phải phẫu thuật"),
        "subject": mother,
        "encounter": encounter,
        "performedDateTime": when,
    }
