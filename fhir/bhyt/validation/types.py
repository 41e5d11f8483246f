"""The resource types that are validated; any other R4 type passes only inside another resource."""

from typing import Final

RESOURCE_TYPES: Final = (
    "AuditEvent",
    "Binary",
    "Bundle",
    "Claim",
    "ClaimResponse",
    "Composition",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "DocumentReference",
    "Encounter",
    "Group",
    "Location",
    "Observation",
    "OperationOutcome",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "RelatedPerson",
    "Task",
)
