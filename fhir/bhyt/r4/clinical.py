"""One result of XML4 as Observation, one note of XML5 as ClinicalImpression, and back."""

from collections.abc import Mapping

from bhyt.r4.lookup import (
    child,
    code_of,
    extension_parts,
    extensions_of,
    first,
    objects,
    reference_value,
    text,
)
from bhyt.r4.spelling import digits, joined, moment, national, number, parts
from bhyt.r4.systems import Element, code_url, concept, extension, logical, named

FACTS = "national-row"
"""The extension that holds what the resources have no element for; each part is named after its meaning."""

_COURSE_WORDS = (
    ("place", "STT"),
    ("disease-stage", "GIAI_DOAN_BENH"),
    ("consultation", "HOI_CHAN"),
    ("operation", "PHAU_THUAT"),
    ("reserved", "DU_PHONG"),
)
_RESULT_WORDS = (("place", "STT"), ("unit", "DON_VI_DO"), ("reserved", "DU_PHONG"))


def result_element(values: Mapping[str, str], about: Element) -> Element:
    """Return the Observation of an XML4 row, not yet checked; a number has its unit beside it."""
    get = values.get
    value, unit = number(get("GIA_TRI")), get("DON_VI_DO")
    facts = _facts(values, _RESULT_WORDS, without={"DON_VI_DO"} if value is not None else set())
    if service := get("MA_DICH_VU"):
        facts.append({"url": "service", "valueCodeableConcept": concept("service", service)})
    time = moment(get("NGAY_KQ"))
    measured: Element = (
        {"valueString": get("GIA_TRI")}
        if value is None
        else {"valueQuantity": {"value": value, "unit": unit}}
    )
    return {
        "resourceType": "Observation",
        "extension": [extension(FACTS, extension=facts)],
        "status": "final",
        "code": named("index", get("MA_CHI_SO"), get("TEN_CHI_SO")),
        **about,
        "issued": time if time and "T" in time else None,
        "performer": [logical("Practitioner", "practitioner", code) for code in parts(get("MA_BS_DOC_KQ"))],
        **measured,
        "interpretation": [{"text": words}] if (words := get("KET_LUAN")) else [],
        "note": [{"text": words}] if (words := get("MO_TA")) else [],
    }


def result_values(resource: Element) -> dict[str, str | None]:
    """Return what an Observation, whoever made it, tells of an XML4 row."""
    facts = extension_parts(resource, FACTS)
    quantity, code = child(resource, "valueQuantity"), child(resource, "code")
    performers = (reference_value(who, "practitioner") for who in objects(resource, "performer"))
    return {name: text(facts.get(part)) for part, name in _RESULT_WORDS} | {
        "MA_DICH_VU": code_of(facts.get("service"), code_url("service")),
        "MA_CHI_SO": code_of(code, code_url("index")),
        "TEN_CHI_SO": text(code.get("text")),
        "GIA_TRI": digits(quantity.get("value")) or text(resource.get("valueString")),
        "DON_VI_DO": text(quantity.get("unit")) or text(facts.get("unit")),
        "MO_TA": text(first(resource, "note").get("text")),
        "KET_LUAN": text(first(resource, "interpretation").get("text")),
        "NGAY_KQ": national(resource.get("issued")),
        "MA_BS_DOC_KQ": joined(who for who in performers if who),
    }


def course_element(values: Mapping[str, str], about: Element) -> Element:
    """Return the ClinicalImpression of an XML5 row, not yet checked.

    R4 has one assessor; who else wrote the note stands in the extension.
    """
    get = values.get
    writers = parts(get("NGUOI_THUC_HIEN"))
    facts = _facts(values, _COURSE_WORDS, without=set())
    facts += [
        {"url": "writer", "valueReference": logical("Practitioner", "practitioner", code)}
        for code in writers[1:]
    ]
    return {
        "resourceType": "ClinicalImpression",
        "extension": [extension(FACTS, extension=facts)],
        "status": "completed",
        **about,
        "effectiveDateTime": moment(get("THOI_DIEM_DBLS")),
        "assessor": logical("Practitioner", "practitioner", writers[0]) if writers else None,
        "summary": get("DIEN_BIEN_LS"),
    }


def course_values(resource: Element) -> dict[str, str | None]:
    """Return what a ClinicalImpression, whoever made it, tells of an XML5 row."""
    facts = extension_parts(resource, FACTS)
    others = [
        part.get("valueReference")
        for item in extensions_of(resource, FACTS)
        for part in objects(item, "extension")
        if part.get("url") == "writer"
    ]
    writers = (reference_value(who, "practitioner") for who in (resource.get("assessor"), *others))
    return {name: text(facts.get(part)) for part, name in _COURSE_WORDS} | {
        "DIEN_BIEN_LS": text(resource.get("summary")),
        "THOI_DIEM_DBLS": national(resource.get("effectiveDateTime")),
        "NGUOI_THUC_HIEN": joined(who for who in writers if who),
    }


def _facts(
    values: Mapping[str, str], words: tuple[tuple[str, str], ...], *, without: set[str]
) -> list[Element]:
    """Return the parts that are words."""
    return [
        {"url": part, "valueString": said}
        for part, name in words
        if name not in without and (said := values.get(name))
    ]
