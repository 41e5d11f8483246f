"""Which column of a sheet is which field, decided once for a file by its header row."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Literal, cast

from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets.codes import (
    Choice,
    card_number,
    free_text,
    number_as_text,
    short_code,
    yes_no,
)
from clinics.batch.sources.sheets.dates import DateRule
from clinics.batch.sources.sheets.numbers import count, grams
from clinics.batch.sources.sheets.typed import Cell, fold

SheetKind = Literal["births", "deaths", "checkins"]
Convert = Callable[[Cell], str]

SHEET_KINDS: tuple[SheetKind, ...] = ("births", "deaths", "checkins")
TABLES: Mapping[SheetKind, str] = {"births": "GIAYCHUNGSINH", "deaths": "GIAYBAOTU", "checkins": "CHECKIN"}
SHEET_NAMES: Mapping[SheetKind, str] = {
    "births": "Giấy chứng sinh",
    "deaths": "Giấy báo tử",
    "checkins": "Tiếp đón",
}
INSTRUCTIONS = "Hướng dẫn"
LISTS = "Danh mục"
ADDED_SHEETS = (INSTRUCTIONS, LISTS)
"""What the template has beside the sheet to fill."""

LEAST_COLUMNS = 3
"""How many columns must be known for a row to be the header of a sheet."""

_ID_LENGTHS = (9, 12)
_EXAMPLE_ID = "033095000001"


@dataclass(frozen=True, slots=True)
class Known:
    """A column that a sheet may have: official `field`, the template's `header`, how its cells are read.

    `rule` and `width` name the way of reading (columns.csv), `template` whether the template has it.
    """

    field: str
    header: str
    names: tuple[str, ...]
    rule: str
    width: int
    template: bool
    example: str
    help: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its place from 0, its header as it stands there, and its field."""

    index: int
    header: str
    field: str
    convert: Convert


@dataclass(frozen=True, slots=True)
class Plan:
    """What the columns of one sheet are; `unknown` are the headers that mean nothing to us."""

    kind: SheetKind
    columns: tuple[Column, ...]
    unknown: tuple[str, ...]

    def column(self, field: str) -> Column | None:
        """Return the column of a field, None if the file has none."""
        return next((column for column in self.columns if column.field == field), None)

    def header(self, field: str) -> str:
        """Return the header of a field as it stands in the file, else the template's."""
        if column := self.column(field):
            return column.header
        return next((known.header for known in known_columns(self.kind) if known.field == field), field)


@cache
def known_columns(kind: SheetKind) -> tuple[Known, ...]:
    """Return the columns that a sheet of this kind may have, in the template's order."""
    text = files(__package__).joinpath("columns.csv").read_text(encoding="utf-8")
    return tuple(
        Known(
            field=row["field"],
            header=row["header"],
            names=tuple(name for name in (row["field"], row["header"], *row["aliases"].split("|")) if name),
            rule=row["rule"],
            width=int(row["width"] or 0),
            template=row["template"] == "yes",
            example=row["example"],
            help=row["help"],
        )
        for row in csv.DictReader(text.splitlines())
        if row["sheet"] == kind
    )


def plan_of(header: Sequence[Cell], *, serials: bool = True) -> Plan | None:
    """Return the plan of a sheet whose header row this is; None if it is not one.

    The kind of sheet is the one that knows most of the headers. `serials`: see DateRule.

    Raises SourceRefused: two columns of one field, or as many headers of one kind as of another.
    """
    names = [fold(name) if isinstance(name, str) else "" for name in header]
    found = {kind: _matched(kind, names) for kind in SHEET_KINDS}
    ranked = sorted(SHEET_KINDS, key=lambda kind: len(found[kind]), reverse=True)
    kind, second = ranked[:2]
    if len(found[kind]) < LEAST_COLUMNS:
        return None
    if len(found[kind]) == len(found[second]):
        raise SourceRefused("sheet.kind-unclear")
    matched = found[kind]
    if len({known.field for known in matched.values()}) < len(matched):
        raise SourceRefused("sheet.column-twice")
    return Plan(
        kind,
        tuple(
            Column(index, _as_shown(header[index]), known.field, converter(known, serials=serials))
            for index, known in matched.items()
        ),
        tuple(_as_shown(header[index]) for index, name in enumerate(names) if name and index not in matched),
    )


def converter(known: Known, *, serials: bool = True) -> Convert:
    """Return how the cells of a column are read."""
    rule, _, table = known.rule.partition(":")
    if rule in {"day", "moment", "birth"}:
        one: Convert = DateRule(rule, known.width, serials).convert
    elif rule == "choice":
        one = _choice(table).convert
    else:
        one = _RULES[rule](known.width)
    return partial(_parts, one) if _is_list(known) else one


def _matched(kind: SheetKind, names: Sequence[str]) -> dict[int, Known]:
    """Return the columns that a kind of sheet knows, by their place."""
    known = _by_name(kind)
    return {index: known[name] for index, name in enumerate(names) if name in known}


@cache
def _by_name(kind: SheetKind) -> dict[str, Known]:
    return {fold(name): known for known in known_columns(kind) for name in known.names}


@cache
def _choice(table: str) -> Choice:
    return Choice.of(table)


def _id_number(_width: int) -> Convert:
    return partial(number_as_text, lengths=_ID_LENGTHS, expected=_EXAMPLE_ID)


def _full_number(width: int) -> Convert:
    """Return the reading of a number whose zeros in front may be lost: only a whole one is taken."""
    return partial(number_as_text, lengths=(width,), expected="0" * (width - 1) + "1")


_RULES: Mapping[str, Callable[[int], Convert]] = {
    "text": lambda _width: free_text,
    "count": lambda _width: count,
    "grams": lambda _width: grams,
    "yesno": lambda _width: yes_no,
    "card": lambda _width: card_number,
    "code": lambda width: partial(short_code, width=width),
    "id": _id_number,
    "insurance": _full_number,
    "facility": _full_number,
    "digits": _full_number,
}


def _is_list(known: Known) -> bool:
    return known.field in _LISTS


_LISTS = frozenset({"MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN"})


def _parts(convert: Convert, cell: Cell) -> str:
    """Read a cell with several values, parted by semicolons, as several cells."""
    if not isinstance(cell, str) or ";" not in cell:
        return convert(cell)
    return ";".join(convert(part) if (part := one.strip()) else "" for one in cell.split(";"))


def _as_shown(header: Cell) -> str:
    return " ".join(cast("str", header).split())[:100]
