"""The identifier systems that the gateway searches by, from bhyt's one table."""

from bhyt import tables


def _url(name: str) -> str:
    row = tables.find("identifier_systems", name, key="name")
    if row is None:
        raise LookupError(name)
    return row["url"]


CITIZEN_ID = _url("citizen-id")
INSURANCE_NUMBER = _url("insurance-number")
INSURANCE_CARD = _url("insurance-card")
PATIENT_NUMBER = _url("patient-number")
FACILITY = _url("facility")
VISIT = _url("visit")
CHECK_IN = _url("check-in")
BIRTH_CERTIFICATE = _url("birth-certificate")
DEATH_NOTICE = _url("death-notice")
SHA_256 = _url("sha-256")
VISIT_CATEGORY = f"{tables.BASE}/CodeSystem/visit-category"
PRESENCE_RECEIPT = f"{tables.BASE}/StructureDefinition/presence-receipt"
