"""What a record alone shows to be wrong: the rules that need nothing but the file.

One function for each kind of record. They note what they find and change nothing; they know no
clock, so nothing is ever "in the future". The hospital runs them before it sends and the gateway
after it received, with the same findings. docs/checks.md lists the rules and why each is an error
or a warning.
"""

from bhyt.checks.interim import Findings, Generation
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.death import Death
from bhyt.records.visit import Visit


def check_claim(visit: Visit, findings: Findings, *, generation: Generation, births: int) -> None:
    """Note what is wrong with a claim; `births` is how many rows of XML9 came with it."""


def check_birth(birth: Birth, findings: Findings, *, generation: Generation) -> None:
    """Note what is wrong with a birth certificate (XML9 or GIAYCHUNGSINH)."""


def check_death(death: Death, findings: Findings, *, generation: Generation) -> None:
    """Note what is wrong with a death notice."""


def check_check_in(check_in: CheckIn, findings: Findings, *, generation: Generation) -> None:
    """Note what is wrong with a check-in."""
