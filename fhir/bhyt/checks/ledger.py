"""Stated amounts beside computed ones: what is equal, what is rounding, what is wrong (benefits.md 6).

Amounts have two decimals and are rounded half up, a line at a time. Many hospitals round or cut to
whole đồng instead; that is recorded and refused by nobody.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce

from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.numbers import any_number
from bhyt.records.row import Row

CENT = Decimal("0.01")
"""What a correctly rounded line may differ by, in VND."""

HALF_A_CENT = CENT / 2
"""An amount up to this is nothing: binary fractions leave such residues (-1.8E-12)."""

DONG = Decimal(1)
"""A smaller difference is rounding: noted as a warning, whatever the rule."""

PERCENT = Decimal("0.01")

EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
"""Holds the product of four numbers of 38 digits, the longest that are read, without loss."""


def number_of(row: Row, name: str) -> Decimal | None:
    """Return a number of the row, None if it is absent or none."""
    text = row.values.get(name)
    return None if text is None else any_number(text)


def product(*factors: Decimal) -> Decimal:
    """Return the exact product."""
    return reduce(EXACT.multiply, factors)


def is_nothing(amount: Decimal) -> bool:
    """Say whether an amount is 0 but for what binary fractions leave."""
    return abs(amount) <= HALF_A_CENT


def apart(one: Decimal, other: Decimal) -> Decimal:
    """Return the distance between two amounts."""
    return abs(EXACT.subtract(one, other))


def nearest(stated: Decimal, candidates: list[Decimal]) -> Decimal:
    """Return the candidate that lies nearest to what is stated."""
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda candidate: apart(candidate, stated))


def written(amount: Decimal) -> str:
    """Return an amount as the files write it, with two decimals."""
    return f"{EXACT.quantize(amount, CENT):f}"


@dataclass(slots=True)
class Ledger:
    """Compares the amounts of one claim; a difference that is mere rounding is noted once a field."""

    findings: Findings
    rounded: Counter[str] = field(default_factory=Counter)

    def compare(
        self,
        code: str,
        row: Row,
        name: str,
        stated: Decimal,
        computed: Decimal,
        *,
        hard: bool = True,
        equal: Decimal = CENT,
        rounding: Decimal = DONG,
    ) -> bool:
        """Note where `stated` differs from `computed`; return False if by more than rounding.

        Up to `equal` from the rounded amount is silence, below `rounding` from the exact one the
        warning `claim.rounded`, all else `code`: an error, or a warning when the rule is not `hard`.
        """
        difference = apart(stated, computed)
        if difference <= HALF_A_CENT:
            return True
        of_rounded = apart(stated, EXACT.quantize(computed, CENT))
        if of_rounded <= equal and of_rounded < DONG:
            return True
        if difference < rounding or of_rounded <= equal:
            self.note_rounding(row, name, computed)
            return True
        note(self.findings, code, row, name, expected=written(computed), hard=hard)
        return False

    def note_rounding(self, row: Row, name: str, computed: Decimal) -> None:
        """Note an amount that only rounding keeps from being `computed`, the first time in a field."""
        self.rounded[name] += 1
        if self.rounded[name] == 1:
            note(self.findings, "claim.rounded", row, name, expected=written(computed), hard=False)
