"""What is wrong with a resource, said so that an OperationOutcome can be made of it (R4 §2.28)."""

from dataclasses import dataclass
from typing import Final, Literal

# R4's issue-type (http://hl7.org/fhir/issue-type) of each of our codes.
ISSUE_TYPES: Final = {
    "fhir.too-large": "too-long",
    "fhir.too-deep": "too-costly",
    "fhir.invalid-utf8": "structure",
    "fhir.malformed-json": "structure",
    "fhir.duplicate-key": "structure",
    "fhir.number-out-of-range": "value",
    "fhir.not-an-object": "structure",
    "fhir.unknown-type": "structure",
    "fhir.unsupported-type": "not-supported",
    "fhir.wrong-resource": "invalid",
    "fhir.unknown-element": "structure",
    "fhir.missing-element": "required",
    "fhir.wrong-type": "structure",
    "fhir.wrong-format": "value",
    "fhir.impossible-date": "value",
    "fhir.empty-element": "structure",
    "fhir.null-value": "structure",
    "fhir.out-of-range": "value",
    "fhir.code-not-allowed": "code-invalid",
    "fhir.two-choices": "structure",
    "fhir.extension-content": "invariant",
    "fhir.period-reversed": "invariant",
    "fhir.contact-without-details": "invariant",
    "fhir.document-without-identifier": "invariant",
    "fhir.document-without-timestamp": "invariant",
    "fhir.document-without-composition": "invariant",
    "fhir.contained-unreferenced": "invariant",
    "fhir.contained-nested": "invariant",
    "fhir.narrative-content": "invariant",
    "fhir.reference-wrong-type": "structure",
    "fhir.reference-unresolved": "not-found",
    "fhir.dangling-sequence": "business-rule",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a resource.

    `expression` is the FHIRPath of the element, in the subset that
    OperationOutcome.issue.expression allows (`Claim.item[3].serviced`); it is
    empty when the bytes hold no resource at all. `diagnostics` never quotes the
    faulty value, because that may be a person's data.
    """

    severity: Literal["fatal", "error"]
    code: str
    expression: str
    diagnostics: str
