"""National field lists, code tables, rates and identifier systems, as dated rows of CSV.

Every table has `valid_from`, `valid_to` (both days included, empty means open) and `source`.
What the law changes is changed here and nowhere else.
"""

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

BASE = "https://tiepdon.example/fhir"
"""The canonical base of every system, extension and profile of the project."""

TableRow = Mapping[str, str]


def rows(name: str, *, on: date | None = None) -> tuple[TableRow, ...]:
    """Return the rows of the table `name` that hold on the day `on`, all of them if it is None.

    Raises FileNotFoundError: there is no such table.
    """
    if on is None:
        return _read(name)
    day = on.isoformat()
    return tuple(row for row in _read(name) if _holds(row, day))


def find(name: str, code: str, *, on: date | None = None, key: str = "code") -> TableRow | None:
    """Return the first row whose `key` is `code` among those that hold on `on`, or None."""
    day = on.isoformat() if on else None
    for row in _by_key(name, key).get(code, ()):
        if day is None or _holds(row, day):
            return row
    return None


def label(name: str, code: str) -> str | None:
    """Return what the code means, on whatever day, in Vietnamese; None if unknown."""
    row = find(name, code)
    return row["label_vi"] if row else None


def _holds(row: TableRow, day: str) -> bool:
    """Compare ISO days as text, which orders them."""
    return row["valid_from"] <= day and (not row["valid_to"] or day <= row["valid_to"])


@cache
def _read(name: str) -> tuple[TableRow, ...]:
    """Read a table once; the rows cannot be changed."""
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))


@cache
def _by_key(name: str, key: str) -> dict[str, tuple[TableRow, ...]]:
    """Group a table's rows by one column."""
    groups: dict[str, tuple[TableRow, ...]] = {}
    for row in _read(name):
        groups[row[key]] = (*groups.get(row[key], ()), row)
    return groups
