"""The values of a row, checked against the profile of its table and generation, and read by their kind.

Errors keep a record from being read: a missing, ill-formed or doubled value. What the national
portal may take or not are warnings: a text that is too long, an unknown code, an empty field
that the sources do not agree on or that only some cases call for, a field of no such name, a
number with an exponent, the word NULL.
docs/national-formats.md says why.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from bhyt.errors import MissingField
from bhyt.national.forms import FORMS, Value, fault
from bhyt.national.plans import Plan, Step, expected_codes, plan
from bhyt.problems import Findings, Severity
from bhyt.records.dates import PartialDate
from bhyt.records.numbers import exponent_number
from bhyt.records.row import Row
from bhyt.tables.codes import ALWAYS, Span, bare, holds_on
from bhyt.tables.fields import Field, fits
from bhyt.tables.generations import Generation

_T = TypeVar("_T")
_ZERO = Decimal(0)


class Values:
    """What a row says, typed: `text`, `number`, `integer`, `moment` by field name, None if absent."""

    def __init__(self, row: Row, typed: dict[str, Value | tuple[Value, ...]]) -> None:
        self.row = row
        self._texts = row.values
        self._typed = typed

    def text(self, name: str) -> str | None:
        """Return a text or code as sent."""
        return self._texts.get(name)

    def number(self, name: str) -> Decimal | None:
        """Return a decimal with the decimals as sent."""
        value = self._first(name)
        return value if isinstance(value, Decimal) else None

    def numbers(self, name: str) -> tuple[Decimal, ...]:
        """Return the decimals of a list."""
        found = self._typed.get(name, ())
        values = found if isinstance(found, tuple) else (found,)
        return tuple(value for value in values if isinstance(value, Decimal))

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
        value = self._texts.get(name)
        return value if value is not None else self._needed(name, value)

    def need_number(self, name: str) -> Decimal:
        """Return a decimal that the record cannot be without. Raises MissingField: it is absent."""
        value = self._typed.get(name)  # the usual case first: a claim has a hundred figures
        return value if isinstance(value, Decimal) else self._needed(name, self.number(name))

    def figure(self, name: str, *, empty_is_zero: bool) -> Decimal:
        """Return a decimal; one that is absent is 0 or, unless that is told, missed.

        Raises MissingField: it is absent and not 0.
        """
        value = self._typed.get(name)
        if isinstance(value, Decimal):
            return value
        value = self.number(name)
        return _ZERO if value is None and empty_is_zero else self._needed(name, value)

    def need_integer(self, name: str) -> int:
        """Return a number that the record cannot be without. Raises MissingField: it is absent."""
        return self._needed(name, self.integer(name))

    def need_moment(self, name: str) -> PartialDate:
        """Return a date that the record cannot be without. Raises MissingField: it is absent."""
        value = self._typed.get(name)
        return value if isinstance(value, PartialDate) else self._needed(name, self.moment(name))

    def _needed(self, name: str, value: _T | None) -> _T:
        """Return the value unless it is None."""
        if value is None:
            raise MissingField(self.row.table, self.row.line, name)
        return value

    def _first(self, name: str) -> Value | None:
        """Return the only or first value."""
        found = self._typed.get(name)
        if isinstance(found, tuple):
            return found[0] if found else None
        return found


def read_values(row: Row, findings: Findings, *, on: date, generation: Generation) -> Values:
    """Return the row's values by the profile of its generation; faults go to `findings`.

    Codes must hold on `on`. Raises FileNotFoundError: the row's table has no field list.
    """
    checked = _Checked(row, findings, on.isoformat())
    made = plan(row.table, generation)
    if not made.always <= row.values.keys():
        checked.find_gaps(made)
    if made.sometimes:
        checked.find_conditional_gaps(made)
    checked.read(made)
    if row.line == 1 and not row.values.keys() <= made.names:
        checked.find_unknown(made)
    if row.has_doubles:
        checked.find_doubles()
    if row.null is not None:
        checked.add("record.null-word", row.null, "NULL", severity="warning")
    return Values(row, checked.typed)


class _Checked:
    """One row while it is checked: what was read so far, and where faults go."""

    __slots__ = ("day", "findings", "row", "typed")

    def __init__(self, row: Row, findings: Findings, day: str) -> None:
        self.row = row
        self.findings = findings
        self.day = day
        self.typed: dict[str, Value | tuple[Value, ...]] = {}

    def find_gaps(self, made: Plan) -> None:
        """Note every field that had to be filled."""
        values = self.row.values
        for field in made.asked:
            if field.name in values:
                continue
            if field.name == "MA_LK":
                self.add("record.no-visit-id", field.name)
            elif field.required == "yes":
                self.add("record.missing-field", field.name)
            else:
                self.add("record.missing-conditional-field", field.name, severity="warning")

    def find_conditional_gaps(self, made: Plan) -> None:
        """Note every empty field that the row's other values call for."""
        values = self.row.values
        for field in made.sometimes:
            if field.name not in values and field.demanded(values):
                self.add("record.missing-conditional-field", field.name, severity="warning")

    def read(self, made: Plan) -> None:
        """Read every value that is more than text, and judge what each one looks like."""
        plain, lists, typed, day = made.plain.get, made.lists.get, self.typed, self.day
        for name, text in self.row.values.items():
            step = plain(name)
            if step is None:
                if (several := lists(name)) is not None:
                    self.read_list(several, text)
                continue
            limit, read, codes, field = step
            if read is not None:
                value = read(text)
                if value is None and (value := self.refuse(field, text)) is None:
                    continue
                typed[name] = value
            if len(text) > limit and not fits(field, text):
                self.add("record.too-long", name, text, str(limit), "warning")
            if codes is not None:
                spans = codes.get(text)
                if spans is not ALWAYS and (spans is None or not holds_on(spans, day)):
                    self.judge_code(field, text, codes)
            elif read is None and field.kind == "code" and not (text.isascii() and text.isdigit()):
                self.add("record.unknown-code", name, text, FORMS["code"], "warning")

    def read_list(self, step: Step, text: str) -> None:
        """Read each part of a list; what cannot be read is noted and left out."""
        limit, read, codes, field = step
        if len(text) > limit:
            self.add("record.too-long", field.name, text, str(limit), "warning")
        found: list[Value] = []
        for part in filter(None, map(str.strip, text.split(";"))):
            if read is not None:
                value = read(part)
                if value is not None or (value := self.refuse(field, part)) is not None:
                    found.append(value)
            if codes is not None:
                self.judge_code(field, part, codes)
        if read is not None:
            self.typed[field.name] = tuple(found)

    def refuse(self, field: Field, text: str) -> Value | None:
        """Note a value that cannot be read; zeros in a date that may be empty say that it is.

        Returns what it says all the same: a number with an exponent is only a warning.
        """
        number = exponent_number(text) if field.kind == "number" else None
        if number is not None:
            self.add("record.exponent-in-number", field.name, text, format(number, "f"), "warning")
            return number
        if field.required == "yes" or field.kind not in {"day", "moment", "birth"} or text.strip("0"):
            self.add(fault(field.kind, text), field.name, text, FORMS[field.kind])
        return None

    def judge_code(self, field: Field, text: str, codes: Mapping[str, tuple[Span, ...]]) -> None:
        """Note a code that is not in its table on the day; zeros in a field that may be empty are none."""
        code = bare(text) if field.kind == "code" else text
        if holds_on(codes.get(code, ()), self.day) or (field.required != "yes" and not text.strip("0")):
            return
        expected = expected_codes(field.codes) if field.codes else None
        self.add("record.unknown-code", field.name, text, expected, "warning")

    def find_unknown(self, made: Plan) -> None:
        """Note the fields that the generation does not know; once a table, as all its rows have them."""
        for name, text in self.row.values.items():
            if name not in made.names:
                self.add("record.unknown-field", name, text, severity="warning")

    def find_doubles(self) -> None:
        """Note fields that stand twice and disagree; the first one counts."""
        for name, text in self.row.fields:
            value = Row.of(self.row.table, self.row.line, [(name, text)]).text(name)
            first = self.row.text(name)
            if value is not None and value != first:
                self.add("record.field-twice", name, value, first)

    def add(
        self,
        code: str,
        name: str,
        value: str | None = None,
        expected: str | None = None,
        severity: Severity = "error",
    ) -> None:
        """Note a fault of the field `name`."""
        self.findings.add(
            code,
            severity=severity,
            table=self.row.table,
            line=self.row.line,
            name=name,
            value=value,
            expected=expected,
        )
