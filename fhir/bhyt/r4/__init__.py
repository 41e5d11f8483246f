"""Records as FHIR R4 (4.0.1) resources, and back to the national rows and the record.

`bundle.resource_of` and `dossier.dossier_of` write, `rows.rows_of_resource`, `record_of_resource` and
`read_resource` read. Resources are plain dicts with Decimals exactly as sent; each was accepted by its
class of `fhir.resources.R4B`, whose own dump would turn 1250.500 into 1250.5. `bundle.element_of` and
`dossier.dossier_element` leave that class out, where thousands are made. Write them with
`bhyt.r4.wire.write`. Nothing here invents a time or an id: the same record is the same resource.
"""
