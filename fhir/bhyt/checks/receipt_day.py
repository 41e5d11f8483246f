"""What only a clock shows: a record of something that has not happened on the day it comes."""

from datetime import date
from typing import Final

from bhyt.checks.moments import day_before, moment_of
from bhyt.problems import Problem
from bhyt.records.dates import PartialDate
from bhyt.records.row import Row

CODE: Final = "record.in-future"

_HAPPENED: Final = ("NGAY_SINH_CON", "NGAY_TV", "NGAY_VAO", "NGAY_RA", "NGAY_TTOAN")
"""Fields that say when a birth, death, visit or its settlement was; each table has its own of them."""


def check_day(row: Row | None, *, today: date, number: int) -> Problem | None:
    """Return a warning of the first moment in a record's own row that lies behind the day `today`.

    A warning, for a computer's clock may be wrong too. `number` is that of its element in the file;
    `today` is a day in Vietnam, as are all moments of the row. A record of FHIR has no row.
    """
    if row is None:
        return None
    for name in _HAPPENED:
        moment = moment_of(row, name)
        if moment is not None and day_before(PartialDate(today.year, today.month, today.day), moment):
            return Problem(
                code=CODE,
                severity="warning",
                dossier=number,
                table=row.table,
                line=row.line,
                field=name,
                value=row.text(name),
                expected=f"<= {today:%Y%m%d}",
            )
    return None
