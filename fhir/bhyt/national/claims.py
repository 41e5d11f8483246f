"""One HOSO read as its claim, its births (XML9) and its check-ins (XML0)."""

from collections.abc import Iterator
from dataclasses import replace

from bhyt.national.dossier import Dossier, read_dossier
from bhyt.national.events import birth_key, read_birth, read_check_in
from bhyt.national.outcomes import ReadRecord
from bhyt.national.outline import Outline
from bhyt.national.visits import read_visit
from bhyt.problems import Findings, Problem
from bhyt.records.content import RecordKind, business_key
from bhyt.records.row import Row
from bhyt.tables.generations import Generation

LINE_TABLES = ("XML2", "XML3")
_OWN_RECORDS = ("XML0", "XML1", *LINE_TABLES, "XML9")


def read_claim(
    piece: bytes, found: Outline, *, number: int, generation: Generation | None
) -> Iterator[ReadRecord]:
    """Yield the claim of one HOSO, then its births and check-ins, each with its own outcome.

    If the dossier itself has an error, all of them are refused with it.
    """
    whole = Findings(number)
    dossier = read_dossier(piece, found.frame, whole)
    chosen = generation or "3176"
    _check_summary(dossier, found.facility, whole)
    key = dossier.visit_id
    problems = tuple(replace(problem, kind="claim", record_key=key) for problem in whole.problems)
    if whole.errors:
        yield ReadRecord(number, "claim", key, None, problems, chosen)
        yield from (_refused(row, number, chosen) for row in (*dossier.rows("XML9"), *dossier.rows("XML0")))
        return
    findings = Findings(number, "claim", key)
    lines = [row for table in LINE_TABLES for row in dossier.rows(table)]
    visit = read_visit(dossier.rows("XML1")[0], lines, findings)
    yield ReadRecord(number, "claim", key, visit, (*problems, *findings.problems), chosen)
    for row in dossier.rows("XML9"):
        findings = Findings(number, "birth", birth_key(row))
        birth = read_birth(row, findings, facility=found.facility or "")
        yield ReadRecord(number, "birth", birth_key(row), birth, tuple(findings.problems), chosen)
    for row in dossier.rows("XML0"):
        findings = Findings(number, "check-in", row.text("MA_LK"))
        check_in = read_check_in(row, findings)
        named = business_key(check_in) if check_in else row.text("MA_LK")
        yield ReadRecord(number, "check-in", named, check_in, tuple(findings.problems), chosen)


def _check_summary(dossier: Dossier, facility: str | None, whole: Findings) -> None:
    """Note a missing XML1, and one that is of another facility than the envelope."""
    summaries = dossier.rows("XML1")
    if not summaries:
        if not whole.errors:
            whole.add("record.no-summary", table="XML1")
        return
    named = summaries[0].text("MA_CSKCB")
    if facility is not None and named not in {None, facility}:
        whole.add(
            "record.facility-differs", table="XML1", line=1, name="MA_CSKCB", value=named, expected=facility
        )


def _refused(row: Row, number: int, generation: Generation) -> ReadRecord:
    """Return the outcome of a birth or check-in whose dossier is refused as a whole."""
    kind: RecordKind = "birth" if row.table == "XML9" else "check-in"
    key = birth_key(row) if kind == "birth" else row.text("MA_LK")
    problem = Problem(
        code="record.dossier-refused",
        dossier=number,
        kind=kind,
        record_key=key,
        table=row.table,
        line=row.line,
    )
    return ReadRecord(number, kind, key, None, (problem,), generation)
