"""The fields of each national table: what a value looks like, when it must be there, which codes it takes.

The files `fields_<table>.csv` name a kind per field:
`text`, `code` (digits that mean something; `01` is `1`), `integer`, `number` (decimal, dot),
`day` (yyyyMMdd), `moment` (yyyyMMddHHmm), `birth` (partial date, 0000 for unknown).
A field with `list` holds several values, separated by semicolons. `required` is
`yes`, `should` (asked for, but the sources disagree or real systems cannot tell it), `if`, `no`.
A `condition` is a row of terms that must all hold: `FIELD` (filled), `!FIELD` (empty),
`FIELD=1|2`, `!FIELD=1|2`. `since` and `until` are generations, both included; a field that
changed has a row for each of its forms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from bhyt.tables import rows
from bhyt.tables.generations import Generation, generations_between

Kind = Literal["text", "code", "integer", "number", "day", "moment", "birth"]
Required = Literal["yes", "should", "if", "no"]

TABLES = (
    *("XML1", "XML2", "XML3", "XML4", "XML5", "XML6", "XML7", "XML8", "XML9", "XML10", "XML11"),
    *("XML13", "XML14", "XML15", "CHECKIN", "GIAYBAOTU", "GIAYCHUNGSINH"),
)
"""The tables that have a field list; XML12 exists on the portal only."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a condition: is the field filled, or one of `values`; turned round if `negated`."""

    field: str
    values: frozenset[str]
    negated: bool

    def holds(self, values: Mapping[str, str]) -> bool:
        """Say whether the term holds for a row's non-empty values; of a list one part is enough."""
        value = values.get(self.field)
        if value is None or not self.values or value in self.values:
            found = value is not None
        else:
            found = ";" in value and not self.values.isdisjoint(map(str.strip, value.split(";")))
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a national table; `max_length` None means unlimited, `codes` names its code table."""

    name: str
    kind: Kind
    max_length: int | None
    required: Required
    condition: tuple[Term, ...]
    is_list: bool
    codes: str | None
    since: str
    until: str

    def demanded(self, values: Mapping[str, str]) -> bool:
        """Say whether the field is asked for in a row with these non-empty values."""
        if self.required != "if":
            return self.required != "no"
        for term in self.condition:  # noqa: SIM110 - asked of every line of a claim; a generator costs twice
            if not term.holds(values):
                return False
        return True

    def generations(self) -> tuple[Generation, ...]:
        """Return the generations in which the field has this form."""
        return generations_between(self.since, self.until)


@cache
def all_fields(table: str) -> tuple[Field, ...]:
    """Return every form of every field of `table`, in the official order.

    Raises FileNotFoundError: the table has no field list.
    """
    return tuple(_field(row) for row in rows(f"fields_{table.lower()}"))


@cache
def profile(table: str, generation: Generation) -> tuple[Field, ...]:
    """Return the fields of `table` (XML1, CHECKIN ...) in a generation, in the official order.

    None where the generation does not have the table. Raises FileNotFoundError: no table has it.
    """
    return tuple(field for field in all_fields(table) if generation in field.generations())


def length(field: Field, text: str) -> int:
    """Return how long a value is; a number counts without the zeros that say nothing: `100.00` is 3."""
    if field.kind in {"number", "integer"} and not field.is_list and "." in text:
        return len(text.rstrip("0").rstrip("."))
    return len(text)


def fits(field: Field, text: str) -> bool:
    """Say whether a value is as long as its field allows, or shorter."""
    return field.max_length is None or length(field, text) <= field.max_length


def _field(row: Mapping[str, str]) -> Field:
    """Turn a row of the CSV into a field."""
    return Field(
        name=row["field"],
        kind=cast("Kind", row["kind"]),
        max_length=int(row["max_length"]) if row["max_length"] else None,
        required=cast("Required", row["required"]),
        condition=tuple(_term(term) for term in row["condition"].split()),
        is_list=row["list"] == "yes",
        codes=row["codes"] or None,
        since=row["since"],
        until=row["until"],
    )


def _term(text: str) -> Term:
    """Turn one term of a condition into its parts."""
    name, _, values = text.lstrip("!").partition("=")
    return Term(name, frozenset(values.split("|")) if values else frozenset(), text.startswith("!"))
