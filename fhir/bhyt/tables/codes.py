"""Whether a code is in its table on a day, prepared for many look-ups."""

from collections.abc import Mapping
from functools import cache

from bhyt.tables import rows

Span = tuple[str, str]
"""First and last day as ISO text; an empty first or a high last day is an open end."""

_OPEN_END = "9999-12-31"


@cache
def code_days(table: str) -> Mapping[str, tuple[Span, ...]]:
    """Return the days on which each code of a table holds. Raises FileNotFoundError: no such table."""
    days: dict[str, tuple[Span, ...]] = {}
    for row in rows(table):
        span = (row["valid_from"], row["valid_to"] or _OPEN_END)
        days[row["code"]] = (*days.get(row["code"], ()), span)
    return days


@cache
def numeric_code_days(table: str) -> Mapping[str, tuple[Span, ...]]:
    """Return the same by codes without leading zeros, for fields that are numbers: `01` is `1`."""
    days: dict[str, tuple[Span, ...]] = {}
    for code, spans in code_days(table).items():
        days[bare(code)] = (*days.get(bare(code), ()), *spans)
    return days


def bare(code: str) -> str:
    """Return a code without leading zeros, `0` if it is all zeros."""
    return code.lstrip("0") or "0"


def holds_on(spans: tuple[Span, ...], day: str) -> bool:
    """Say whether one of the spans holds the day (ISO text, which orders days)."""
    return any(first <= day <= last for first, last in spans)
