"""What the two documents, birth and death, have in common: a Bundle whose parts point at each other.

Every part has a `urn:uuid` made from the record's key and the part's role, so the same
record is the same document, and nothing outside the document must exist.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from bhyt.r4.document_read import PAPER
from bhyt.r4.patient import human_name
from bhyt.r4.spelling import flag
from bhyt.r4.systems import LOINC, Element, coded, concept, extension, identifier
from bhyt.records.row import Row
from bhyt.tables import BASE

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, BASE)


def urn(*parts: str) -> str:
    """Return the `urn:uuid` that belongs to these words, always the same one."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts)).urn


@dataclass(slots=True, repr=False)
class Parts:
    """The parts of one document, in order; `key` makes their URNs this document's own."""

    key: tuple[str, ...]
    entries: list[Element] = field(default_factory=list)

    def add(self, role: str, resource: Element) -> Element:
        """Put a part into the document and return the reference to it."""
        url = urn(*self.key, role)
        self.entries.append({"fullUrl": url, "resource": resource})
        return {"reference": url, "type": resource["resourceType"]}

    def add_practitioner(
        self, role: str, full_name: str | None, *, insurance_number: str | None = None
    ) -> Element:
        """Put in a practitioner, of whom a paper tells the name or the insurance number."""
        known = identifier("insurance-number", insurance_number) if insurance_number else None
        return self.add(
            role,
            {
                "resourceType": "Practitioner",
                "identifier": [known] if known else [],
                "name": [human_name(full_name)] if full_name else [],
            },
        )

    def add_organization(self, code: str, address: str | None = None) -> Element:
        """Put in the facility."""
        return self.add(
            "facility",
            {
                "resourceType": "Organization",
                "identifier": [identifier("facility", code)],
                "address": [{"text": address}] if address else [],
            },
        )


def observation(
    what: Element, subject: Element, *, when: str, encounter: Element, **value: object
) -> Element:
    """Return a final Observation with its one `value[x]`, made during the encounter."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": what,
        "subject": subject,
        "encounter": encounter,
        "effectiveDateTime": when,
        **value,
    }


def loinc(code: str, text: str) -> Element:
    """Return what an Observation or Composition is about, by its LOINC code."""
    return coded(LOINC, code, text=text)


def vital_data(code: str, text: str) -> Element:
    """Return what an Observation is about where no international code was found."""
    return concept("vital-data", code, text=text)


def composition(
    *,
    type_: Element,
    title: str,
    subject: Element,
    encounter: Element,
    date: str,
    author: Element,
    attester: Element,
    custodian: Element,
    sections: list[tuple[str, list[Element]]],
) -> Element:
    """Return the Composition that opens a document; `attester` is who stands for it, how and since when."""
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": type_,
        "subject": subject,
        "encounter": encounter,
        "date": date,
        "author": [author],
        "title": title,
        "attester": [attester],
        "custodian": custodian,
        "section": [{"title": name, "entry": entries} for name, entries in sections if entries],
    }


def paper(row: Row, words: Sequence[tuple[str, str]], flags: Sequence[tuple[str, str]] = ()) -> Element:
    """Return the extension for what stands on the paper itself: of which table it is, `words` and `flags`."""
    parts: list[Element] = [{"url": "table", "valueString": row.table}]
    parts += [{"url": part, "valueString": said} for part, name in words if (said := row.text(name))]
    parts += [
        {"url": part, "valueBoolean": state}
        for part, name in flags
        if (state := flag(row.text(name))) is not None
    ]
    return extension(PAPER, extension=parts)


def document(number: Element, timestamp: str, first: Element, parts: Parts) -> Element:
    """Return the document Bundle, not yet checked: number, time, the Composition, then the parts."""
    opening = {"fullUrl": urn(*parts.key, "composition"), "resource": first}
    return {
        "resourceType": "Bundle",
        "identifier": number,
        "type": "document",
        "timestamp": timestamp,
        "entry": [opening, *parts.entries],
    }
