"""Where each national field stands in FHIR: `tables/homes.csv`, and the rows made of what comes back.

A home is a FHIR path in words. The fields without one are printed with their reasons by
`python -m bhyt.r4.homes > docs/fields-without-a-home.md`; tests hold the table equal to what the
mapping does, in both directions. A field that is in no list of ours has no home.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bhyt.records.row import Row
from bhyt.tables import rows

_NUMBERED = frozenset({"XML1", "CHECKIN"})


@dataclass(frozen=True, slots=True)
class Home:
    """Where a field of a table stands; without a home (`path` empty), `reason` says why."""

    table: str
    field: str
    path: str
    reason: str


@cache
def homes() -> tuple[Home, ...]:
    """Return every field of every national table and generation, table by table in the official order."""
    return tuple(Home(row["table"], row["field"], row["home"], row["reason"]) for row in rows("homes"))


@cache
def fields_of(table: str) -> tuple[str, ...]:
    """Return the fields of a table that have a home, in the official order; none of an unknown table."""
    return tuple(home.field for home in homes() if home.table == table and home.path)


def row_of(table: str, line: int, values: Mapping[str, str]) -> Row:
    """Return the row of the values that belong to the table, in the official order, without empty ones.

    XML1 and the check-in have a number within their sending, which is no part of a record: each is
    the first of its own.
    """
    found = [(name, values[name]) for name in fields_of(table) if name in values]
    if table in _NUMBERED:
        found.insert(1, ("STT", "1"))
    return Row.of(table, line, found)


def document() -> str:
    """Return the page of the fields without a home."""
    lines = [
        "# Fields without a home in FHIR",
        "",
        "A national file read, turned into FHIR R4 and back has the same rows, apart from the fields below.",
        "The file itself is kept as it was sent, so nothing of it is lost with them.",
        "What comes back is the value as the reader takes it: without outer space, composed (NFC), once if",
        "it stood there twice. Empty fields come back absent; a written file has them as empty elements in",
        "the official order. White space other than space, tab and line break comes back as a space. A",
        "spelling that FHIR has no form for (`007`, `K01; K02`, `1995` for a day) stands beside its value,",
        "in the extension `as-sent`.",
        "",
        "| table | field | why |",
        "|---|---|---|",
        *(f"| {home.table} | `{home.field}` | {home.reason} |" for home in homes() if not home.path),
        "| every table | a field that no decision of the ministry names | its meaning is not known |",
        "| XML12 and unknown tables | all | no field list of theirs was published |",
        "",
        "Where every other field stands: `fhir/bhyt/tables/homes.csv`.",
        "This page is printed by `python -m bhyt.r4.homes`; a test holds the two equal.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
