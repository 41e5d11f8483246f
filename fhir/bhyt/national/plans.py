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
from bhyt.tables.codes import Span, code_days, code_rows, numeric_code_days
from bhyt.tables.fields import Field, profile
from bhyt.tables.generations import Generation

MAX_EXPECTED: Final = 100
"""The longest text that names the codes which may stand in a field."""

Step = tuple[int, Callable[[str], Value | None] | None, Mapping[str, tuple[Span, ...]] | None, Field]
"""The longest value that is surely not too long; what reads it; its codes; the field."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is checked in a row of one table: `always` and `sometimes` must be filled.

    `plain` are the steps of the fields that are judged as a whole, `lists` those whose parts are;
    `names` are all fields that the generation knows.
    """

    names: frozenset[str]
    always: frozenset[str]
    asked: tuple[Field, ...]
    sometimes: tuple[Field, ...]
    plain: Mapping[str, Step]
    lists: Mapping[str, Step]


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
        plain={field.name: _step(field) for field in fields if not _in_parts(field) and _checked(field)},
        lists={field.name: _step(field) for field in fields if _in_parts(field)},
    )


@cache
def expected_codes(table: str) -> str:
    """Return the codes of a table as text, the table's name if they are too many."""
    codes = ", ".join(dict.fromkeys(row["code"] for row in code_rows(table)))
    return codes if len(codes) <= MAX_EXPECTED else table


def _checked(field: Field) -> bool:
    """Say whether anything can be wrong with a value of the field."""
    return field.max_length is not None or field.kind != "text" or field.codes is not None


def _in_parts(field: Field) -> bool:
    """Say whether the parts of a list are more than text."""
    return field.is_list and (field.kind != "text" or field.codes is not None)


def _step(field: Field) -> Step:
    """Return the step of a field; the codes of a field that is a number are without leading zeros."""
    codes = None
    if field.codes is not None:
        codes = numeric_code_days(field.codes) if field.kind == "code" else code_days(field.codes)
    return field.max_length or sys.maxsize, READERS.get(field.kind), codes, field
