"""Every search parameter that is served, one line each; /metadata and the compiler read this table."""

from dataclasses import dataclass
from typing import Literal

from gateway import systems

Kind = Literal[
    "id", "instant", "span", "key", "person", "patient", "facility", "code", "constant", "document"
]
FhirType = Literal["token", "date", "reference", "string"]

COUNT, CURSOR = "_count", "_cursor"
CONTROL = (COUNT, CURSOR, "_format", "_pretty")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its FHIR type, how it is compiled, the column it asks, a token's system."""

    name: str
    type: FhirType
    kind: Kind
    column: str = ""
    system: str = ""


_EVERY = (
    Parameter("_id", "token", "id"),
    Parameter("_lastUpdated", "date", "instant"),
)
_PATIENT = (
    Parameter("patient", "reference", "patient"),
    Parameter("patient:identifier", "token", "person"),
    Parameter("patient.identifier", "token", "person"),
)

PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "Claim": (
        *_EVERY,
        *_PATIENT,
        Parameter("identifier", "token", "key", "visit_id", systems.VISIT),
        Parameter("provider", "reference", "facility"),
        Parameter("provider:identifier", "token", "facility"),
        Parameter("provider.identifier", "token", "facility"),
        Parameter("created", "date", "span", "created"),
        Parameter("status", "token", "code", "status"),
        Parameter("use", "token", "code", "use"),
    ),
    "Encounter": (
        *_EVERY,
        *_PATIENT,
        Parameter("subject", "reference", "patient"),
        Parameter("subject:identifier", "token", "person"),
        Parameter("identifier", "token", "key", "visit_id", systems.VISIT),
        Parameter("service-provider", "reference", "facility"),
        Parameter("date", "date", "span", "period"),
        Parameter("status", "token", "code", "status"),
    ),
    "Bundle": (
        *_EVERY,
        Parameter("identifier", "token", "key", "number"),
        Parameter("type", "token", "constant", "document"),
        Parameter("timestamp", "date", "span", "stamped"),
        Parameter("kind", "token", "code", "kind"),
        Parameter("composition.type", "token", "document"),
        Parameter("patient.identifier", "token", "person"),
        Parameter("patient:identifier", "token", "person"),
    ),
    "Patient": (
        *_EVERY,
        Parameter("identifier", "token", "person"),
    ),
    "Coverage": (
        *_EVERY,
        Parameter("beneficiary", "reference", "patient"),
        Parameter("beneficiary:identifier", "token", "person"),
        Parameter("beneficiary.identifier", "token", "person"),
        *_PATIENT,
        Parameter("identifier", "token", "key", "card_number", systems.INSURANCE_CARD),
        Parameter("subscriberid", "token", "person"),
    ),
}


def find(resource_type: str, name: str) -> Parameter | None:
    """Return the parameter of this name, if it is served for the type."""
    return next(
        (parameter for parameter in PARAMETERS.get(resource_type, ()) if parameter.name == name), None
    )


def is_modifier_of_known(resource_type: str, name: str) -> bool:
    """Say whether `name` puts a modifier that is not served on a parameter that is."""
    plain, colon, _ = name.partition(":")
    return bool(colon) and any(
        parameter.name.partition(":")[0] == plain for parameter in PARAMETERS.get(resource_type, ())
    )
