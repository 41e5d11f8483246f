"""Rows of a sheet -> rows of its national table, cell by cell as the plan says; the hot path.

Cells repeat: a month, a ward, the name of a doctor. What a text became in its column is remembered,
so that most cells cost one look-up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from bhyt.problems import Problem, Severity
from bhyt.records.content import RecordKind
from bhyt.records.row import Row
from bhyt.tables.fields import all_fields
from clinics.batch.sources.refusals import SourceRefused
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

    `shared` gives what a row says of a field where its own cell is empty; `serials`: see DateRule.

    Raises SourceRefused: no header among the first rows, two columns of one field, or a header
    that may be of two kinds of sheet.
    """

    def __init__(
        self, name: str, rows: Iterable[Sequence[Cell]], *, shared: Mapping[str, str], serials: bool
    ) -> None:
        self.name = name
        self._rows = enumerate(rows, start=1)
        self.plan, self._width, self._unnamed = self._find_header(serials=serials)
        self._table = TABLES[self.plan.kind]
        self._fields = tuple(dict.fromkeys(field.name for field in all_fields(self._table)))
        self._shared = {field: text for field, text in shared.items() if text and field in self._fields}
        self._empty = [(field, "") for field in self._fields]
        self._places = {field: place for place, field in enumerate(self._fields)}
        self._columns = [
            (one, one.index, one.field, self._places[one.field], _Memory(one)) for one in self.plan.columns
        ]

    def __iter__(self) -> Iterator[SheetRow]:
        """Yield the rows that are not empty. Raises SourceRefused: see the readers of files."""
        width = self._width
        number = 0
        for line, cells in self._rows:
            if any(cells):
                number += 1
                filled = cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]
                yield self._read(line, number, filled)

    def unknown_columns(self) -> Iterator[Problem]:
        """Yield a warning for each column whose header means nothing to us: it is not read."""
        for header in self.plan.unknown:
            yield Problem(
                code="sheet.unknown-column", severity="warning", dossier=0, table=self.name, field=header
            )

    def _read(self, line: int, number: int, cells: Sequence[Cell]) -> SheetRow:
        """Return one row; `number` counts the rows that are not empty."""
        values: dict[str, str] = {}
        fields = self._empty.copy()
        faults: list[Problem] = []
        for column, index, field, place, memory in self._columns:
            cell = cells[index]
            if cell == "":
                continue
            try:
                text = memory[cell] if type(cell) is str else column.convert(cell)
            except CellRefused as refused:
                faults.append(self._refused(line, column, cell, refused))
            else:
                if text:
                    values[field] = text
                    fields[place] = (field, text)
        if self._table == "CHECKIN":
            self._fill(_COUNTED, str(number), values, fields)
        for field, text in self._shared.items():
            self._fill(field, text, values, fields)
        if self._unnamed or len(cells) > self._width:
            faults += self._stray_cells(line, cells)
        return SheetRow(line, cells, Row.of(self._table, number, fields), tuple(faults))

    def _fill(self, field: str, text: str, values: dict[str, str], fields: list[tuple[str, str]]) -> None:
        """Let a row say what its own cell does not."""
        if field not in values:
            values[field] = text
            fields[self._places[field]] = (field, text)

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


class _Memory(dict[str, str]):
    """What the texts of one column became."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._convert = column.convert

    def __missing__(self, text: str) -> str:
        """Read a text for the first time. Raises CellRefused: it says nothing certain."""
        found = self._convert(text)
        if len(self) < MAX_REMEMBERED:
            self[text] = found
        return found
