"""FHIR R4 back to the national rows, and to the record that is read from them.

Whoever made the resource: what it does not say is absent, what has no home with us is passed over.
Rows come back without empty fields, in the official order; MA_LK of a line is that of its claim.
"""

from bhyt.checks import check_claim
from bhyt.errors import MissingElement, WrongResource
from bhyt.national.events import read_birth, read_check_in, read_death
from bhyt.national.generation import generation_of
from bhyt.national.outcomes import ReadRecord, outcome
from bhyt.national.visits import read_visit
from bhyt.problems import Findings
from bhyt.r4.birth import birth_row
from bhyt.r4.checkin import check_in_row
from bhyt.r4.claim import claim_rows
from bhyt.r4.death import death_row
from bhyt.r4.dossier import dossier_rows
from bhyt.r4.index import Indexed, index
from bhyt.r4.systems import Element
from bhyt.records.content import Record
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation

_LINES = frozenset({"XML2", "XML3"})
_RECORDS = "Claim, Encounter, birth or death document"


def rows_of_resource(resource: Element, dossier: Element | None = None) -> tuple[Row, ...]:
    """Return the national rows of a claim (with the Bundle of its other tables), check-in, birth or death.

    A claim gives XML1, then its lines, then the rows of `dossier` in its order; a `collection` Bundle
    alone gives its own rows. Raises WrongResource: none of these, or `dossier` is not such a Bundle.
    """
    filed = index(resource)
    if filed is None:
        return dossier_rows(resource)
    match filed.kind:
        case "claim":
            return claim_rows(resource) + (dossier_rows(dossier) if dossier else ())
        case "birth":
            return (birth_row(resource),)
        case "death":
            return (death_row(resource),)
        case "check-in":
            return (check_in_row(resource),)


def record_of_resource(resource: Element, dossier: Element | None = None) -> Record:
    """Return the record of a Claim, a check-in Encounter, or a birth or death document.

    Raises WrongResource: it is none of these; MissingElement: no record can be read from it, the
    first field that keeps it from being one is named. `read_resource` tells everything.
    """
    record, findings, _ = _read(resource, dossier, number=1, generation=None)
    if record is None:
        wrong = next(problem for problem in findings.problems if problem.severity == "error")
        raise MissingElement(f"{resource['resourceType']} ({wrong.where})")
    return record


def read_resource(
    resource: Element,
    dossier: Element | None = None,
    *,
    number: int = 1,
    generation: Generation | None = None,
    births: int = 0,
) -> ReadRecord:
    """Return what becomes of a resource when its rows are read and checked as those of a national file are.

    `number` is its place among others, `births` how many certificates came with a claim. Raises
    WrongResource: it is no record of ours.
    """
    record, findings, chosen = _read(resource, dossier, number=number, generation=generation)
    if isinstance(record, Visit):
        check_claim(record, findings, generation=chosen, births=births)
    return outcome(findings, record, generation=chosen)


def _read(
    resource: Element, dossier: Element | None, *, number: int, generation: Generation | None
) -> tuple[Record | None, Findings, Generation]:
    """Read the record, None if the findings tell why not. Raises WrongResource: it is no record of ours."""
    filed = index(resource)
    if filed is None:
        raise WrongResource(_RECORDS)
    rows = rows_of_resource(resource, dossier)
    firsts = {row.table: row for row in reversed(rows)}
    chosen = generation or generation_of(firsts.values(), None)
    findings = Findings(number, filed.kind, filed.business_key)
    return _record(filed, rows, findings, generation=chosen), findings, chosen


def _record(
    filed: Indexed, rows: tuple[Row, ...], findings: Findings, *, generation: Generation
) -> Record | None:
    """Read the rows, the first of which is the record's own."""
    header = rows[0]
    match filed.kind:
        case "claim":
            lines = [row for row in rows[1:] if row.table in _LINES]
            others = [row for row in rows[1:] if row.table not in _LINES]
            return read_visit(header, lines, findings, generation=generation, others=others)
        case "birth":
            return read_birth(header, findings, facility=filed.facility or "", generation=generation)
        case "death":
            return read_death(header, findings, generation=generation)
        case "check-in":
            return read_check_in(header, findings, generation=generation)
