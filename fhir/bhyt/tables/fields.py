"""The fields of each national table: what a value looks like, when it must be there, which codes it takes.

The files `fields_<table>.csv` name a kind per field:
`text`, `code` (digits that mean something), `integer`, `number` (decimal, dot),
`day` (yyyyMMdd), `moment` (yyyyMMddHHmm), `birth` (partial date, 0000 for unknown).
A field with `list` holds several values, separated by semicolons. A `condition` is a row of
terms that must all hold: `FIELD` (filled), `!FIELD` (empty), `FIELD=1|2`, `!FIELD=1|2`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal, cast

from bhyt.tables import rows

Kind = Literal["text", "code", "integer", "number", "day", "moment", "birth"]
Required = Literal["yes", "no", "if"]


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a condition: is the field filled, or one of `values`; turned round if `negated`."""

    field: str
    values: frozenset[str]
    negated: bool

    def holds(self, values: Mapping[str, str]) -> bool:
        """Say whether the term holds for a row's non-empty values."""
        value = values.get(self.field)
        found = value in self.values if self.values else value is not None
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

    def demanded(self, values: Mapping[str, str]) -> bool:
        """Say whether the field must be filled in a row with these non-empty values."""
        if self.required == "if":
            return all(term.holds(values) for term in self.condition)
        return self.required == "yes"


@lru_cache(maxsize=512)
def field_list(table: str, on: date) -> tuple[Field, ...]:
    """Return the fields of `table` (XML1, CHECKIN, GIAYBAOTU ...) on a day, in the official order.

    Raises FileNotFoundError: the table has no field list.
    """
    return tuple(_field(row) for row in rows(f"fields_{table.lower()}", on=on))


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
    )


def _term(text: str) -> Term:
    """Turn one term of a condition into its parts."""
    name, _, values = text.lstrip("!").partition("=")
    return Term(name, frozenset(values.split("|")) if values else frozenset(), text.startswith("!"))
