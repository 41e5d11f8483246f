"""Whether a code is in its table on a day, prepared for many look-ups."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from bhyt.tables import TableRow, rows

Span = tuple[str, str]
"""First and last day as ISO text; an empty first or a high last day is an open end."""

_OPEN_END = "9999-12-31"

ALWAYS: Final[tuple[Span, ...]] = (("", _OPEN_END),)
"""What a code has that holds on every day: this very tuple, so that it need not be looked into."""


@cache
def code_rows(table: str) -> tuple[TableRow, ...]:
    """Return the rows of a code table; `form_codes#yes-no` is one list of the table of short lists."""
    name, _, part = table.partition("#")
    return tuple(row for row in rows(name) if not part or row["list"] == part)


@cache
def code_days(table: str) -> Mapping[str, tuple[Span, ...]]:
    """Return the days on which each code of a table holds. Raises FileNotFoundError: no such table."""
    days: dict[str, tuple[Span, ...]] = {}
    for row in code_rows(table):
        span = (row["valid_from"], row["valid_to"] or _OPEN_END)
        days[row["code"]] = (*days.get(row["code"], ()), span)
    return {code: ALWAYS if spans == ALWAYS else spans for code, spans in days.items()}


@cache
def numeric_code_days(table: str) -> Mapping[str, tuple[Span, ...]]:
    """Return the same by codes without leading zeros, for fields that are numbers: `01` is `1`."""
    days: dict[str, tuple[Span, ...]] = {}
    for code, spans in code_days(table).items():
        number = bare(code)
        days[number] = (*days[number], *spans) if number in days else spans
    return days


def bare(code: str) -> str:
    """Return a code without leading zeros, `0` if it is all zeros."""
    return code.lstrip("0") or "0"


def holds_on(spans: tuple[Span, ...], day: str) -> bool:
    """Say whether one of the spans holds the day (ISO text, which orders days)."""
    return any(first <= day <= last for first, last in spans)
