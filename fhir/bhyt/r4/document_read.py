"""What a birth or death document says, whoever made it: its parts, found by what points to them."""

from typing import Any

from bhyt.r4.lookup import child, code_of, extension_parts, first, objects
from bhyt.r4.systems import LOINC, Element, code_url

PAPER = "paper"
"""The extension of the Composition that holds what stands on the paper beside its content."""


class DocumentRead:
    """A document Bundle taken apart: the Composition that opens it, and the parts by their URLs."""

    def __init__(self, bundle: Element) -> None:
        entries = objects(bundle, "entry")
        self._by_url = {str(entry.get("fullUrl")): child(entry, "resource") for entry in entries}
        self._resources = [child(entry, "resource") for entry in entries]
        self.opening = child(first(bundle, "entry"), "resource")
        self.subject = self.target(self.opening.get("subject"))
        self.encounter = self.target(self.opening.get("encounter"))
        self.author = self.target(next(iter(objects(self.opening, "author")), None))
        self.facility = self.target(self.opening.get("custodian"))
        self.attester = next((a for a in objects(self.opening, "attester") if a.get("mode") == "legal"), {})

    def target(self, reference: Any) -> Element:
        """Return the part that a reference names, an empty one if none."""
        url = reference.get("reference") if isinstance(reference, dict) else None
        return self._by_url.get(url, {}) if isinstance(url, str) else {}

    def head(self) -> Element:
        """Return who attests the document, an empty element if that is the facility itself."""
        party = self.target(self.attester.get("party"))
        return party if party.get("resourceType") == "Practitioner" else {}

    def paper(self) -> dict[str, Any]:
        """Return what stands on the paper, by the name of each part."""
        return extension_parts(self.opening, PAPER)

    def observed(self, code: str) -> Element:
        """Return the Observation or Procedure of a LOINC code or of a code of ours, an empty one if none."""
        for resource in self._resources:
            what = resource.get("code")
            if code in {code_of(what, LOINC), code_of(what, code_url("vital-data"))}:
                return resource
        return {}

    def related(self, system: str, code: str) -> Element:
        """Return the first RelatedPerson with this relationship, an empty one if none."""
        for resource in self._resources:
            if resource.get("resourceType") == "RelatedPerson":
                relations = objects(resource, "relationship")
                if any(code_of(relation, system) == code for relation in relations):
                    return resource
        return {}
