"""The typed values of one row, and every fault in them against the field list of its day.

Missing, ill-formed and doubled values are errors; a value that is too long, a code that is not
in its list and a field that only this case calls for are warnings, because the sources of the
lists disagree on them.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from bhyt.errors import BadDate, BadNumber, MissingField
from bhyt.problems import Findings
from bhyt.records.dates import PartialDate
from bhyt.records.row import Row
from bhyt.tables import find
from bhyt.tables.fields import Field, profile
from bhyt.tables.generations import Generation, generation_on

_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,6})?", re.ASCII)
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)

Value = str | int | Decimal | PartialDate

_T = TypeVar("_T")


class Values:
    """What a row says, typed: `text`, `number`, `integer`, `moment` by field name, None if absent."""

    def __init__(self, row: Row, typed: dict[str, tuple[Value, ...]]) -> None:
        self.row = row
        self._typed = typed

    def text(self, name: str) -> str | None:
        """Return a text or code as sent."""
        return self.row.text(name)

    def number(self, name: str) -> Decimal | None:
        """Return a decimal with the decimals as sent."""
        value = self._first(name)
        return value if isinstance(value, Decimal) else None

    def numbers(self, name: str) -> tuple[Decimal, ...]:
        """Return the decimals of a list."""
        return tuple(value for value in self._typed.get(name, ()) if isinstance(value, Decimal))

    def integer(self, name: str) -> int | None:
        """Return a whole number."""
        value = self._first(name)
        return value if isinstance(value, int) else None

    def moment(self, name: str) -> PartialDate | None:
        """Return a date or point in time."""
        value = self._first(name)
        return value if isinstance(value, PartialDate) else None

    def need_text(self, name: str) -> str:
        """Return a text that the record cannot be without. Raises MissingField: it is absent."""
        return self._needed(name, self.text(name))

    def need_number(self, name: str) -> Decimal:
        """Return a decimal that the record cannot be without. Raises MissingField: it is absent."""
        return self._needed(name, self.number(name))

    def need_integer(self, name: str) -> int:
        """Return a number that the record cannot be without. Raises MissingField: it is absent."""
        return self._needed(name, self.integer(name))

    def need_moment(self, name: str) -> PartialDate:
        """Return a date that the record cannot be without. Raises MissingField: it is absent."""
        return self._needed(name, self.moment(name))

    def _needed(self, name: str, value: _T | None) -> _T:
        """Return the value unless it is None."""
        if value is None:
            raise MissingField(self.row.table, self.row.line, name)
        return value

    def _first(self, name: str) -> Value | None:
        """Return the only or first value."""
        values = self._typed.get(name)
        return values[0] if values else None


def read_values(row: Row, findings: Findings, *, on: date, generation: Generation | None = None) -> Values:
    """Return the row's values by the profile of its generation; faults go to `findings`.

    Codes must hold on `on`. Without a generation the one that counts on `on` is taken.
    """
    typed: dict[str, tuple[Value, ...]] = {}
    for field in profile(row.table, generation or generation_on(on)):
        text = row.values.get(field.name)
        if text is None:
            if field.required != "no" and field.demanded(row.values):
                _missing(row, field, findings)
            continue
        if field.kind == "text" and not field.is_list and len(text) > (field.max_length or len(text)):
            findings.add(
                "record.too-long", severity="warning", table=row.table, line=row.line, name=field.name
            )
        if field.kind != "text" or field.codes:
            typed[field.name] = _typed(row, field, text, findings, on=on)
    _find_doubles(row, findings)
    return Values(row, typed)


def parse_number(text: str) -> Decimal:
    """Return a decimal as the tables write it: digits, one dot, at most six decimals.

    Raises BadNumber: anything else, thousands separators and commas included.
    """
    if not _NUMBER.fullmatch(text):
        raise BadNumber
    return Decimal(text)


def parse_integer(text: str) -> int:
    """Return a whole number of at most nine digits, which FHIR can hold.

    Raises BadNumber: anything else.
    """
    if not _INTEGER.fullmatch(text):
        raise BadNumber
    return int(text)


_PARSERS: dict[str, Callable[[str], Value]] = {
    "text": str,
    "code": str,
    "integer": parse_integer,
    "number": parse_number,
    "day": PartialDate.moment_from_national,
    "moment": PartialDate.moment_from_national,
    "birth": PartialDate.from_national,
}


def _typed(row: Row, field: Field, text: str, findings: Findings, *, on: date) -> tuple[Value, ...]:
    """Return the value or, of a list, the values; what cannot be read is noted and left out."""
    values: list[Value] = []
    for part in (part.strip() for part in text.split(";")) if field.is_list else (text,):
        if not part:
            continue
        try:
            values.append(_PARSERS[field.kind](part))
        except (BadDate, BadNumber) as error:
            findings.add(error.code, table=row.table, line=row.line, name=field.name)
            continue
        if field.codes and find(field.codes, part, on=on) is None:
            findings.add(
                "record.unknown-code", severity="warning", table=row.table, line=row.line, name=field.name
            )
    return tuple(values)


def _missing(row: Row, field: Field, findings: Findings) -> None:
    """Note a field that had to be filled."""
    if field.name == "MA_LK":
        findings.add("record.no-visit-id", table=row.table, line=row.line, name=field.name)
    elif field.required != "yes":
        findings.add(
            "record.missing-conditional-field",
            severity="warning",
            table=row.table,
            line=row.line,
            name=field.name,
        )
    else:
        findings.add("record.missing-field", table=row.table, line=row.line, name=field.name)


def _find_doubles(row: Row, findings: Findings) -> None:
    """Note fields that stand twice and disagree."""
    if len(row.fields) == len({name for name, _ in row.fields}):
        return
    for name, text in row.fields:
        if text.strip() and Row.of(row.table, row.line, [(name, text)]).text(name) != row.text(name):
            findings.add("record.field-twice", table=row.table, line=row.line, name=name)
