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
)
from bhyt.national.layouts import (
    FILE_LAYOUTS,
    XMLDSIG,
    FileLayout,
    facility_of_certificate,
    official_name,
)

MAX_RECORDS = 1_000_000
"""How many record elements one file may hold: 8 MB of offsets."""

MAX_RECORD_BYTES = 8_000_000
"""The largest record element (HOSO or row): what one chunk of an upload can carry."""

MAX_FRAME_BYTES = 1_000_000
"""The most that may stand before the first record element, and behind the last (the signature)."""

MAX_OPENING_BYTES = 4_000
"""The most that the start tags around the records may take together: they are parsed with each record."""

MAX_TEXT_BYTES = 8_000_000
"""The longest stretch without the start or end of an element: one text, comment or start tag."""

MAX_DEPTH = 64
"""How deep elements may nest; a raw inner file with a signature needs about 15."""

_DEEPEST_INSIDE = MAX_DEPTH - max(len(layout.path) for layout in FILE_LAYOUTS.values())
_CERTIFICATE_NUMBER = "MA_GCS"
_SIGNATURE = f"{XMLDSIG} Signature"
# The texts around the records that are kept, by the elements they stand in.
_TEXTS = {
    ("GIAMDINHHS", "THONGTINDONVI", "MACSKCB"),
    ("GIAMDINHHS", "THONGTINHOSO", "NGAYLAP"),
    ("GIAMDINHHS", "THONGTINHOSO", "SOLUONGHOSO"),
}


class FirstPass:
    """A parser to feed, and what it has seen so far.

    `texts` holds the first filled text of each kept field (the first MA_GCS that names a facility),
    `starts` where each record element begins, `last_end_tag` where the end tag of the latest begins,
    `ancestors` where the start tags around the records begin. `encoding` is the one that the file
    declares, `odd_name` the first element name that is not official, as expat has it, if such names
    are read too.
    """

    def __init__(self, *, any_names: bool = False) -> None:
        """Make the parser; nothing that the file declares changes how it is read.

        With `any_names` elements count by their official names whatever namespace or case they are in.
        """
        self.path: list[str] = []
        self.layout: FileLayout | None = None
        self.starts = array("Q")
        self.last_end_tag = 0
        self.ancestors: list[int] = []
        self.texts: dict[str, str] = {}
        self.signed = False
        self.parser = ParserCreate(encoding="UTF-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.encoding: str | None = None
        self.odd_name: str | None = None
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = _doctype
        self.parser.StartElementHandler = self._open_any if any_names else self._open
        self.parser.EndElementHandler = self._close_any if any_names else self._close
        self._wanted_inside: str | None = None  # the field of a record whose text is kept
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

    def _open_any(self, name: str, attributes: dict[str, str]) -> None:
        """Note a start tag by its official name."""
        official = official_name(name)
        if official != name and self.odd_name is None:
            self.odd_name = name
        self._open(official, attributes)

    def _close_any(self, name: str) -> None:
        """Note an end tag by its official name."""
        self._close(official_name(name))

    def _open(self, name: str, _attributes: dict[str, str]) -> None:
        """Note a start tag."""
        place = self.parser.CurrentByteIndex
        if place - self._tag > MAX_TEXT_BYTES:
            raise TextTooLong(MAX_TEXT_BYTES)
        self._tag = place
        if not self._inside:
            self._open_outside(name, place)
            return
        self._inside += 1
        if self._inside > _DEEPEST_INSIDE:
            raise TooDeep(MAX_DEPTH)
        if name == self._wanted_inside and name not in self.texts:
            self._begin_text()

    def _open_outside(self, name: str, place: int) -> None:
        """Note a start tag that is not inside a record: that of one, or of the frame."""
        if self.layout is None:
            self.layout = FILE_LAYOUTS.get(name)
            if self.layout is None:
                raise UnknownRoot(self.odd_name or name)
            self._wanted_inside = self.layout.facility if self.layout.kind != "claims" else None
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
        if tuple(self.path) in _TEXTS:
            self._begin_text()
        self.signed = self.signed or name == _SIGNATURE

    def _close(self, name: str) -> None:
        """Note an end tag."""
        place = self.parser.CurrentByteIndex
        if place - self._tag > MAX_TEXT_BYTES:
            raise TextTooLong(MAX_TEXT_BYTES)
        self._tag = place
        if self._text is not None:
            self._end_text(name)
        if not self._inside:
            self.path.pop()
            return
        self._inside -= 1
        if not self._inside:
            self.last_end_tag = place
            if place - self.starts[-1] > MAX_RECORD_BYTES:
                raise RecordTooLarge(len(self.starts), MAX_RECORD_BYTES)

    def _begin_text(self) -> None:
        """Keep the text that comes next."""
        self._text = []
        self.parser.CharacterDataHandler = self._text.append

    def _end_text(self, name: str) -> None:
        """Keep the text that ends here if it is the first of its field that says something."""
        text = "".join(self._text or ()).strip()
        self._text = None
        self.parser.CharacterDataHandler = None
        names_nobody = name == _CERTIFICATE_NUMBER and facility_of_certificate(text) is None
        if text and not names_nobody:
            self.texts.setdefault(name, text)

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        """Note the declared encoding; expat reads UTF-8 whatever it is."""
        self.encoding = encoding


def _doctype(*_declaration: object) -> None:
    """Refuse a DOCTYPE before anything in it is read."""
    raise DoctypeFound
