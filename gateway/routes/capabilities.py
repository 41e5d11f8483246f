"""The CapabilityStatement, made from the tables that the server itself runs on."""

from typing import Any

from bhyt.parsing import MAX_BYTES
from gateway import __version__
from gateway.routes.negotiation import CORRECTION
from gateway.services import reading, storing
from gateway.services.bundles import MAX_ENTRIES
from gateway.settings import Settings
from gateway.store import records
from gateway.store.search.parameters import PARAMETERS

PUBLISHED = "2026-11-22"
LIMITS = f"At most {MAX_BYTES} bytes and {MAX_ENTRIES} entries a Bundle."
CORRECTING = (
    f"A record that takes the place of an older one under the same key comes with {CORRECTION}: <reason>; "
    "POST /cancellations withdraws one."
)
_SECURITY = "http://terminology.hl7.org/CodeSystem/restful-security-service"


def statement(settings: Settings) -> dict[str, Any]:
    """Return the CapabilityStatement of this gateway."""
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{settings.fhir_url}/metadata",
        "name": "TiepDonGateway",
        "title": "Tiếp Đón: cổng của cơ quan bảo hiểm",
        "status": "active",
        "experimental": settings.training,
        "date": PUBLISHED,
        "kind": "instance",
        "software": {"name": "Tiếp Đón gateway", "version": __version__},
        "implementation": {"description": "Tiếp Đón gateway", "url": settings.fhir_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": f"{LIMITS} {CORRECTING}",
                "security": {
                    "service": [{"coding": [{"system": _SECURITY, "code": "SMART-on-FHIR"}]}],
                    "description": "SMART Backend Services, private_key_jwt",
                },
                "resource": [_resource(name) for name in sorted({*reading.READABLE, *PARAMETERS})]
                + [_eligibility(settings)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def _resource(name: str) -> dict[str, Any]:
    interactions = ["read"]
    if name in storing.STORABLE:
        interactions.append("vread")
    if name in records.TABLES:
        interactions.append("history-instance")
    if name in PARAMETERS:
        interactions += ["create", "search-type"]
    entry: dict[str, Any] = {
        "type": name,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned" if name in storing.STORABLE else "no-version",
    }
    if searched := [item for item in PARAMETERS.get(name, ()) if not {":", "."} & set(item.name)]:
        entry["searchParam"] = [{"name": item.name, "type": item.type} for item in searched]
    return entry


def _eligibility(settings: Settings) -> dict[str, Any]:
    definition = f"{settings.fhir_url}/OperationDefinition/CoverageEligibilityRequest-submit"
    return {
        "type": "CoverageEligibilityRequest",
        "operation": [{"name": "submit", "definition": definition}],
    }
