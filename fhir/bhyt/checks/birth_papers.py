"""Two papers about one birth, XML9 and the certificate of 2025 (GIAYCHUNGSINH): do they tell the same?

Only what both tell is compared, as exactly as both tell it; which facts, says `tables/birth_facts.csv`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from bhyt.checks.moments import surely_before
from bhyt.errors import BadDate
from bhyt.problems import Findings, Problem, Severity
from bhyt.records.dates import PartialDate
from bhyt.records.numbers import plain_number
from bhyt.records.person import NATIONAL_SEX, id_document, same_name
from bhyt.records.row import Row
from bhyt.tables import rows

CERTIFICATE: Final = "GIAYCHUNGSINH"
"""The table of the certificate that the facility signs: the stronger one of the two papers."""


def contradictions(paper: Row, other: Row) -> tuple[Problem, ...]:
    """Return each fact of which two papers about a birth, one of either table, tell different things.

    `value` is what `paper` tells, `expected` what `other` does. An error is a fact by which the birth
    is known (the child's sex, the time, the mother), a warning any other one.
    """
    findings = Findings(0, "birth")
    for fact in rows("birth_facts"):
        name = fact[paper.table.lower()]
        told, known = paper.text(name), other.text(fact[other.table.lower()])
        if told is not None and known is not None and _WAYS[fact["compare"]](told, known):
            severity: Severity = "error" if fact["severity"] == "error" else "warning"
            findings.add(
                "birth.papers-differ",
                severity=severity,
                table=paper.table,
                name=name,
                value=told,
                expected=known,
            )
    return tuple(findings.problems)


def facts_of(paper: Row) -> Row:
    """Return a paper with nothing but the facts that are compared, to be remembered."""
    names = [fact[paper.table.lower()] for fact in rows("birth_facts")]
    return Row.of(paper.table, paper.line, [(name, paper.text(name) or "") for name in names])


def _texts_differ(one: str, other: str) -> bool:
    return one != other


def _sexes_differ(one: str, other: str) -> bool:
    """Compare two sexes; one that was not yet determined (3) says nothing."""
    known = {NATIONAL_SEX.get(one, "unknown"), NATIONAL_SEX.get(other, "unknown")}
    return known == {"male", "female"}


def _times_differ(one: str, other: str) -> bool:
    """Compare two moments as far as both are known: XML9 has minutes, the certificate seconds."""
    with suppress(BadDate):
        first, second = PartialDate.from_national(one), PartialDate.from_national(other)
        return surely_before(first, second) or surely_before(second, first)
    return False


def _citizen_ids_differ(one: str, other: str) -> bool:
    """Compare two citizen numbers; another kind of document is another number of the same person."""
    first, second = id_document(one).national_id, id_document(other).national_id
    return None not in {first, second} and first != second


def _numbers_differ(one: str, other: str) -> bool:
    first, second = plain_number(one), plain_number(other)
    return None not in {first, second} and first != second


def _names_differ(one: str, other: str) -> bool:
    return not same_name(one, other)


_WAYS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "citizen-id": _citizen_ids_differ,
    "name": _names_differ,
    "number": _numbers_differ,
    "sex": _sexes_differ,
    "text": _texts_differ,
    "time": _times_differ,
}
