"""Records as FHIR R4 (4.0.1) resources, and back where the other side needs the record.

Resources are plain dicts with Decimals exactly as sent; each was accepted by its class of
`fhir.resources.R4B`, whose own dump would turn 1250.500 into 1250.5. Write them with
`bhyt.r4.wire.write`. Nothing here invents a time or an id: the same record is the same resource.
"""
