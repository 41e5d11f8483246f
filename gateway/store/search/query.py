"""A search as asked, before any SQL: criteria, page size, cursor, and what was not understood."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.errors import RequestRefused
from gateway.store.search import parameters
from gateway.store.search.parameters import Parameter

DEFAULT_COUNT = 20
MAX_COUNT = 100
MAX_CRITERIA = 30
MAX_VALUES = 50
MAX_VALUE_CHARS = 200
_COMMA = re.compile(r"(?<!\\),")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter with its values, any of which may match."""

    parameter: Parameter
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Criteria that all must hold; `applied` are the pairs that links repeat."""

    resource_type: str
    criteria: tuple[Criterion, ...]
    applied: tuple[tuple[str, str], ...]
    count: int
    cursor: str | None


def read_query(resource_type: str, pairs: Sequence[tuple[str, str]], *, strict: bool) -> Query:
    """Return the search that the pairs of a query string ask for.

    An unknown parameter is left out, of the links too, unless `strict`.

    Raises RequestRefused: an unknown parameter under `strict`, a modifier that is not served, a value
    that is none, or more than the limits.
    """
    criteria: list[Criterion] = []
    applied: list[tuple[str, str]] = []
    if len(pairs) > MAX_CRITERIA:
        raise RequestRefused("request.search-value", f"more than {MAX_CRITERIA} parameters")
    for name, value in pairs:
        if name in parameters.CONTROL:
            continue
        parameter = parameters.find(resource_type, name)
        if parameter is not None:
            criteria.append(Criterion(parameter, _values(name, value)))
            applied.append((name, value))
        elif parameters.is_modifier_of_known(resource_type, name):
            raise RequestRefused("request.search-modifier", "the modifier is not served for this parameter")
        elif strict:
            raise RequestRefused("request.search-parameter", "the parameter is not served for this type")
    count = _count(_last(pairs, parameters.COUNT))
    if _last(pairs, parameters.COUNT) is not None:
        applied.append((parameters.COUNT, str(count)))
    return Query(resource_type, tuple(criteria), tuple(applied), count, _last(pairs, parameters.CURSOR))


def _values(name: str, text: str) -> tuple[str, ...]:
    values = tuple(value.replace("\\,", ",") for value in _COMMA.split(text))
    if len(values) > MAX_VALUES or any(not 0 < len(value) <= MAX_VALUE_CHARS for value in values):
        raise RequestRefused("request.search-value", f"{name[:40]} has an empty value, or too many")
    if "\x00" in text:
        raise RequestRefused("request.search-value", "a value holds a zero character")
    return values


def _count(text: str | None) -> int:
    if text is None:
        return DEFAULT_COUNT
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise RequestRefused("request.search-value", "_count must be a positive number")
    return min(int(text), MAX_COUNT)


def _last(pairs: Iterable[tuple[str, str]], name: str) -> str | None:
    return next((value for key, value in reversed(list(pairs)) if key == name), None)
