"""Persons and covers as national fields have them: which field tells what of whom, both ways.

`patient` and `coverage` know the records; here stands under which names XML1, the check-in and the
papers of birth and death speak of the same things.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bhyt.national import forms
from bhyt.r4.lookup import (
    child,
    code_of,
    extension_value,
    first,
    identifier_of,
    objects,
    reference_value,
    text,
)
from bhyt.r4.patient import NATIONALITY, born_of, extension_code, name_of, patient_element
from bhyt.r4.spelling import DAY, MINUTE, day, joined, national, national_birth
from bhyt.r4.systems import Element, code_url, concept, extension_url, identifier_url
from bhyt.records.person import NATIONAL_SEX, Person, id_document

_SEXES = {"male": "1", "female": "2", "unknown": "3", "other": "3"}
_DOCUMENTS = ("citizen-id", "old-id", "passport")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFields:
    """The fields of a table that tell of one person, None where the table has none.

    `document` is the number of the ID document, `issued_on`, `issued_by` and `document_kind` what
    else is known of it; `born_width` how many characters a birth has.
    """

    name: str
    born: str | None = None
    born_width: int = DAY
    sex: str | None = None
    number: str | None = None
    insurance: str | None = None
    card: str | None = None
    document: str | None = None
    document_kind: str | None = None
    issued_on: str | None = None
    issued_by: str | None = None
    nationality: str | None = None
    ethnicity: str | None = None
    occupation: str | None = None
    address: str | None = None
    province: str | None = None
    district: str | None = None
    commune: str | None = None
    phone: str | None = None

    def names(self) -> tuple[str, ...]:
        """Return the fields themselves."""
        found = (getattr(self, slot) for slot in self.__slots__ if slot != "born_width")
        return tuple(name for name in found if name)


PATIENT = PersonFields(
    name="HO_TEN",
    born="NGAY_SINH",
    born_width=MINUTE,
    sex="GIOI_TINH",
    number="MA_BN",
    document="SO_CCCD",
    nationality="MA_QUOCTICH",
    ethnicity="MA_DANTOC",
    occupation="MA_NGHE_NGHIEP",
    address="DIA_CHI",
    province="MATINH_CU_TRU",
    district="MAHUYEN_CU_TRU",
    commune="MAXA_CU_TRU",
    phone="DIEN_THOAI",
)
"""The patient of XML1 and of a check-in."""


def person_element(fields: PersonFields, values: Mapping[str, str]) -> Element | None:
    """Return a Patient, not yet checked, of what a row tells of one person; None if it tells nothing."""
    if not any(name in values for name in fields.names()):
        return None
    card = _value(values, fields.card)
    element = patient_element(_person(fields, values), cards=(card,) if card else ())
    details = _document_details(fields, values)
    if details:
        systems = [identifier_url(name) for name in _DOCUMENTS]
        found = next((item for item in element["identifier"] if item["system"] in systems), None)
        if found is None:
            element["identifier"].append(details)
        else:
            found.update(details)
    if fields.sex is None:
        element["gender"] = None
    return element


def person_values(fields: PersonFields, resource: Element) -> dict[str, str | None]:
    """Return what a Patient or RelatedPerson, whoever made it, tells of one person."""
    document = _document(resource)
    address = first(resource, "address")
    phone = next((item for item in objects(resource, "telecom") if item.get("system") == "phone"), {})
    born = national_birth(born_of(resource), fields.born_width)
    found = {
        fields.name: name_of(resource) or None,
        fields.born: born,
        fields.sex: _SEXES.get(str(resource.get("gender"))),
        fields.number: identifier_of(resource, "patient-number"),
        fields.insurance: identifier_of(resource, "insurance-number"),
        fields.card: identifier_of(resource, "insurance-card"),
        fields.document: text(document.get("value")),
        fields.document_kind: code_of(document.get("type"), code_url("id-document")),
        fields.issued_on: national(child(document, "period").get("start")),
        fields.issued_by: text(child(document, "assigner").get("display")),
        fields.nationality: extension_code(resource, "nationality", NATIONALITY),
        fields.ethnicity: extension_code(resource, "ethnicity", extension_url("ethnicity")),
        fields.occupation: extension_code(resource, "occupation", extension_url("occupation")),
        fields.address: text(address.get("text")),
        fields.province: text(address.get("state")),
        fields.district: text(address.get("district")),
        fields.commune: text(address.get("city")),
        fields.phone: text(phone.get("value")),
    }
    return {name: value for name, value in found.items() if name is not None}


def cover_values(covers: Sequence[tuple[str | None, Element]]) -> dict[str, str | None]:
    """Return the parallel lists of cards; each cover is its card number and its Coverage, if there is one."""
    facilities = [
        reference_value(extension_value(cover, "primary-facility", "valueReference"), "facility")
        for _, cover in covers
    ]
    periods = [child(cover, "period") for _, cover in covers]
    areas = [text(extension_value(cover, "living-area", "valueCode")) for _, cover in covers]
    years = [national(extension_value(cover, "five-years-from", "valueDate")) for _, cover in covers]
    return {
        "MA_THE_BHYT": _parallel([card for card, _ in covers]),
        "MA_DKBD": _parallel(facilities),
        "GT_THE_TU": _parallel([national(period.get("start")) for period in periods]),
        "GT_THE_DEN": _parallel([national(period.get("end")) for period in periods]),
        "MA_KHUVUC": next(iter(areas), None),
        "NAM_NAM_LIEN_TUC": next(iter(years), None),
    }


def _parallel(values: Sequence[str | None]) -> str | None:
    """Return a parallel list; its empty parts are kept, unless all are empty."""
    return joined(values) if any(values) else None


def _person(fields: PersonFields, values: Mapping[str, str]) -> Person:
    """Return the person that a row tells of; what cannot be read is left out."""
    document = id_document(_value(values, fields.document))
    return Person(
        full_name=_value(values, fields.name) or "",
        birth_date=forms.birth(born) if (born := _value(values, fields.born)) else None,
        sex=NATIONAL_SEX.get(_value(values, fields.sex) or "", "unknown"),
        national_id=document.national_id,
        old_id=document.old_id,
        passport=document.passport,
        insurance_number=_value(values, fields.insurance),
        patient_number=_value(values, fields.number),
        address=_value(values, fields.address),
        province=_value(values, fields.province),
        district=_value(values, fields.district),
        commune=_value(values, fields.commune),
        phone=_value(values, fields.phone),
        nationality=_value(values, fields.nationality),
        ethnicity=_value(values, fields.ethnicity),
        occupation=_value(values, fields.occupation),
    )


def _value(values: Mapping[str, str], name: str | None) -> str | None:
    """Return the value of a field, None if the table has no such field or the row no such value."""
    return values.get(name) if name else None


def _document_details(fields: PersonFields, values: Mapping[str, str]) -> Element:
    """Return kind, day and place of issue of an ID document."""
    kind, place = _value(values, fields.document_kind), _value(values, fields.issued_by)
    issued = day(_value(values, fields.issued_on))
    found: Element = {"type": concept("id-document", kind)} if kind else {}
    if issued:
        found["period"] = {"start": issued}
    if place:
        found["assigner"] = {"display": place}
    return found


def _document(resource: Element) -> Element:
    """Return the identifier of the ID document, or what is known of one without a number."""
    systems = [identifier_url(name) for name in _DOCUMENTS]
    identifiers = objects(resource, "identifier")
    for item in identifiers:
        if item.get("system") in systems:
            return item
    return next((item for item in identifiers if "system" not in item), {})
