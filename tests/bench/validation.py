"""Validating a claim against parsing it with R4B's classes: `python -m tests.bench.validation`.

The claim has 30 lines with four extensions each, as ours have. Ratios matter,
not the microseconds of this machine.
"""

import copy
import sys
import timeit
from collections.abc import Callable
from typing import Any

import orjson
from fhir.resources.R4B.claim import Claim

from bhyt.parsing import parse
from bhyt.validation import problems
from bhyt.validation.structure import validator
from tests.unit.validation.resources import BASE, valid

LINES = 30
EXTENSIONS = 4


def claim() -> bytes:
    """Return a valid claim of 30 lines with four extensions each."""
    resource = valid("Claim")
    line: dict[str, Any] = resource["item"][0]
    money = line["net"]
    line["extension"] = [
        {"url": f"{BASE}/StructureDefinition/line-{number}", "valueMoney": money}
        for number in range(EXTENSIONS)
    ]
    resource["item"] = [copy.deepcopy(line) | {"sequence": number} for number in range(1, LINES + 1)]
    return orjson.dumps(resource, default=float)


def main() -> None:
    """Print the times and the ratios."""
    data = claim()
    parsed = parse(data)
    check = validator("Claim")
    if problems(data):
        raise AssertionError("the claim of this benchmark must be valid")
    slow = _microseconds(lambda: Claim.model_validate_json(data), 10)
    out = sys.stdout.write
    out(f"claim of {LINES} lines, {EXTENSIONS} extensions a line: {len(data)} bytes\n")
    out(f"{'R4B parse':<34}{slow:>8.0f} µs\n")
    steps: list[tuple[str, Callable[[], object]]] = [
        ("problems(bytes)", lambda: problems(data)),
        ("  of which parse(bytes)", lambda: parse(data)),
        ("  of which jsonschema-rs", lambda: check.is_valid(parsed)),
        ("problems(parsed)", lambda: problems(parsed)),
        ("orjson.loads, not exact", lambda: orjson.loads(data)),
    ]
    for name, step in steps:
        time = _microseconds(step, 100)
        out(f"{name:<34}{time:>8.0f} µs   {time / slow:6.1%} of the R4B parse\n")


def _microseconds(step: Callable[[], object], times: int) -> float:
    return min(timeit.repeat(step, number=times, repeat=7)) / times * 1e6


if __name__ == "__main__":
    main()
