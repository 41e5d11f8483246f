"""A criterion's value as a condition on a table's columns."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, not_, or_

from gateway import systems
from gateway.errors import RequestRefused
from gateway.numbers import Numbers
from gateway.store.search.parameters import Parameter
from gateway.timespan import Span, span

Column = Any  # an instrumented attribute; SQLAlchemy types each by its value
PersonOf = Callable[[str], Numbers]
DOCUMENT_TYPES = {"64297-5": "death", "birth-certificate": "birth"}
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(\d.*)", re.DOTALL)


def condition(table: Any, parameter: Parameter, value: str, person_of: PersonOf) -> ColumnElement[bool]:
    """Return the condition that `value` puts on `table`.

    Raises RequestRefused: the value is not of the parameter's type.
    """
    if parameter.kind == "patient":
        return _patient(table, value, person_of)
    if parameter.type == "date":
        return _date(*_date_columns(table, parameter), value)
    return _TOKENS[parameter.kind](table, parameter, value)


def _date_columns(table: Any, parameter: Parameter) -> tuple[Column, Column]:
    """Return where a date begins and ends; for the instant of the last change both are one column."""
    if parameter.kind == "instant":
        updated = table.updated_at if hasattr(table, "updated_at") else table.received_at
        return updated, updated
    return getattr(table, f"{parameter.column}_low"), getattr(table, f"{parameter.column}_high")


def _id(table: Any, parameter: Parameter, value: str) -> ColumnElement[bool]:
    del parameter
    try:
        return _is(table.id == UUID(value))
    except ValueError:
        return false()


def _token(table: Any, parameter: Parameter, value: str) -> ColumnElement[bool]:
    named, bar, code = value.rpartition("|")
    if bar and parameter.system and named != parameter.system:
        return false()
    return _is(getattr(table, parameter.column) == code)


def _bundle(table: Any, parameter: Parameter, value: str) -> ColumnElement[bool]:
    del parameter
    match value.rpartition("|")[2]:
        case "document":
            return _is(table.kind != "dossier")
        case "collection":
            return _is(table.kind == "dossier")
        case _:
            return false()


def _document(table: Any, parameter: Parameter, value: str) -> ColumnElement[bool]:
    del parameter
    kind = DOCUMENT_TYPES.get(value.rpartition("|")[2])
    return _is(table.kind == kind) if kind else false()


def _person(table: Any, parameter: Parameter, value: str) -> ColumnElement[bool]:
    del parameter
    system, _, number = value.rpartition("|")
    by_card = table.insurance_number == number[5:] if len(number) == 15 else false()
    known: dict[str, ColumnElement[bool]] = {
        systems.CITIZEN_ID: table.national_id == number,
        systems.INSURANCE_NUMBER: table.insurance_number == number,
        systems.INSURANCE_CARD: by_card,
        "": or_(table.national_id == number, table.insurance_number == number, by_card),
    }
    return known.get(system, false())


def _patient(table: Any, value: str, person_of: PersonOf) -> ColumnElement[bool]:
    reference = value if value.startswith("Patient/") else f"Patient/{value}"
    person = person_of(reference)
    ways = []
    if hasattr(table, "patient"):
        ways.append(table.patient == reference)
    if person.national_id:
        ways.append(table.national_id == person.national_id)
    if person.insurance_number:
        ways.append(table.insurance_number == person.insurance_number)
    return or_(*ways) if ways else false()


def _facility(table: Any, parameter: Parameter, value: str) -> ColumnElement[bool]:
    del parameter
    system, bar, code = value.rpartition("|")
    if bar and system not in {systems.FACILITY, ""}:
        return false()
    return _is(table.facility == code.removeprefix("Organization/"))


def _date(low: Column, high: Column, value: str) -> ColumnElement[bool]:
    """Compare spans of time as FHIR R4 §3.1.1.4.7 says; `low` and `high` are one column for an instant."""
    match = _PREFIXED.fullmatch(value)
    try:
        asked = span(match[2] if match else "")
    except ValueError as error:
        raise RequestRefused("request.search-value", "not a date with a served prefix") from error
    prefix = (match[1] if match else None) or "eq"
    return _of_instant(low, prefix, asked) if low is high else _of_span(low, high, prefix, asked)


def _of_instant(moment: Column, prefix: str, asked: Span) -> ColumnElement[bool]:
    within = and_(moment >= asked.low, moment < asked.high)
    conditions: dict[str, ColumnElement[bool]] = {
        "eq": within,
        "ne": not_(within),
        "gt": moment >= asked.high,
        "sa": moment >= asked.high,
        "lt": moment < asked.low,
        "eb": moment < asked.low,
        "ge": moment >= asked.low,
        "le": moment < asked.high,
    }
    return conditions[prefix]


def _of_span(low: Column, high: Column, prefix: str, asked: Span) -> ColumnElement[bool]:
    within = and_(low >= asked.low, high <= asked.high)
    conditions: dict[str, ColumnElement[bool]] = {
        "eq": within,
        "ne": not_(within),
        "gt": high > asked.high,
        "sa": low >= asked.high,
        "lt": low < asked.low,
        "eb": high <= asked.low,
        "ge": or_(within, high > asked.high),
        "le": or_(within, low < asked.low),
    }
    return conditions[prefix]


def _is(expression: Any) -> ColumnElement[bool]:
    """Give a comparison of columns the type that SQLAlchemy's own operators lose on `Any`."""
    typed: ColumnElement[bool] = expression
    return typed


_TOKENS: dict[str, Callable[[Any, Parameter, str], ColumnElement[bool]]] = {
    "id": _id,
    "key": _token,
    "code": _token,
    "bundle": _bundle,
    "document": _document,
    "person": _person,
    "facility": _facility,
}
