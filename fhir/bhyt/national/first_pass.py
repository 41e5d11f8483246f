"""expat's handlers for the first pass over a national file, and the limits that they hold.

Nothing but byte offsets and three short texts is kept.
"""

from array import array
from xml.parsers.expat import ParserCreate

from bhyt.errors import (
    DoctypeFound,
    FrameTooLarge,
    RecordTooLarge,
    SeveralLists,
    TextTooLong,
    TooDeep,
    TooManyRecords,
    UnknownRoot,
    WrongEncoding,
)
from bhyt.national.layouts import FILE_LAYOUTS, FileLayout

MAX_RECORDS = 1_000_000
"""How many record elements one file may hold: 8 MB of offsets."""

MAX_RECORD_BYTES = 8_000_000
"""The largest record element (HOSO or row): what one chunk of an upload can carry."""

MAX_FRAME_BYTES = 1_000_000
"""The most that may stand before the first record element, and behind the last (the signature)."""

MAX_TEXT_BYTES = 8_000_000
"""The longest stretch without the start or end of an element: one text, comment or start tag."""

MAX_DEPTH = 64
"""How deep elements may nest; a raw inner file with a signature needs about 15."""

_SIGNATURE = "http://www.w3.org/2000/09/xmldsig# Signature"
# The texts around the records that are kept, by the elements they stand in.
_TEXTS = {
    ("GIAMDINHHS", "THONGTINDONVI", "MACSKCB"),
    ("GIAMDINHHS", "THONGTINHOSO", "NGAYLAP"),
    ("GIAMDINHHS", "THONGTINHOSO", "SOLUONGHOSO"),
}


class FirstPass:
    """A parser to feed, and what it has seen so far.

    `texts` holds the first filled text of each kept field, `starts` where each record element
    begins, `last_end_tag` where the end tag of the latest begins, `ancestors` where the start
    tags around the records begin.
    """

    def __init__(self) -> None:
        """Make the parser; nothing that the file declares changes how it is read."""
        self.path: list[str] = []
        self.layout: FileLayout | None = None
        self.starts = array("Q")
        self.last_end_tag = 0
        self.ancestors: list[int] = []
        self.texts: dict[str, str] = {}
        self.signed = False
        self.parser = ParserCreate(encoding="UTF-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = _declared
        self.parser.StartDoctypeDeclHandler = _doctype
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self._inside = 0  # the depth inside a record element, 0 outside
        self._tag = 0  # where the latest tag begins
        self._text: list[str] | None = None  # the parts of a text that is kept

    def check_reach(self, fed: int, slack: int) -> None:
        """Check what is open after `fed` bytes; its beginning may lie `slack` bytes into the limit.

        Raises TextTooLong, RecordTooLarge, FrameTooLarge: it goes beyond its limit.
        """
        if fed - self._tag > MAX_TEXT_BYTES + slack:
            raise TextTooLong(MAX_TEXT_BYTES)
        if self._inside:
            if fed - self.starts[-1] > MAX_RECORD_BYTES + slack:
                raise RecordTooLarge(len(self.starts), MAX_RECORD_BYTES)
        elif fed - self.last_end_tag > MAX_FRAME_BYTES + slack:
            raise FrameTooLarge(MAX_FRAME_BYTES)

    def _open(self, name: str, _attributes: dict[str, str]) -> None:
        """Note a start tag."""
        place = self._next_tag()
        if self._inside:
            self._inside += 1
            if self._inside + len(self.path) > MAX_DEPTH:
                raise TooDeep(MAX_DEPTH)
        else:
            self._open_outside(name, place)
        if self._wanted(name):
            self._text = []
            self.parser.CharacterDataHandler = self._text.append

    def _open_outside(self, name: str, place: int) -> None:
        """Note a start tag that is not inside a record: that of one, or of the frame."""
        if self.layout is None:
            self.layout = FILE_LAYOUTS.get(name)
            if self.layout is None:
                raise UnknownRoot
        path = self.layout.path
        if name == self.layout.record and tuple(self.path) == path:
            if len(self.starts) == MAX_RECORDS:
                raise TooManyRecords(MAX_RECORDS)
            self.starts.append(place)
            self._inside = 1
            return
        self.path.append(name)
        if len(self.path) > MAX_DEPTH:
            raise TooDeep(MAX_DEPTH)
        if tuple(self.path) == path[: len(self.path)]:
            if len(self.ancestors) == len(path):
                raise SeveralLists
            del self.ancestors[len(self.path) - 1 :]
            self.ancestors.append(place)
        self.signed = self.signed or name == _SIGNATURE

    def _close(self, name: str) -> None:
        """Note an end tag."""
        place = self._next_tag()
        if self._text is not None:
            self._keep(name, "".join(self._text).strip())
        if self._inside:
            self._inside -= 1
            if not self._inside:
                self.last_end_tag = place
        else:
            self.path.pop()

    def _next_tag(self) -> int:
        """Return where the tag begins that was just met. Raises TextTooLong: too far behind the last one."""
        place = self.parser.CurrentByteIndex
        if place - self._tag > MAX_TEXT_BYTES:
            raise TextTooLong(MAX_TEXT_BYTES)
        self._tag = place
        return place

    def _wanted(self, name: str) -> bool:
        """Say whether the text of the element that was just opened is to be kept."""
        if self._inside:
            layout = self.layout
            return (
                layout is not None
                and layout.kind != "claims"
                and name == layout.facility
                and name not in self.texts
            )
        return tuple(self.path) in _TEXTS

    def _keep(self, name: str, text: str) -> None:
        """Keep a text if it is the first filled one of its field."""
        self._text = None
        self.parser.CharacterDataHandler = None
        if text:
            self.texts.setdefault(name, text)


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    """Refuse every declared encoding but UTF-8."""
    if encoding is not None and encoding.upper() != "UTF-8":
        raise WrongEncoding


def _doctype(*_declaration: object) -> None:
    """Refuse a DOCTYPE before anything in it is read."""
    raise DoctypeFound
