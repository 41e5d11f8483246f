"""One HOSO read as its claim, its births (XML9) and its check-ins (XML0)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bhyt.checks import check_claim
from bhyt.national.dossier import Dossier, read_dossier
from bhyt.national.events import birth_key, check_in_row_key, read_birth, read_check_in
from bhyt.national.generation import generation_of
from bhyt.national.outcomes import ReadRecord, outcome
from bhyt.national.outline import Outline
from bhyt.national.visits import read_visit
from bhyt.problems import Findings, Problem
from bhyt.records.content import RecordKind
from bhyt.records.row import Row
from bhyt.records.visit import UnknownTable
from bhyt.tables.generations import Generation, generations

LINE_TABLES = ("XML2", "XML3")
_OF_4210 = {"MA_THE", "MA_LYDO_VVIEN", "T_TONGCHI"}
_OWN = {"XML0", "XML1", *LINE_TABLES, "XML9"}


def read_claim(
    piece: bytes, found: Outline, *, number: int, generation: Generation | None
) -> Iterator[ReadRecord]:
    """Yield the claim of one HOSO, then its births and check-ins, each with its own outcome.

    If the dossier itself has an error, all of them are refused with it.
    """
    whole = Findings(number)
    dossier = read_dossier(piece, found.frame, whole)
    tables = dossier.tables()
    chosen = generation or generation_of((rows[0] for rows in tables.values() if rows), found.made_on)
    summaries = tables.get("XML1", ())
    if summaries and _OF_4210.issubset(summaries[0].names):
        whole = Findings(number)
        whole.add(
            "record.decision-4210", table="XML1", line=1, value="4210", expected=", ".join(generations())
        )
    _check_summary(summaries, found.facility, whole)
    key = dossier.visit_id
    facility = found.facility or (summaries[0].text("MA_CSKCB") if summaries else None) or ""
    problems = tuple(replace(problem, kind="claim", record_key=key) for problem in whole.problems)
    births, check_ins = tables.get("XML9", ()), tables.get("XML0", ())
    if whole.errors:
        yield ReadRecord(number, "claim", key, None, problems, chosen)
        yield from (_refused(row, number, chosen) for row in (*births, *check_ins))
        return
    unknown = tuple(_unknown(dossier))
    yield _claim(tables, unknown, Findings(number, "claim", key), problems, generation=chosen)
    for row in births:
        yield _birth(row, number, facility, generation=chosen)
    for row in check_ins:
        yield _check_in(row, number, generation=chosen)


def _unknown(dossier: Dossier) -> Iterator[UnknownTable]:
    """Yield the inner files that nobody can read and that are not empty.

    Base64 is wrapped anew by every export, and its line breaks say nothing; XML is kept to the letter.
    """
    for file in dossier.files:
        if file.layout is None or not file.layout.root:
            bare = "".join(file.content.split())
            if bare:
                xml = "<" in bare
                yield UnknownTable(file.table.strip().upper(), file.content.strip() if xml else bare)


def _claim(
    tables: Mapping[str, tuple[Row, ...]],
    unknown: tuple[UnknownTable, ...],
    findings: Findings,
    problems: tuple[Problem, ...],
    *,
    generation: Generation,
) -> ReadRecord:
    """Return the claim; `problems` are those of the dossier as a whole."""
    lines = [row for table in LINE_TABLES for row in tables.get(table, ())]
    others = [row for table, rows in tables.items() if table not in _OWN for row in rows]
    visit = read_visit(
        tables["XML1"][0], lines, findings, generation=generation, others=others, unknown=unknown
    )
    if visit is not None:
        check_claim(visit, findings, generation=generation, births=len(tables.get("XML9", ())))
    return outcome(findings, visit, before=problems, generation=generation)


def _birth(row: Row, number: int, facility: str, *, generation: Generation) -> ReadRecord:
    """Return the birth of one row of XML9."""
    findings = Findings(number, "birth", birth_key(row))
    birth = read_birth(row, findings, facility=facility, generation=generation)
    return outcome(findings, birth, generation=generation)


def _check_in(row: Row, number: int, *, generation: Generation) -> ReadRecord:
    """Return the check-in of one row of XML0."""
    findings = Findings(number, "check-in", check_in_row_key(row))
    check_in = read_check_in(row, findings, generation=generation)
    return outcome(findings, check_in, generation=generation)


def _check_summary(summaries: tuple[Row, ...], facility: str | None, whole: Findings) -> None:
    """Note a missing XML1, and one that is of another facility than the envelope."""
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
    key = birth_key(row) if kind == "birth" else check_in_row_key(row)
    problem = Problem(
        code="record.dossier-refused",
        dossier=number,
        kind=kind,
        record_key=key,
        table=row.table,
        line=row.line,
    )
    return ReadRecord(number, kind, key, None, (problem,), generation)
