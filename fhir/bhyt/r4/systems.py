"""Names of identifiers, codes and extensions in FHIR, from one table each."""

from functools import cache, lru_cache
from typing import Any

from bhyt.tables import BASE, find, label

Element = dict[str, Any]

ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD9_CM = "http://hl7.org/fhir/sid/icd-9-cm"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
INSURER = "Bảo hiểm xã hội Việt Nam"
"""How the national insurer is named; it has no registered identifier of its own."""

_HTEST: Element = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}


@cache
def identifier_url(name: str) -> str:
    """Return the system of an identifier (tables/identifier_systems.csv). Raises KeyError: unknown name."""
    row = find("identifier_systems", name, key="name")
    if row is None:
        raise KeyError(name)
    return row["url"]


def code_url(name: str) -> str:
    """Return the system of a code (tables/code_systems.csv). Raises KeyError: unknown name."""
    return _code_system(name)[0]


@cache
def _code_system(name: str) -> tuple[str, str]:
    """Return URL and table of a code system. Raises KeyError: unknown name."""
    row = find("code_systems", name, key="name")
    if row is None:
        raise KeyError(name)
    return row["url"], row["table"]


def encounter_class(care_type: str) -> str:
    """Return the class, IMP or AMB, of a MA_LOAI_KCB (tables/care_type.csv); AMB if the code is unknown."""
    row = find("care_type", care_type)
    return row["encounter_class"] if row else "AMB"


@cache
def extension_url(name: str) -> str:
    """Return the canonical of an extension of ours."""
    return f"{BASE}/StructureDefinition/{name}"


def identifier(name: str, value: str) -> Element:
    """Return an Identifier of one of the known systems."""
    return {"system": identifier_url(name), "value": one_spaced(value)}


def one_spaced(code: str) -> str:
    """Return a code without outer and doubled space, which FHIR's `code` does not allow."""
    return " ".join(code.split())


def concept(name: str, code: str, *, text: str | None = None) -> Element:
    """Return a CodeableConcept of one of our code systems; the text is the table's label unless given."""
    coding, words = _coding(name, code)
    if text or words:
        return {"coding": [coding], "text": text or words}
    return {"coding": [coding]}


@lru_cache(4096)
def _coding(name: str, code: str) -> tuple[Element, str | None]:
    """Return the Coding of a code, which nobody changes, and its label. Raises KeyError: unknown system."""
    url, table = _code_system(name)
    return {"system": url, "code": one_spaced(code)}, label(table, code) if table else None


def named(name: str, code: str | None, words: str | None) -> Element:
    """Return a CodeableConcept of one of our code systems; without a code it still says of which list."""
    coding: Element = {"system": code_url(name)}
    if code:
        coding["code"] = one_spaced(code)
    return {"coding": [coding], "text": words} if words else {"coding": [coding]}


def coded(system: str, code: str, *, text: str | None = None, display: str | None = None) -> Element:
    """Return a CodeableConcept of an international system."""
    coding: Element = {"system": system, "code": one_spaced(code)}
    if display:
        coding["display"] = display
    return {"coding": [coding], "text": text} if text else {"coding": [coding]}


def logical(resource_type: str, name: str, value: str) -> Element:
    """Return a logical Reference: an identifier, so that nothing must exist beforehand."""
    return {"type": resource_type, "identifier": identifier(name, value)}


def facility_reference(code: str) -> Element:
    """Return the logical Reference to a facility by its code."""
    return logical("Organization", "facility", code)


def extension(name: str, **value: Any) -> Element:
    """Return an extension of ours with its one `value[x]`."""
    return {"url": extension_url(name), **value}


def with_training_label(resource: Element) -> Element:
    """Return the resource with the security label of test data, added once."""
    meta = dict(resource.get("meta", {}))
    labels = [security for security in meta.get("security", []) if security.get("code") != "HTEST"]
    meta["security"] = [*labels, dict(_HTEST)]
    return {**resource, "meta": meta}


def is_training(resource: Element) -> bool:
    """Say whether the resource carries the security label of test data."""
    return any(security.get("code") == "HTEST" for security in resource.get("meta", {}).get("security", []))
