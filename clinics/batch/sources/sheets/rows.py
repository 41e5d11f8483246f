"""Rows of a sheet -> rows of its national table, cell by cell as the plan says; the hot path.

Cells repeat: a month, a ward, the name of a doctor. What a text became in its column is remembered,
so that most cells cost one look-up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import compress, islice
from operator import getitem, itemgetter
from typing import Any, NamedTuple

from bhyt.problems import Problem, Severity
from bhyt.records.content import RecordKind
from bhyt.records.row import Row
from bhyt.tables.fields import all_fields
from clinics.batch.sources.refusals import UNREADABLE, SourceRefused
from clinics.batch.sources.sheets.columns import TABLES, Column, Plan, SheetKind, plan_of
from clinics.batch.sources.sheets.typed import Cell, CellRefused, shown

HEADER_ROWS = 20
"""Among how many rows the header is looked for; titles may stand above it."""

MAX_REMEMBERED = 20_000
"""How many texts of one column are remembered."""

RECORD_KINDS: Mapping[SheetKind, RecordKind] = {"births": "birth", "deaths": "death", "checkins": "check-in"}

_COUNTED = "STT"


class SheetRow(NamedTuple):
    """One row: its place as the person sees it (from 1), its cells, what they say, what is wrong with them.

    A cell that is an error among `faults` is not in `row`, which is then not whole.
    """

    line: int
    cells: Sequence[Cell]
    row: Row
    faults: tuple[Problem, ...]

    @property
    def whole(self) -> bool:
        """Say whether every cell could be read."""
        return not self.faults or all(fault.severity == "warning" for fault in self.faults)

    def __repr__(self) -> str:
        """Return the place alone: what stands in the cells is personal."""
        return f"SheetRow(line={self.line})"


class SheetRows:
    """The rows of one sheet below its header; `plan` says what its columns are.

    `shared` gives what a row says of a field where its own cell is empty; `serials`: see DateRule;
    `others`: see Sheet.

    Raises SourceRefused: no header among the first rows, two columns of one field, or a header
    that may be of two kinds of sheet.
    """

    def __init__(
        self,
        name: str,
        rows: Iterable[Sequence[Cell]],
        *,
        shared: Mapping[str, str],
        serials: bool,
        others: Sequence[str] = (),
    ) -> None:
        self.name = name
        self._others = others
        self._rows = enumerate(rows, start=1)
        self.plan, self._width, self._unnamed = self._find_header(serials=serials)
        self._table = TABLES[self.plan.kind]
        self._names = _field_names(self._table)
        given = {field: text for field, text in shared.items() if text and field in self._names}
        if self.plan.kind == "checkins":
            given[_COUNTED] = ""
        read = [column.field for column in self.plan.columns]
        # What a row says, slot by slot: its columns, then what it is given besides, then nothing.
        self._slots = [*read, *(field for field in given if field not in read), ""]
        self._given = [(self._slots.index(field), text) for field, text in given.items()]
        self._behind = [""] * (len(self._slots) - len(read))
        self._memories = [_Memory(column) for column in self.plan.columns]
        self._pick = _getter([column.index for column in self.plan.columns])
        places = {field: slot for slot, field in enumerate(self._slots)}
        self._in_order = _getter([places.get(name, len(places) - 1) for name in self._names])

    def __iter__(self) -> Iterator[SheetRow]:
        """Yield the rows that are not empty. Raises SourceRefused: see the readers of files."""
        number = 0
        for line, cells in self._rows:
            if any(cells):
                number += 1
                yield self.read(line, number, self._filled(cells))

    def cells(self, line: int) -> Sequence[Cell]:
        """Return the cells of a row further down; what stands before it is passed over.

        Raises SourceRefused: the sheet is another one than it was, and has no such row.
        """
        for here, cells in self._rows:
            if here == line:
                return self._filled(cells)
        raise SourceRefused(UNREADABLE)

    def warnings(self) -> Iterator[Problem]:
        """Yield what is not read: columns whose headers mean nothing to us, and other sheets."""
        for header in self.plan.unknown:
            yield Problem(
                code="sheet.unknown-column", severity="warning", dossier=0, table=self.name, field=header
            )
        for other in self._others:
            yield Problem(code="sheet.other-sheet", severity="warning", dossier=0, table=other)

    def read(self, line: int, number: int, cells: Sequence[Cell]) -> SheetRow:
        """Return one row; `number` counts the rows that are not empty."""
        picked = self._pick(cells)
        faults: list[Problem] = []
        try:
            said = list(map(getitem, self._memories, picked))
        except CellRefused:
            said = list(self._read_each(line, picked, faults))
        said += self._behind
        for slot, text in self._given:
            said[slot] = said[slot] or text or str(number)
        if self._unnamed or len(cells) > self._width:
            faults += self._stray_cells(line, cells)
        values = dict(compress(zip(self._slots, said, strict=True), said))
        row = Row(self._table, number, self._names, self._in_order(said), values, has_doubles=False)
        return SheetRow(line, cells, row, tuple(faults))

    def _filled(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """Return the cells with empty ones behind them, as many as the header has."""
        width = self._width
        return cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]

    def _read_each(self, line: int, picked: Sequence[Cell], faults: list[Problem]) -> Iterator[str]:
        """Yield what each cell says, nothing for those that are refused, which are noted."""
        for column, memory, cell in zip(self.plan.columns, self._memories, picked, strict=True):
            try:
                yield memory[cell]
            except CellRefused as refused:
                faults.append(self._refused(line, column, cell, refused))
                yield ""

    def _refused(self, line: int, column: Column, cell: Cell, refused: CellRefused) -> Problem:
        return self._fault(refused.code, line, cell, header=column.header, expected=refused.expected)

    def _fault(
        self,
        code: str,
        line: int,
        cell: Cell,
        *,
        severity: Severity = "error",
        header: str | None = None,
        expected: str | None = None,
    ) -> Problem:
        """Return what is wrong with a cell, at the place as the person sees it."""
        return Problem(
            code=code,
            severity=severity,
            dossier=line,
            kind=RECORD_KINDS[self.plan.kind],
            table=self.name,
            line=line,
            field=header,
            value=shown(cell),
            expected=expected,
        )

    def _stray_cells(self, line: int, cells: Sequence[Cell]) -> Iterator[Problem]:
        """Yield what stands under no header; behind the last header it means that cells were shifted."""
        for cell in islice(cells, self._width, None):
            if cell != "":
                yield self._fault("sheet.cells-shifted", line, cell)
                break
        for index in self._unnamed:
            if cells[index] != "":
                yield self._fault("sheet.no-column-name", line, cells[index], severity="warning")

    def _find_header(self, *, serials: bool) -> tuple[Plan, int, tuple[int, ...]]:
        """Return the plan, how many columns the header has, and which of them have no name."""
        for _line, cells in islice(self._rows, HEADER_ROWS):
            plan = plan_of(cells, serials=serials)
            if plan is not None:
                unnamed = tuple(index for index, name in enumerate(cells) if name == "")
                return plan, len(cells), unnamed
        raise SourceRefused("sheet.no-header")


@cache
def _field_names(table: str) -> tuple[str, ...]:
    """Return the names of a table's fields in the official order."""
    return tuple(dict.fromkeys(field.name for field in all_fields(table)))


def _getter(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return what picks several places of a sequence at once."""
    return itemgetter(*places)


class _Memory(dict[Cell, str]):
    """What the texts of one column became; numbers and dates are read each time, for 1 equals True."""

    def __init__(self, column: Column) -> None:
        super().__init__({"": ""})
        self._convert = column.convert

    def __missing__(self, cell: Cell) -> str:
        """Read a cell for the first time. Raises CellRefused: it says nothing certain."""
        found = self._convert(cell)
        if type(cell) is str and len(self) < MAX_REMEMBERED:
            self[cell] = found
        return found
