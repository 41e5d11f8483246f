"""Which generation a record of a file follows."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date

from bhyt.errors import BadDate
from bhyt.records.dates import day_from_national
from bhyt.records.row import Row
from bhyt.tables.choosing import choose_generation
from bhyt.tables.generations import Generation

_DATED = {"XML1": "NGAY_RA", "CHECKIN": "NGAY_VAO", "GIAYBAOTU": "NGAY_CAPGIAYBT", "GIAYCHUNGSINH": "NGAY_CT"}


def generation_of(firsts: Iterable[Row], made_on: date | None) -> Generation:
    """Return the generation of a record by the first row of each of its tables.

    `made_on` is the file's date; without one, the day on which the visit or document ends counts.
    """
    rows = {row.table: row for row in firsts}
    day = made_on or next((day for row in rows.values() if (day := _day(row)) is not None), None)
    return choose_generation(made_on=day, fields={table: dict(row.fields) for table, row in rows.items()})


def _day(row: Row) -> date | None:
    """Return the day of the visit or document, None if the row tells none."""
    with suppress(BadDate):
        return day_from_national(row.text(_DATED.get(row.table, "")) or "")
    return None
