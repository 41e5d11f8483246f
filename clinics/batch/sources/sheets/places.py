"""How many rows and columns a sheet of a workbook may come to have, where its tags do not say their places.

A cell or row without `r` stands behind the one before it (ECMA-376 part 1, 18.3.1.4): 7 kB of them may
ask for gigabytes. Nearly every program writes the places; only sheets of others are counted tag by tag.
"""

import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from clinics.batch.sources.packed import inflated
from clinics.batch.sources.refusals import SourceRefused

MAX_PLACELESS = 100
"""How many tags that may be cells or rows without a place a sheet may have, before all are counted."""

_TAGS = (b"<c", b"<row")
_PREFIXED = (b":c", b":row")


@dataclass(slots=True)
class Places:
    """What is seen of tags while the parts of a workbook go by, piece by piece."""

    placeless: Counter[str] = field(default_factory=Counter)

    def see(self, name: str, piece: bytes) -> None:
        """Count the tags of a piece that may be cells or rows without a place."""
        tags = _TAGS + _PREFIXED if b":" in piece else _TAGS
        self.placeless[name] += sum(piece.count(tag) - piece.count(tag + b' r="') for tag in tags)

    def check(self, archive: zipfile.ZipFile, name: str, *, rows: int, columns: int) -> None:
        """Raises SourceRefused: the sheet has more rows, or a row more cells, or it is no XML."""
        if self.placeless[name] <= MAX_PLACELESS:
            return
        counts: Counter[str] = Counter()

        def start(element: str, _attributes: dict[str, str]) -> None:
            tag = element.rpartition(":")[2]
            counts[tag] += 1
            if tag == "row":
                counts["c"] = 0
            if counts["row"] > rows or counts["c"] > columns:
                raise SourceRefused("sheet.too-large")

        parser = expat.ParserCreate()
        parser.StartElementHandler = start
        for _ in well_formed(parser, archive, name):
            pass


def well_formed(parser: expat.XMLParserType, archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a part, which was inflated within its limits before, in pieces.

    Raises SourceRefused: it is no XML, so that nobody can tell what stands in it.
    """
    try:
        for piece in inflated(archive, archive.getinfo(name), limit=sys.maxsize):
            parser.Parse(piece, False)
            yield piece
    except expat.ExpatError as error:
        raise SourceRefused("sheet.broken") from error
