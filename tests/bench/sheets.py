"""Sheets of births: rows a second, as shares of the bare readers (csv.DictReader, calamine) in the same run.

"row path" is what becomes of a row before it is a record: every cell read by its column's rule into a row
of the national table, or refused with its place. "whole check" is all that `tiepdon-clinic batch check`
does with the file: besides, the national document is written, its records are read from it with every
check, compared with the others of the run, and shown. Seconds are of this process's own work; readers take
turns and the best round of each counts, so that a busy machine slows all alike. A share below the bound is
marked BELOW.
"""

import csv
import sys
import time
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import python_calamine
from rich.console import Console

from bhyt.national.signature_signers import Signers
from clinics.batch.checking import judging
from clinics.batch.rows import Counts
from clinics.batch.run import Checking, check_all
from clinics.batch.screen import Screen
from clinics.batch.seen import Seen
from clinics.batch.sources import find_sources
from clinics.batch.sources.content import Content
from clinics.batch.sources.sheets import delimited
from clinics.batch.sources.sheets.rows import SheetRows
from clinics.batch.sources.sheets.workbook import open_sheet
from tests.unit.clinics.sources.invented import FACILITY, csv_bytes, people, template_columns, xlsx_bytes

ROWS = 5_000
ROUNDS = 7
BOUNDS = {"csv": 0.2, "xlsx": 0.3}


def main() -> None:
    """Print a line for CSV and one for XLSX."""
    rows = people("births", ROWS)
    out = sys.stdout.write
    out(f"sheets of {ROWS:,} births, {len(template_columns('births'))} columns:\n")
    titles = f"{'row path':>16}{'share':>8}{'whole check':>16}{'share':>8}{'bound':>8}"
    out(f"{'file':<6}{'bare reader':>16}{titles}\n")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(csv_bytes(rows))
        _print("csv", _rates(path, _dict_reader, _csv_rows))
        path = Path(folder) / "x.xlsx"
        path.write_bytes(xlsx_bytes(rows))
        _print("xlsx", _rates(path, _calamine, _xlsx_rows))
    out("\n")


def _rates(path: Path, *readers: Callable[[Path], int]) -> list[float]:
    """Return the rows a second of the bare reader, of the row path, and of the whole check."""
    best = [0.0, 0.0, 0.0]
    for _ in range(ROUNDS):
        for place, read in enumerate((*readers, _checked)):
            start = time.process_time()
            if read(path) != ROWS:
                raise AssertionError("the benchmark's rows must all be read")
            best[place] = max(best[place], ROWS / (time.process_time() - start))
    return best


def _print(kind: str, rates: list[float]) -> None:
    bare, *ours = rates
    bound = BOUNDS[kind]
    shares = "".join(f"{rate:>13,.0f} /s{rate / bare:>8.3f}" for rate in ours)
    below = [
        name for name, rate in zip(("row path", "whole check"), ours, strict=True) if rate / bare < bound
    ]
    mark = f"  BELOW: {', '.join(below)}" if below else ""
    sys.stdout.write(f"{kind:<6}{bare:>13,.0f} /s{shares}{bound:>8.2f}{mark}\n")


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


def _checked(path: Path) -> int:
    judge = judging(facility=FACILITY, signers=Signers(), today=date(2026, 9, 30))
    counts, screen = Counts(), Screen(Console(file=StringIO()))
    check_all(
        find_sources([path]),
        Checking(FACILITY, judge, Seen(), date(2026, 9, 30)),
        listeners=[screen],
        counts=counts,
    )
    screen.show(counts)
    return counts.rows["accepted"]


if __name__ == "__main__":
    main()
