"""What a claim has besides its lines, as one Bundle: results, clinical course and paper forms, and back.

XML4 is Observation, XML5 ClinicalImpression, a paper form QuestionnaireResponse (ADR 12). The
Bundle is a `collection` identified by MA_LK, so that it is filed with its claim.
"""

from collections.abc import Mapping

from bhyt.errors import WrongResource
from bhyt.r4.checked import checked, without_empty
from bhyt.r4.clinical import course_element, course_values, result_element, result_values
from bhyt.r4.document import urn
from bhyt.r4.homes import fields_of, row_of
from bhyt.r4.lookup import child, objects, reference_value
from bhyt.r4.papers import FORMS, form_element, form_table, form_values
from bhyt.r4.patient import patient_reference
from bhyt.r4.spelling import as_sent, corrected
from bhyt.r4.systems import Element, identifier, logical
from bhyt.records.row import Row
from bhyt.records.visit import Visit

RESULTS = "XML4"
COURSE = "XML5"
TABLES = frozenset({RESULTS, COURSE, *FORMS})
"""The tables of a claim that stand in this Bundle."""


def dossier_of(visit: Visit) -> Element | None:
    """Return the Bundle of everything besides XML1, XML2 and XML3; None if the claim has nothing else.

    Tables that are none of ours have no home and stay in the original only.
    """
    element = dossier_element(visit)
    return None if element is None else checked(element)


def dossier_element(visit: Visit) -> Element | None:
    """Return the same Bundle, not checked by R4B's classes, which takes a tenth of the time."""
    key = ("dossier", visit.facility, visit.visit_id)
    entries = [
        {"fullUrl": urn(*key, str(number), row.table), "resource": _resource(row, visit)}
        for number, row in enumerate(visit.others, start=1)
        if row.table in TABLES
    ]
    if not entries:
        return None
    number = identifier("visit", visit.visit_id)
    bundle = {"resourceType": "Bundle", "identifier": number, "type": "collection", "entry": entries}
    return without_empty(bundle)


def dossier_rows(bundle: Element) -> tuple[Row, ...]:
    """Return the rows that a collection Bundle tells, whoever made it, in its order.

    Raises WrongResource: not a collection Bundle. Entries that are no part of a claim are passed over.
    """
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "collection":
        raise WrongResource("Bundle")
    found: list[Row] = []
    places: dict[str, int] = {}
    for entry in objects(bundle, "entry"):
        resource = child(entry, "resource")
        table = _table(resource)
        if table is not None:
            places[table] = places.get(table, 0) + 1
            values = corrected(_values(table, resource), resource)
            found.append(row_of(table, places[table], values))
    return tuple(found)


def withdrawn(bundle: Element) -> Element:
    """Return a dossier as one that holds no more: each part entered in error; what is no part is left out."""
    entries = [
        {**entry, "resource": {**part, "status": "entered-in-error"}}
        for entry in objects(bundle, "entry")
        if _table(part := child(entry, "resource")) is not None
    ]
    rest = {name: value for name, value in bundle.items() if name != "entry"}
    return rest | {"entry": entries} if entries else rest


def _resource(row: Row, visit: Visit) -> Element:
    """Return the resource of one row, with the spellings that its homes cannot hold."""
    visit_id = row.text("MA_LK")
    about = {
        "subject": patient_reference(visit.patient),
        "encounter": logical("Encounter", "visit", visit_id) if visit_id else None,
    }
    element = _element(row.table, row.values, about)
    back = _values(row.table, element)
    element["extension"] = [
        *element.get("extension", []),
        *as_sent(row.values, back, fields_of(row.table)),
    ]
    return element


def _element(table: str, values: Mapping[str, str], about: Element) -> Element:
    """Return the resource of the values of one row."""
    if table == RESULTS:
        return result_element(values, about)
    if table == COURSE:
        return course_element(values, about)
    return form_element(table, values, about)


def _table(resource: Element) -> str | None:
    """Return the table that a resource is a row of, None if it is none of ours."""
    match resource.get("resourceType"):
        case "Observation":
            return RESULTS
        case "ClinicalImpression":
            return COURSE
        case "QuestionnaireResponse":
            return form_table(resource)
        case _:
            return None


def _values(table: str, resource: Element) -> dict[str, str | None]:
    """Return what a resource tells of a row of `table`."""
    if table == RESULTS:
        found = result_values(resource)
    elif table == COURSE:
        found = course_values(resource)
    else:
        found = form_values(table, resource)
    return found | {"MA_LK": reference_value(resource.get("encounter"), "visit")}
