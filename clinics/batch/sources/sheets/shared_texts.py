"""How much text the cells of a workbook hold: a text of which many cells speak stands in it once.

Calamine gives every cell a text of its own (ECMA-376 part 1, 18.4: shared strings), so that a file of
70 kB may ask for a gigabyte. Nearly every workbook is too small for that whichever texts its cells
speak of; only of others is each reference looked up.
"""

import re
import zipfile
from array import array
from collections import Counter
from dataclasses import dataclass, field
from xml.parsers import expat

from clinics.batch.sources.refusals import SourceRefused
from clinics.batch.sources.sheets.places import well_formed
from clinics.batch.sources.sheets.tags import whole_tags

MAX_TEXT_BYTES = 200_000_000
"""How much text the cells of one sheet may hold, 4 kB in each of as many rows as are read; and the part of
the shared texts, of which no cell need speak."""

MAX_TEXTS = 1_500_000
"""How many shared texts there may be, 30 for each row: one takes 60 bytes and more, however short it is."""

_TAGS_OF_A_CELL = 4
"""How many tags a cell that speaks of a text has at least: `<c><v></v></c>`."""

_TEXTS = "sharedstrings.xml"
_TEXT_END = b"</si>"
_MARKUP_IN_ATTRIBUTE = re.compile(rb"""=\s*["'][^"'<]*<""")
_REFERENCE = re.compile(rb"""[\s"']t\s*=\s*["']s["']""")
_PLAIN_REFERENCE = re.compile(
    rb"""\st\s*=\s*["']s["'][^<>]*>\s*<(?:[\w.-]+:)?v\s*>\s*(\d{1,9})\s*"""
    rb"""</(?:[\w.-]+:)?v\s*>\s*</(?:[\w.-]+:)?c\s*>"""
)


@dataclass(slots=True)
class SharedTexts:
    """What is seen of shared texts while the parts of a workbook go by, piece by piece.

    `longest` is no less than the longest text takes, `tags` counts the tags of each other part.
    """

    longest: int = 0
    tags: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    size: int = 0
    holders: list[str] = field(default_factory=list)
    _since: int = 0

    def see(self, name: str, piece: bytes) -> None:
        """Look at a piece of a part. Raises SourceRefused: there are too many shared texts."""
        if not name.lower().endswith(_TEXTS):
            self.tags[name] += piece.count(b"<")
            return
        if name not in self.holders:
            self.holders.append(name)
            self._since = 0
        self.texts += piece.count(b"<si") + (piece.count(b":si") if b":" in piece else 0)
        self.size += len(piece)
        if self.texts > MAX_TEXTS or self.size > MAX_TEXT_BYTES:
            raise SourceRefused("sheet.too-large")
        texts = [piece] if _may_hide_ends(piece) else piece.split(_TEXT_END)
        self.longest = max(self.longest, self._since + len(texts[0]), *map(len, texts))
        self._since = len(texts[-1]) + (self._since if len(texts) == 1 else 0)

    def check(self, archive: zipfile.ZipFile) -> None:
        """Raises SourceRefused: the cells of a sheet hold more text than MAX_TEXT_BYTES, or are no XML."""
        for name, tags in self.tags.items():
            if tags // _TAGS_OF_A_CELL * self.longest > MAX_TEXT_BYTES:
                self._check_each(archive, name)

    def _check_each(self, archive: zipfile.ZipFile, name: str) -> None:
        """Look up each reference of a sheet; one that is written in another way is to the longest text."""
        lengths = _lengths(archive, self.holders[0]) if len(self.holders) == 1 else array("I")
        longest = max(lengths, default=self.longest)
        size = 0
        for piece in whole_tags(well_formed(expat.ParserCreate(), archive, name)):
            numbers = [int(number) for number in _PLAIN_REFERENCE.findall(piece)]
            known = [lengths[number] for number in numbers if number < len(lengths)]
            size += sum(known) + (len(_REFERENCE.findall(piece)) - len(known)) * longest
            if size > MAX_TEXT_BYTES:
                raise SourceRefused("sheet.too-large")


def _may_hide_ends(piece: bytes) -> bool:
    """Say whether what looks like the end of a text may be none: it stands in a comment or an attribute."""
    return b"<!" in piece or piece.find(b"<?", 1) > 0 or _MARKUP_IN_ATTRIBUTE.search(piece) is not None


def _lengths(archive: zipfile.ZipFile, name: str) -> "array[int]":
    """Return how many bytes each shared text takes in the file, which is no less than it takes itself.

    Raises SourceRefused: no XML, or such that calamine may count the texts in another way.
    """
    ends, inside = array("Q", (0,)), False
    parser = expat.ParserCreate()

    def start(element: str, _attributes: dict[str, str]) -> None:
        nonlocal inside
        if element.rpartition(":")[2] == "si":
            if inside:
                raise SourceRefused("sheet.broken")
            inside = True

    def end(element: str) -> None:
        nonlocal inside
        if element.rpartition(":")[2] == "si":
            ends.append(parser.CurrentByteIndex)
            inside = False

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = _doctype
    for _ in well_formed(parser, archive, name):
        pass
    return array("Q", map(int.__sub__, ends[1:], ends))


def _doctype(*_declaration: object) -> None:
    """Refuse a document type, whose entities may hold texts."""
    raise SourceRefused("sheet.broken")
