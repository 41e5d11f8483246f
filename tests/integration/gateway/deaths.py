"""A death document as a facility sends it."""

from typing import Any

from tests.integration.gateway.world import HERE, MOTHER, SID, organization


def death(number: str = "GBT-1", *, facility: str = HERE, national_id: str = MOTHER) -> dict[str, Any]:
    """The skeleton of a death document."""
    person = {"system": f"{SID}/vn-cccd", "value": national_id}
    return {
        "resourceType": "Bundle",
        "identifier": {"system": f"{SID}/vn-gbt", "value": number},
        "type": "document",
        "timestamp": "2026-07-15T08:00:00+07:00",
        "entry": [
            {
                "fullUrl": "urn:uuid:0f4f6f3e-7a52-5f5c-9a7a-4f5d2b8c1a01",
                "resource": {
                    "resourceType": "Composition",
                    "status": "final",
                    "type": {"coding": [{"system": "http://loinc.org", "code": "64297-5"}]},
                    "subject": {"reference": "urn:uuid:0f4f6f3e-7a52-5f5c-9a7a-4f5d2b8c1a02"},
                    "date": "2026-07-15T08:00:00+07:00",
                    "author": [organization(facility)],
                    "title": "Giấy báo tử",
                    "custodian": organization(facility),
                },
            },
            {
                "fullUrl": "urn:uuid:0f4f6f3e-7a52-5f5c-9a7a-4f5d2b8c1a02",
                "resource": {"resourceType": "Patient", "identifier": [person]},
            },
        ],
    }
