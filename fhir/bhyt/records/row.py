"""One row of a national table, with every field as it was received, known to us or not."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row: its table (XML1, CHECKIN ...), its place among the rows (from 1), its fields in order.

    `fields` is what was received, to the letter; `values` holds the non-empty ones, without outer
    space and in NFC, the first one if a name stands twice.
    """

    table: str
    line: int
    fields: tuple[tuple[str, str], ...]
    values: Mapping[str, str] = field(compare=False)

    @classmethod
    def of(cls, table: str, line: int, fields: Iterable[tuple[str, str]]) -> Self:
        """Return the row with these fields, in this order."""
        received = tuple(fields)
        values: dict[str, str] = {}
        for name, text in received:
            value = text.strip()
            if value and name not in values:
                values[name] = value if value.isascii() else unicodedata.normalize("NFC", value)
        return cls(table, line, received, values)

    def text(self, name: str) -> str | None:
        """Return the field's value, None if it is absent or empty."""
        return self.values.get(name)

    def parts(self, name: str) -> tuple[str, ...]:
        """Return the parts of a semicolon-separated field, empty parts kept between others."""
        value = self.values.get(name)
        return tuple(part.strip() for part in value.split(";")) if value else ()
