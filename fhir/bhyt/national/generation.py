"""Which generation a record of a file follows."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from functools import lru_cache

from bhyt.errors import BadDate
from bhyt.records.dates import day_from_national
from bhyt.records.row import Row
from bhyt.tables.choosing import changed_fields, choose_generation
from bhyt.tables.generations import Generation

KEPT_CHOICES = 1024
"""For how many different records the choice is kept: those of one file have the same names and forms."""

_DATED = {"XML1": "NGAY_RA", "CHECKIN": "NGAY_VAO", "GIAYBAOTU": "NGAY_CAPGIAYBT", "GIAYCHUNGSINH": "NGAY_CT"}

# A table, the names that stand in its row, and the values of those fields whose form once changed.
_Seen = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]


def generation_of(firsts: Iterable[Row], made_on: date | None) -> Generation:
    """Return the generation of a record by the first row of each of its tables.

    `made_on` is the file's date; without one, the day on which the visit or document ends counts.
    """
    rows = tuple(firsts)
    day = made_on or next((day for row in rows if (day := _day(row)) is not None), None)
    return _chosen(day, tuple(map(_seen, rows)))


@lru_cache(KEPT_CHOICES)
def _chosen(day: date | None, seen: tuple[_Seen, ...]) -> Generation:
    """Return the generation for what was seen of a record."""
    fields = {table: {**dict.fromkeys(names, ""), **dict(values)} for table, names, values in seen}
    return choose_generation(made_on=day, fields=fields)


def _seen(row: Row) -> _Seen:
    """Return what the choice depends on."""
    changed = changed_fields(row.table)
    return row.table, row.names, tuple((name, row.values[name]) for name in changed if name in row.values)


def _day(row: Row) -> date | None:
    """Return the day of the visit or document, None if the row tells none."""
    with suppress(BadDate):
        return day_from_national(row.text(_DATED.get(row.table, "")) or "")
    return None
