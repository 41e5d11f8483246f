"""Stated amounts beside computed ones: what is equal, what is rounding, what is wrong (benefits.md 6).

Amounts have two decimals and are rounded half up, a line at a time. Many hospitals round to whole
đồng instead; that is recorded and refused by nobody.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import reduce

from bhyt.checks.notes import note
from bhyt.problems import Findings
from bhyt.records.row import Row

CENT = Decimal("0.01")
"""What a correctly rounded line may differ by, in VND."""

_HALF_A_CENT = CENT / 2

DONG = Decimal(1)
"""A smaller difference is rounding: noted as a warning, whatever the rule."""

PERCENT = Decimal("0.01")

_THIRD_DECIMAL = Decimal("0.0005")
"""What a quantity or unit price of three decimals may have lost before it was written."""

EXACT = Context(prec=120, rounding=ROUND_HALF_UP)
"""Holds the product of four numbers of 24 digits, the longest that the tables allow, without loss."""


def number_of(row: Row, name: str) -> Decimal | None:
    """Return a number of the row, None if it is absent or none."""
    text = row.values.get(name)
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def product(*factors: Decimal) -> Decimal:
    """Return the exact product."""
    return reduce(EXACT.multiply, factors)


def lost_decimals(value: Decimal) -> Decimal:
    """Return how much of `value` may be missing because it was rounded to three decimals before.

    A value whose third decimal is 0 was not cut there.
    """
    scaled = EXACT.scaleb(value, 2)
    return Decimal(0) if scaled == EXACT.to_integral_value(scaled) else _THIRD_DECIMAL


def nearest(stated: Decimal, candidates: list[Decimal]) -> Decimal:
    """Return the candidate that lies nearest to what is stated."""
    if len(candidates) == 1:
        return candidates[0]
    return min(candidates, key=lambda candidate: abs(EXACT.subtract(candidate, stated)))


def written(amount: Decimal) -> str:
    """Return an amount as the files write it, with two decimals."""
    return f"{EXACT.quantize(amount, CENT):f}"


@dataclass(slots=True)
class Ledger:
    """Compares the amounts of one claim; a difference that is mere rounding is noted once a field.

    `rounded` counts such differences by field.
    """

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

        Up to `equal` is silence, below `rounding` the warning `claim.rounded`, all else `code`: an
        error, or a warning when the rule is not `hard`.
        """
        if abs(EXACT.subtract(stated, computed)) <= _HALF_A_CENT:
            return True
        difference = abs(EXACT.subtract(stated, EXACT.quantize(computed, CENT)))
        if difference <= equal and difference < DONG:
            return True
        if difference < rounding or difference <= equal:
            self.rounded[name] += 1
            if self.rounded[name] == 1:
                note(self.findings, "claim.rounded", row, name, expected=written(computed), hard=False)
            return True
        note(self.findings, code, row, name, expected=written(computed), hard=hard)
        return False
