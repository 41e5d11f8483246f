"""Claims made of the sample's rows with some fields changed, and what the checks find in them."""

import re
from collections.abc import Mapping, Sequence

from bhyt.checks import check_claim
from bhyt.national.visits import read_visit
from bhyt.problems import Findings, Problem
from bhyt.records.row import Row
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation
from tests.unit.bhyt.samples import inner_files

Fields = Mapping[str, str]


def _rows(table: str) -> list[dict[str, str]]:
    """Return the rows of a sample table, one dict each, empty fields left out."""
    text = inner_files()[table]
    starts = [found.start() for found in re.finditer("<MA_LK>", text)]
    ends = [*starts[1:], len(text)]
    return [
        dict(re.findall(r"<([A-Z_0-9]+)>([^<]+)</\1>", text[start:end]))
        for start, end in zip(starts, ends, strict=True)
    ]


HEADER = _rows("XML1")[0]
DRUGS = _rows("XML2")
SERVICES = _rows("XML3")


def changed(row: Fields, **fields: str) -> dict[str, str]:
    """Return the row with these fields instead; an empty text takes a field away."""
    return {name: value for name, value in {**row, **fields}.items() if value}


def claim(
    header: Fields = HEADER,
    *,
    drugs: Sequence[Fields] = DRUGS,
    services: Sequence[Fields] = SERVICES,
    others: Sequence[Row] = (),
) -> Visit:
    """Return the claim of these rows, which have to be readable."""
    lines = [
        Row.of(table, number, row.items())
        for table, rows in (("XML2", drugs), ("XML3", services))
        for number, row in enumerate(rows, start=1)
    ]
    findings = Findings(1)
    summary = Row.of("XML1", 1, header.items())
    visit = read_visit(summary, lines, findings, generation="1931", others=others)
    assert visit is not None, findings.problems
    return visit


def found(visit: Visit, *, generation: Generation = "3176", births: int = 1) -> list[Problem]:
    """Return what the checks find in a claim, apart from the sample's own missing discharge paper."""
    findings = Findings(1, "claim", visit.visit_id)
    check_claim(visit, findings, generation=generation, births=births)
    return [problem for problem in findings.problems if problem.code != "claim.no-discharge-paper"]


def told(problems: Sequence[Problem]) -> list[tuple[str, str, str, str | None, str | None]]:
    """Return code, severity, place, value and expected value of each."""
    return [(one.code, one.severity, one.where, one.value, one.expected) for one in problems]


def only(
    visit: Visit, *, generation: Generation = "3176", births: int = 1
) -> tuple[str, str, str, str | None, str | None]:
    """Return the one thing that is found."""
    problems = told(found(visit, generation=generation, births=births))
    assert len(problems) == 1, problems
    return problems[0]


def alone(
    row: dict[str, str], *, generation: Generation = "3176"
) -> list[tuple[str, str, str, str | None, str | None]]:
    """Return what is found in a line that stands alone under totals made of its own figures."""
    drug = "DON_GIA" in row
    supply = not drug and row["MA_NHOM"] in {"10", "11"}
    header = changed(
        HEADER,
        T_THUOC=row["THANH_TIEN_BV"] if drug else "0",
        T_VTYT=row["THANH_TIEN_BV"] if supply else "0",
        T_TONGCHI_BV=row["THANH_TIEN_BV"],
        T_TONGCHI_BH=row["THANH_TIEN_BH"],
        T_BHTT_GDV=row["T_BHTT"],
        **{name: row[name] for name in ("T_BNTT", "T_BNCCT", "T_BHTT", "T_NGUONKHAC")},
    )
    visit = claim(header, drugs=[row] if drug else [], services=[] if drug else [row])
    return told(found(visit, generation=generation))
