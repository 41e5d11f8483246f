"""The records of Vietnamese health insurance and how they are written: national XML and FHIR R4."""
