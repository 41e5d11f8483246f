"""What a record alone shows to be wrong: the rules that need nothing but the file.

One function for each kind of record. They note what they find and change nothing; they know no
clock, so nothing is ever "in the future". The hospital runs them before it sends and the gateway
after it received, with the same findings. docs/checks.md lists the rules and why each is an error
or a warning.
"""

from collections.abc import Callable
from typing import Final

from bhyt.checks import companions, diagnoses, documents, structure, times
from bhyt.checks.money import check_money
from bhyt.problems import Findings
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.death import Death
from bhyt.records.visit import Visit
from bhyt.tables.generations import Generation

_CLAIM: Final[tuple[Callable[[Visit, Findings], None], ...]] = (
    structure.check_visit_id,
    structure.check_lines_present,
    structure.check_line_numbers,
    structure.check_beds,
    times.check_age,
    times.check_stay,
    times.check_lines,
    times.check_treatment_days,
    times.check_settlement_month,
    diagnoses.check_diagnoses,
    companions.check_death_notice,
)
_BIRTH: Final[tuple[Callable[[Birth, Findings], None], ...]] = (
    documents.check_birth_dates,
    documents.check_birth_figures,
    documents.check_birth_number,
)
_DEATH: Final[tuple[Callable[[Death, Findings], None], ...]] = (
    documents.check_death_dates,
    documents.check_death_numbers,
)
_CHECK_IN: Final[tuple[Callable[[CheckIn, Findings], None], ...]] = (
    times.check_age,
    times.check_admission,
)


def check_claim(visit: Visit, findings: Findings, *, generation: Generation, births: int) -> None:
    """Note what is wrong with a claim; `births` is how many rows of XML9 came with it."""
    for rule in _CLAIM:
        rule(visit, findings)
    check_money(visit, findings, generation=generation)
    companions.check_papers(visit, findings, generation=generation)
    companions.check_births(visit, findings, births=births)


def check_birth(birth: Birth, findings: Findings) -> None:
    """Note what is wrong with a birth certificate (XML9 or GIAYCHUNGSINH)."""
    for rule in _BIRTH:
        rule(birth, findings)


def check_death(death: Death, findings: Findings) -> None:
    """Note what is wrong with a death notice."""
    for rule in _DEATH:
        rule(death, findings)


def check_check_in(check_in: CheckIn, findings: Findings) -> None:
    """Note what is wrong with a check-in."""
    for rule in _CHECK_IN:
        rule(check_in, findings)
