"""One row of a national table, with every field as it was received, known to us or not."""

import sys
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

KEPT_HEADERS = 1024
"""How many different rows of field names are kept; the rows of one system's table share one."""

MAX_KEPT_NAMES = 300
"""The longest row of field names that is kept; a table has at most 80."""

KEPT_LISTS = 4096
"""How many different texts of lists are kept with their parts; the same doctor stands on many lines."""

NULLS = frozenset(("NULL", "Null", "null"))
"""The word that programs write for a field without a value."""


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A row: its table (XML1, CHECKIN ...), its place among the rows (from 1), its fields in order.

    `names` and `texts` are what was received, to the letter; `values` holds the non-empty ones,
    without outer space and in NFC, the first one if a name stands twice (`has_doubles`). Databases
    write the word NULL for nothing: such a field is empty, and `null` names the first of them.
    """

    table: str
    line: int
    names: tuple[str, ...]
    texts: tuple[str, ...]
    values: Mapping[str, str] = field(compare=False)
    has_doubles: bool = field(compare=False)
    null: str | None = field(default=None, compare=False)

    @classmethod
    def of(cls, table: str, line: int, fields: Iterable[tuple[str, str]]) -> Self:
        """Return the row with these fields, in this order."""
        received = tuple(zip(*fields, strict=True)) or ((), ())
        header = received[0]
        names, has_doubles = _kept_header(header) if len(header) <= MAX_KEPT_NAMES else _header(header)
        return cls.received(table, line, names, received[1], has_doubles=has_doubles)

    @classmethod
    def received(
        cls,
        table: str,
        line: int,
        names: tuple[str, ...],
        texts: tuple[str, ...],
        *,
        has_doubles: bool = False,
    ) -> Self:
        """Return the row of a header that is known; `has_doubles` says whether a name stands twice in it."""
        if has_doubles:
            values = _first_of_each(zip(names, texts, strict=True))
        else:
            values = {name: value for name, text in zip(names, texts, strict=True) if (value := text.strip())}
        # Most rows are in NFC as a whole and say NULL nowhere, which is quicker to tell than of each value.
        together = "".join(values.values())
        if not unicodedata.is_normalized("NFC", together):
            values = {name: unicodedata.normalize("NFC", value) for name, value in values.items()}
        null = None
        if "NULL" in together or "null" in together or "Null" in together:
            null = next((name for name, value in values.items() if value in NULLS), None)
            values = {name: value for name, value in values.items() if value not in NULLS}
        return cls(table, line, names, texts, values, has_doubles, null)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return each name with its text."""
        return tuple(zip(self.names, self.texts, strict=True))

    def text(self, name: str) -> str | None:
        """Return the field's value, None if it is absent or empty."""
        return self.values.get(name)

    def parts(self, name: str) -> tuple[str, ...]:
        """Return the parts of a semicolon-separated field, empty parts kept between others."""
        value = self.values.get(name)
        return _parts(value) if value else ()


def _header(names: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Return the names, the same objects whenever they are the same, and whether one stands twice."""
    return tuple(map(sys.intern, names)), len(set(names)) < len(names)


_kept_header = lru_cache(KEPT_HEADERS)(_header)


@lru_cache(KEPT_LISTS)
def _parts(text: str) -> tuple[str, ...]:
    """Return the parts between semicolons."""
    return tuple(map(str.strip, text.split(";")))


def _first_of_each(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first value of each name that is not empty."""
    values: dict[str, str] = {}
    for name, text in fields:
        value = text.strip()
        if value and (name not in values or values[name] in NULLS):
            values[name] = value
    return values
