"""What the portal's result codes mean and what they call for: `results.csv`, by door and day.

The body's code decides, never the HTTP status: 200 with `maKetQua` 401 is a refusal.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, cast

Door = Literal["token", "eligibility", "claim", "document", "mcct"]
Handling = Literal[
    "ok",
    "attention",
    "ok-new-card",
    "reject",
    "config",
    "config-or-retry",
    "legacy",
    "retry",
    "fix",
    "auth",
    "ambiguous",
]


@dataclass(frozen=True, slots=True)
class Result:
    """One code of one door: what to do about it, and its meaning.

    `says` is the code under which an eligibility answer tells it, None where there is nothing to tell.
    """

    code: str
    handling: Handling
    says: str | None
    label_vi: str
    label_en: str


def result(door: Door, code: str, *, on: date) -> Result | None:
    """Return what the code means at this door on this day, None where nobody has told us."""
    day = on.isoformat()
    for row in _rows().get((door, code), ()):
        if row["valid_from"] <= day and (not row["valid_to"] or day <= row["valid_to"]):
            handling = cast("Handling", row["handling"])
            return Result(code, handling, row["says"] or None, row["label_vi"], row["label_en"])
    return None


@cache
def _rows() -> dict[tuple[str, str], list[dict[str, str]]]:
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    text = files(__package__).joinpath("results.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        found.setdefault((row["door"], row["code"]), []).append(row)
    return found
