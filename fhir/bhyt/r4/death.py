"""A death notice as a FHIR document, shaped after HL7's vital records death reporting, and back."""

from collections.abc import Iterator, Mapping

from bhyt.r4.checked import checked
from bhyt.r4.document import Parts, composition, document, loinc, observation, paper, vital_data
from bhyt.r4.document_read import DocumentRead
from bhyt.r4.homes import fields_of, row_of
from bhyt.r4.lookup import child, code_of, first, identifier_of, objects, text
from bhyt.r4.patient import human_name, name_of
from bhyt.r4.people import PersonFields, person_element, person_values
from bhyt.r4.spelling import as_sent, corrected, flag, flagged, moment, national
from bhyt.r4.systems import ACT_CODE, ICD10, ROLE_CODE, Element, coded, identifier
from bhyt.records.content import business_key
from bhyt.records.death import Death
from bhyt.records.row import Row

TABLE = "GIAYBAOTU"

_PERSON = PersonFields(
    name="HO_TEN",
    born="NGAY_SINH",
    sex="GIOI_TINH",
    number="MA_BN",
    insurance="MA_BHXH",
    card="MA_THE",
    document="SO_GIAYTO",
    document_kind="LOAI_GIAYTO",
    issued_on="NGAY_CAP",
    issued_by="NOI_CAP",
    nationality="MA_QUOCTICH",
    ethnicity="MA_DANTOC",
    address="DCHI_THUONGTRU",
    province="MATINH_THUONGTRU",
    district="MAHUYEN_THUONGTRU",
    commune="MAXA_THUONGTRU",
)
_LIVED_AT = (
    ("text", "DCHI_HIENTAI"),
    ("city", "MAXA_HIENTAI"),
    ("district", "MAHUYEN_HIENTAI"),
    ("state", "MATINH_HIENTAI"),
)
_PAPER = (
    ("number", "SO_BAOTU"),
    ("book", "QUYEN_SO"),
    ("first-number", "SO_BAOTU_BD"),
    ("first-book", "QUYEN_SO_BD"),
)
_DATE, _CAUSE, _ON_THE_WAY = "81956-5", "69453-9", "died-on-the-way"


def to_fhir(death: Death) -> Element:
    """Return the document; its identifier is the notice's number (bdl-9)."""
    return checked(death_element(death))


def death_element(death: Death) -> Element:
    """Return the document, not yet checked.

    The notice tells the day of issue only, so the document's time is that day's first moment.
    """
    key, values = business_key(death), death.row.values
    parts = Parts(("death", death.facility, key))
    facility = parts.add_organization(death.facility, death.facility_address)
    person = parts.add("person", _deceased(death, values))
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
        attester={"mode": "legal", "time": moment(values.get("NGAY_CAPGIAYBT")), "party": head},
        custodian=facility,
        sections=[
            ("Người tử vong", [person]),
            ("Thời gian và nguyên nhân", [encounter, *found]),
            ("Người thân", relatives),
        ],
    )
    opening["extension"] = [paper(death.row, _PAPER)]
    result = document(identifier("death-notice", key), issued, opening, parts)
    opening["extension"] += as_sent(values, _values(result), fields_of(TABLE))
    return result


def death_row(resource: Element) -> Row:
    """Return the row of GIAYBAOTU that a death document, whoever made it, tells."""
    said = DocumentRead(resource)
    return row_of(TABLE, 1, corrected(_values(resource), said.opening))


def _values(resource: Element) -> dict[str, str | None]:
    """Return what a death document tells of a row."""
    said = DocumentRead(resource)
    paper_ = said.paper()
    cause = child(said.observed(_CAUSE), "valueCodeableConcept")
    lived_at = next((a for a in objects(said.subject, "address") if a.get("use") == "temp"), {})
    named = next((c for c in objects(cause, "coding") if c.get("system") == ICD10), {})
    found: dict[str, str | None] = {name: text(paper_.get(part)) for part, name in _PAPER}
    found |= person_values(_PERSON, said.subject)
    found |= {name: text(lived_at.get(part)) for part, name in _LIVED_AT}
    return found | {
        "MA_GBT": identifier_of({"identifier": [resource.get("identifier")]}, "death-notice"),
        "MA_HSBA": identifier_of(said.encounter, "medical-record"),
        "NGAYGIO_VV": national(child(said.encounter, "period").get("start")),
        "NGAY_TV": national(said.subject.get("deceasedDateTime")),
        "TINH_TRANG_TV": flagged(said.observed(_ON_THE_WAY).get("valueBoolean")),
        "NGUYENNHAN_TV": text(cause.get("text")),
        "BENH_ICD10_ID": code_of(cause, ICD10),
        "BENH_ICD10_TEN": text(named.get("display")),
        "NGUOI_GHIGIAY": name_of(said.author) or None,
        "NGUOI_THANTHICH": name_of(said.related(ROLE_CODE, "FAMMEMB")) or None,
        "TTRUONG_DVI": name_of(said.head()) or None,
        "NGAY_CAPGIAYBT": national(said.attester.get("time")),
        "MACSKCB": identifier_of(said.facility, "facility"),
        "DIACHI_CSKCB": text(first(said.facility, "address").get("text")),
    }


def _deceased(death: Death, values: Mapping[str, str]) -> Element:
    """Return the person who died, with where they were registered and where they lived."""
    person = person_element(_PERSON, values) or {"resourceType": "Patient"}
    lived_at = {part: values.get(name) for part, name in _LIVED_AT}
    if any(lived_at.values()):
        person["address"] = [*(person["address"] or [{"use": "home"}]), {"use": "temp", **lived_at}]
    return {**person, "deceasedDateTime": death.died.to_fhir()}


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
    if death.cause_code or death.cause_name:
        coding = {"system": ICD10, "code": death.cause_code, "display": death.cause_name}
        cause = {"coding": [coding], "text": death.cause}
    on_the_way = vital_data(_ON_THE_WAY, "Tử vong trên đường đi cấp cứu")
    rows: list[tuple[str, Element, Element]] = [
        ("date", loinc(_DATE, "Thời gian tử vong"), {"valueDateTime": died}),
        ("cause", loinc(_CAUSE, "Nguyên nhân tử vong"), {"valueCodeableConcept": cause}),
    ]
    if (state := flag(death.row.text("TINH_TRANG_TV"))) is not None:
        rows.append(("on-the-way", on_the_way, {"valueBoolean": state}))
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
