"""A resource as the columns of its table, and what became of its references to its neighbors."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.extract import Extracted


def columns(resource_type: str, known: Extracted, addresses: Mapping[str, str]) -> dict[str, Any]:
    """Return the searched columns; `addresses` are those of a transaction's resources by their urn:uuid."""
    reference = known.person.reference
    patient = addresses.get(reference, reference) if reference else None
    low, high = (known.when.low, known.when.high) if known.when else (None, None)
    person = {
        "national_id": known.person.national_id,
        "insurance_number": known.person.insurance_number,
    }
    match resource_type:
        case "Claim":
            return person | {
                "visit_id": known.visit_id,
                "status": known.status,
                "use": known.use,
                "patient": patient,
                "created_low": low,
                "created_high": high,
            }
        case "Encounter":
            return person | {
                "visit_id": known.visit_id,
                "status": known.status,
                "patient": patient,
                "period_low": low,
                "period_high": high,
            }
        case "Bundle":
            return person | {
                "kind": known.kind,
                "number": known.business_key,
                "status": known.status,
                "stamped_low": low,
                "stamped_high": high,
            }
        case _:
            return person | {"patient": patient, "card_number": known.person.card_number}


def links(resource_type: str, body: bytes, addresses: Mapping[str, str]) -> dict[str, str]:
    """Return those addresses that the body refers to.

    A document's references are to its own parts, never to what stands around it (R4 §2.36.4).
    """
    if resource_type == "Bundle":
        return {}
    return {urn: at for urn, at in addresses.items() if urn.encode() in body}
