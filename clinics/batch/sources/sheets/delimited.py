"""The rows of a CSV file: which encoding, which separator, and no line longer than memory allows.

UTF-8 with or without BOM, or UTF-16 with BOM, which Excel writes as "Unicode text". Every other encoding
(Windows-1258, TCVN3, VNI) is refused: guessing would turn names into other names.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice

from clinics.batch.sources.content import Content
from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets.columns import LEAST_COLUMNS, SHEET_KINDS, known_columns
from clinics.batch.sources.sheets.rows import HEADER_ROWS
from clinics.batch.sources.sheets.typed import MAX_CELL_CHARACTERS, fold

MAX_ROW_CHARACTERS = 1_000_000
"""How long one row of the file may be, with all the lines that its cells have."""

MAX_ROWS = 1_000_000
"""How many rows a file may have, the header included."""

SEPARATORS = (",", ";", "\t")
"""What may stand between cells."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HINT = "sep="


def encoding_of(head: bytes) -> str:
    """Return the encoding that the first bytes announce, UTF-8 if none."""
    return next((encoding for bom, encoding in _BOMS if head.startswith(bom)), "utf-8")


def rows(content: Content) -> Iterator[list[str]]:
    """Yield the rows as Excel counts them: a cell may hold line ends, an empty line is an empty row.

    Raises SourceRefused: not UTF-8, a separator that is unclear, quotes that do not end, over a limit.
    """
    lines = _Lines(content, encoding_of(content.head(4)))
    separator, hinted = _separator(list(islice(lines.single(), HEADER_ROWS)))
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=separator, strict=True), start=1):
            lines.taken = 0
            if number > MAX_ROWS:
                raise SourceRefused("sheet.too-large")
            yield [] if hinted and number == 1 else cells
    except csv.Error as error:
        raise SourceRefused("sheet.broken-quotes") from error


@dataclass(slots=True)
class _Lines:
    """The lines of a file with their ends; `taken` is how many characters of one row were read so far.

    Whoever reads sets it back after each row: quotes that do not end would make one row of all lines.
    """

    content: Content
    encoding: str
    taken: int = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the lines. Raises SourceRefused: not of the encoding, or a row beyond its limit."""
        self.taken = 0
        with TextIOWrapper(self.content.open(), encoding=self.encoding, newline="") as text:
            try:
                while line := text.readline(MAX_ROW_CHARACTERS + 1):
                    self.taken += len(line)
                    if self.taken > MAX_ROW_CHARACTERS:
                        raise SourceRefused("sheet.too-large")
                    yield line
            except UnicodeError as error:
                raise SourceRefused("sheet.not-utf8") from error

    def single(self) -> Iterator[str]:
        """Yield the lines, each as a row of its own."""
        for line in self:
            self.taken = 0
            yield line


def _separator(lines: list[str]) -> tuple[str, bool]:
    """Return what separates the cells, and whether the first line says so, as Excel lets it.

    It is the one by which most headers are known to us, whatever commas stand in other cells.

    Raises SourceRefused: two of them are as good, or none gives a header.
    """
    first = lines[0].strip().lower() if lines else ""
    if first.startswith(_HINT) and (given := lines[0].strip()[len(_HINT) :] or "\t") in SEPARATORS:
        return given, True
    known = frozenset(fold(name) for kind in SHEET_KINDS for one in known_columns(kind) for name in one.names)
    scores = {separator: _most_known(lines, separator, known) for separator in SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])
    if scores[best] < LEAST_COLUMNS:
        raise SourceRefused("sheet.no-header")
    if list(scores.values()).count(scores[best]) > 1:
        raise SourceRefused("sheet.separator-unclear")
    return best, False


def _most_known(lines: list[str], separator: str, known: frozenset[str]) -> int:
    """Return how many headers the best of the first lines has, cut by this separator."""
    try:
        found = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return 0
    return max((sum(fold(cell) in known for cell in cells) for cells in found), default=0)
