"""Sheets of births: rows a second, as shares of the bare readers (csv.DictReader, calamine) in the same run.

"rows" is the row path: every cell read by its column's rule into a row of the national table, or refused
with its place. "records" is all of `batch check`: twice through the sheet, the national document written,
its rows read with every check. Seconds are of this process's own work; readers take turns and the best
round of each counts, so that a busy machine slows all alike. A share below its bound is marked BELOW.
"""

import csv
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import python_calamine

from clinics.batch.sources import find_sources
from clinics.batch.sources.content import Content
from clinics.batch.sources.sheets import delimited
from clinics.batch.sources.sheets.rows import SheetRows
from clinics.batch.sources.sheets.workbook import open_sheet
from tests.unit.clinics.sources.invented import csv_bytes, people, template_columns, xlsx_bytes

ROWS = 5_000
ROUNDS = 7
BOUNDS = {"csv": 0.2, "xlsx": 0.3}


def main() -> None:
    """Print a line for CSV and one for XLSX."""
    rows = people("births", ROWS)
    out = sys.stdout.write
    out(f"sheets of {ROWS:,} births, {len(template_columns('births'))} columns:\n")
    out(f"{'file':<6}{'bare reader':>16}{'rows':>12}{'share':>8}{'bound':>8}{'records':>12}{'share':>8}\n")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(csv_bytes(rows))
        _print("csv", _rates(path, _dict_reader, _csv_rows))
        path = Path(folder) / "x.xlsx"
        path.write_bytes(xlsx_bytes(rows))
        _print("xlsx", _rates(path, _calamine, _xlsx_rows))
    out("\n")


def _rates(path: Path, *readers: Callable[[Path], int]) -> list[float]:
    """Return the rows a second of the bare reader, of the row path, and of the records."""
    best = [0.0, 0.0, 0.0]
    for _ in range(ROUNDS):
        for place, read in enumerate((*readers, _records)):
            start = time.process_time()
            if read(path) != ROWS:
                raise AssertionError("the benchmark's rows must all be read")
            best[place] = max(best[place], ROWS / (time.process_time() - start))
    return best


def _print(kind: str, rates: list[float]) -> None:
    bare, rows, records = rates
    below = "  BELOW" if rows / bare < BOUNDS[kind] else ""
    sys.stdout.write(
        f"{kind:<6}{bare:>12,.0f} /s{rows:>10,.0f} /s{rows / bare:>7.2f}{BOUNDS[kind]:>8.2f}"
        f"{records:>10,.0f} /s{records / bare:>7.3f}{below}\n"
    )


def _dict_reader(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def _calamine(path: Path) -> int:
    with python_calamine.CalamineWorkbook.from_path(path) as workbook:
        return sum(1 for _ in workbook.get_sheet_by_index(0).iter_rows()) - 1


def _csv_rows(path: Path) -> int:
    content = Content(path.open("rb"))
    rows = SheetRows("CSV", delimited.rows(content), shared={}, serials=False)
    count = sum(row.whole for row in rows)
    content.close()
    return count


def _xlsx_rows(path: Path) -> int:
    with path.open("rb") as file, open_sheet(file) as sheet:
        rows = SheetRows(sheet.name, sheet.rows, shared={}, serials=sheet.serials)
        return sum(row.whole for row in rows)


def _records(path: Path) -> int:
    return sum(record.record is not None for source in find_sources([path]) for record in source.records())


if __name__ == "__main__":
    main()
