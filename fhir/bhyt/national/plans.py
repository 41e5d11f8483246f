"""A profile prepared for checking many rows: what to do with each field, decided once.

A plan holds one step for every field whose value can be wrong, so that a row is checked in one
pass over what stands in it. `bhyt.tables.schemas` says the same with marshmallow, and a test
holds both to the same findings.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from bhyt.national.forms import READERS, Value
from bhyt.tables import rows
from bhyt.tables.codes import Span, code_days, numeric_code_days
from bhyt.tables.fields import Field, profile
from bhyt.tables.generations import Generation

MAX_EXPECTED: Final = 100
"""The longest text that names the codes which may stand in a field."""

Step = tuple[int, Callable[[str], Value | None] | None, Mapping[str, tuple[Span, ...]] | None, Field]
"""The longest value that is surely not too long; what reads it; its codes; the field."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is checked in a row of one table: `always` and `sometimes` must be filled.

    `plain` are the steps of fields with one value, `lists` the fields with several; `names` are
    all fields that the generation knows.
    """

    names: frozenset[str]
    always: frozenset[str]
    asked: tuple[Field, ...]
    sometimes: tuple[Field, ...]
    plain: Mapping[str, Step]
    lists: Mapping[str, Field]


@cache
def plan(table: str, generation: Generation) -> Plan:
    """Return the plan of a table. Raises FileNotFoundError: the table has no field list."""
    fields = profile(table, generation)
    asked = tuple(field for field in fields if field.required in {"yes", "should"})
    return Plan(
        names=frozenset(field.name for field in fields),
        always=frozenset(field.name for field in asked),
        asked=asked,
        sometimes=tuple(field for field in fields if field.required == "if"),
        plain={field.name: _step(field) for field in fields if not field.is_list and _checked(field)},
        lists={field.name: field for field in fields if field.is_list and _checked(field)},
    )


@cache
def codes_of(field: Field) -> Mapping[str, tuple[Span, ...]] | None:
    """Return the codes that a field takes, without leading zeros where the field is a number."""
    if field.codes is None:
        return None
    return numeric_code_days(field.codes) if field.kind == "code" else code_days(field.codes)


@cache
def expected_codes(table: str) -> str:
    """Return the codes of a table as text, the table's name if they are too many."""
    codes = ", ".join(dict.fromkeys(row["code"] for row in rows(table)))
    return codes if len(codes) <= MAX_EXPECTED else table


def _checked(field: Field) -> bool:
    """Say whether anything can be wrong with a value of the field."""
    return field.max_length is not None or field.kind != "text" or field.codes is not None


def _step(field: Field) -> Step:
    """Return the step of a field with one value."""
    return field.max_length or sys.maxsize, READERS.get(field.kind), codes_of(field), field
