"""The systems that the gateway searches by, from bhyt's tables."""

from bhyt.r4.checkin import PRESENCE_RECEIPT as RECEIPT_NAME
from bhyt.r4.systems import code_url, extension_url, identifier_url

CITIZEN_ID = identifier_url("citizen-id")
INSURANCE_NUMBER = identifier_url("insurance-number")
INSURANCE_CARD = identifier_url("insurance-card")
PATIENT_NUMBER = identifier_url("patient-number")
FACILITY = identifier_url("facility")
VISIT = identifier_url("visit")
PRESENCE_RECEIPT = extension_url(RECEIPT_NAME)
PRESENCE_LEVEL = code_url("presence-level")
CLAIM_INFORMATION = code_url("claim-information")
VERSION_REASON = extension_url("version-reason")
