"""The rows of an XLSX workbook's sheet, read by calamine after everything that could hurt it was looked at.

Calamine keeps a sheet as one rectangle, as large as its farthest cells: a file of a kilobyte may ask for
terabytes. So every part is first inflated within limits, and the places of cells are looked at, and how
much text they share.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import python_calamine

from clinics.batch.sources.packed import inflated, open_archive
from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets.columns import ADDED_SHEETS, SHEET_NAMES
from clinics.batch.sources.sheets.places import Places
from clinics.batch.sources.sheets.shared_texts import SharedTexts
from clinics.batch.sources.sheets.tags import endless, whole_tags
from clinics.batch.sources.sheets.typed import Cell

MAX_ROWS = 49_999
"""In how many rows of a sheet cells may stand. With MAX_COLUMNS calamine takes at most some 200 MB, and the
texts of the cells (MAX_TEXT_BYTES)."""

MAX_COLUMNS = 130
"""In how many columns cells may stand: A to DZ."""

MAX_PARTS = 1_000
"""How many parts a workbook's archive may have."""

MAX_PART_BYTES = 200_000_000
"""How large one inflated part may be: a full sheet of births takes 50 MB."""

MAX_FRAME_BYTES = 10_000_000
"""How large a part may be that calamine keeps, whichever sheet is read."""

MAX_BYTES = 1_000_000_000
"""How large all inflated parts may be together."""

MAX_TAGS = 14_000_000
"""How many tags a sheet may have. A filled cell has four or more and takes up to 100 bytes."""

_FRAME = ("workbook.xml", "styles.xml", ".rels", "[content_types].xml")
# A place beyond the limits: three letters, E to Z before another letter, or a number of 50000 and more.
# Calamine wants no blank between two attributes.
_FAR = re.compile(
    rb"""r(?<=[\s"']r)\s*=\s*["'](?:[A-Za-z]{3}|[E-Ze-z][A-Za-z]|[A-Za-z]*0*(?:[5-9]\d{4}|[1-9]\d{5}))"""
)
_SHEET_DATA = b"sheetData"
_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|t)""")
_BROKEN = "sheet.broken"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name and all its rows, the first one being row 1; `serials`: see DateRule.

    `others` are the names of the workbook's other sheets that somebody filled, which are not read.
    """

    name: str
    rows: Iterator[list[Cell]]
    serials: bool
    others: tuple[str, ...]


@contextmanager
def open_sheet(file: BinaryIO) -> Iterator[Sheet]:
    """Give the sheet that a template names, else the first that is not hidden.

    Raises SourceRefused: no workbook, one behind a password, over a limit, or without a sheet.
    """
    serials = _look_at_parts(file)
    file.seek(0)
    try:
        with python_calamine.CalamineWorkbook.from_filelike(file) as workbook:
            names = _visible(workbook)
            name = next((name for name in names if name in SHEET_NAMES.values()), names[0])
            filled = (other for other in names if other not in {name, *ADDED_SHEETS})
            others = tuple(other for other in filled if workbook.get_sheet_by_name(other).height)
            yield Sheet(name, workbook.get_sheet_by_name(name).iter_rows(), serials, others)
    except python_calamine.PasswordError as error:
        raise SourceRefused("sheet.locked") from error
    except (python_calamine.CalamineError, OSError) as error:
        raise SourceRefused(_BROKEN) from error


def _visible(workbook: python_calamine.CalamineWorkbook) -> list[str]:
    """Return the names of the sheets that a person sees. Raises SourceRefused: there is none."""
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
        and sheet.visible is python_calamine.SheetVisibleEnum.Visible
    ]
    if not names:
        raise SourceRefused(_BROKEN)
    return names


def _look_at_parts(file: BinaryIO) -> bool:
    """Inflate every part once, within the limits; return whether days are counted from 1900.

    Raises SourceRefused: see `open_sheet`.
    """
    serials, texts, places, size = True, SharedTexts(), Places(), 0
    with open_archive(file, broken=_BROKEN) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS:
            raise SourceRefused("sheet.too-large")
        if len({part.filename.lower() for part in parts}) < len(parts):
            raise SourceRefused(_BROKEN)
        for part in parts:
            if part.flag_bits & 1:
                raise SourceRefused("sheet.locked")
            is_sheet = far = False  # whatever its name: the workbook says which parts are sheets
            for piece in whole_tags(inflated(archive, part, limit=_limit(part.filename))):
                texts.see(part.filename, piece)
                places.see(part.filename, piece)
                is_sheet = is_sheet or _SHEET_DATA in piece
                far = far or endless(piece) or _FAR.search(piece) is not None
                size += len(piece)
                if (is_sheet and (far or texts.tags[part.filename] > MAX_TAGS)) or size > MAX_BYTES:
                    raise SourceRefused("sheet.too-large")
                if part.filename == "xl/workbook.xml" and _1904.search(piece):
                    serials = False
            if is_sheet:
                places.check(archive, part.filename, rows=MAX_ROWS, columns=MAX_COLUMNS)
        texts.check(archive)
    return serials


def _limit(name: str) -> int:
    return MAX_FRAME_BYTES if name.lower().endswith(_FRAME) else MAX_PART_BYTES
