"""FHIR R4 back to the national rows, and to the record that is read from them.

Whoever made the resource: what it does not say is absent, what has no home with us is passed over.
Rows come back without empty fields, in the official order; MA_LK of a line is that of its claim.
"""

from bhyt.errors import MissingElement, WrongResource
from bhyt.national.events import read_birth, read_check_in, read_death
from bhyt.national.problems import Findings
from bhyt.national.visits import read_visit
from bhyt.r4.claim import claim_rows
from bhyt.r4.dossier import dossier_rows
from bhyt.r4.index import index
from bhyt.r4.systems import Element
from bhyt.records.content import Record
from bhyt.records.row import Row

_LINES = frozenset({"XML2", "XML3"})


def rows_of_resource(resource: Element, dossier: Element | None = None) -> tuple[Row, ...]:
    """Return the national rows of a claim (with the Bundle of its other tables), check-in, birth or death.

    A claim gives XML1, then its lines, then the rows of `dossier` in its order; a `collection` Bundle
    alone gives its own rows. Raises WrongResource: none of these, or `dossier` is not such a Bundle.
    """
    if resource.get("resourceType") == "Claim":
        return claim_rows(resource) + (dossier_rows(dossier) if dossier else ())
    return dossier_rows(resource)


def record_of_resource(resource: Element, dossier: Element | None = None) -> Record:
    """Return the record of a Claim, a check-in Encounter, or a birth or death document.

    Raises WrongResource: it is none of these; MissingElement: the record cannot be read from it.
    `read_resource` tells everything that is wrong.
    """
    findings = Findings(1)
    record = read_resource(resource, findings, dossier=dossier)
    if record is None:
        named = next((problem.field for problem in findings.problems if problem.field), None)
        raise MissingElement(f"{resource.get('resourceType')} ({named})")
    return record


def read_resource(resource: Element, findings: Findings, *, dossier: Element | None = None) -> Record | None:
    """Return the record of a resource, or None when `findings` then holds an error.

    The rows are read by the same reader as those of a national file. Raises WrongResource: the
    resource is no record of ours.
    """
    filed = index(resource)
    if filed is None:
        raise WrongResource("Claim, Encounter, birth or death document")
    rows = rows_of_resource(resource, dossier)
    header = rows[0]
    match filed.kind:
        case "claim":
            lines = [row for row in rows if row.table in _LINES]
            return read_visit(header, lines, findings)
        case "birth":
            return read_birth(header, findings, facility=filed.facility or "")
        case "death":
            return read_death(header, findings)
        case "check-in":
            return read_check_in(header, findings)
