"""Where in a national file's bytes a signature goes, and Ids for the records that it will refer to.

Only bytes are added; what is there stays as it is written.
"""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from bhyt.errors import NotXml
from bhyt.national.signature_xml import PLACE

_NAME = re.compile(rb"<[^\s/>]+")


@dataclass(slots=True)
class _Child:
    """A child of the outermost element: where its start tag begins, and where its end tag does."""

    name: str
    start: int
    identified: bool
    end: int = 0
    empty: bool = False


@dataclass(slots=True)
class _Outline:
    """What expat tells of the outermost element and its children, in bytes."""

    parser: expat.XMLParserType
    data: bytes
    depth: int = 0
    children: list[_Child] = field(default_factory=list)
    end: int = 0

    def start_tag(self, name: str, attributes: dict[str, str]) -> None:
        """Note a child of the outermost element."""
        self.depth += 1
        if self.depth == 2:
            identified = any(one.lower() == "id" for one in attributes)
            self.children.append(_Child(name, self.parser.CurrentByteIndex, identified))

    def end_tag(self, _name: str) -> None:
        """Note where a child, or the outermost element, ends; an empty-element tag has no end tag.

        Then it is the end tag of the outermost element that may follow.
        """
        here = self.parser.CurrentByteIndex
        if self.depth == 2:
            child = self.children[-1]
            child.empty = not self.data.startswith(b"</" + child.name.encode(), here)
            child.end = here
        if self.depth == 1:
            self.end = here
        self.depth -= 1


def cut_for_signature(document: bytes) -> tuple[bytes, bytes]:
    """Return what comes before and after a signature inside CHUKYDONVI, which is made when missing.

    Raises NotXml: not well-formed UTF-8, or an outermost element that holds nothing.
    """
    outline = _outline(document)
    if not document.startswith(b"</", outline.end):
        raise NotXml
    for child in outline.children:
        if child.name != PLACE:
            continue
        if not child.empty:
            return document[: child.end], document[child.end :]
        opened = document[: child.end].removesuffix(b"/>") + b">"
        return opened, b"</%b>" % PLACE.encode() + document[child.end :]
    tag = PLACE.encode()
    return document[: outline.end] + b"<%b>" % tag, b"</%b>" % tag + document[outline.end :]


def insert_ids(document: bytes, ids: dict[int, str]) -> bytes:
    """Return the document with an Id written into the start tags of the outermost element's children.

    `ids` are by the child's number among the elements, from 0.
    """
    pieces, last = [], 0
    for number, child in enumerate(_outline(document).children):
        if number in ids and not child.identified:
            name = _NAME.match(document, child.start)
            place = name.end() if name else child.start
            pieces += [document[last:place], b' Id="%b"' % ids[number].encode()]
            last = place
    return b"".join([*pieces, document[last:]])


def _outline(document: bytes) -> _Outline:
    parser = expat.ParserCreate("utf-8")
    outline = _Outline(parser, document)
    parser.StartElementHandler = outline.start_tag
    parser.EndElementHandler = outline.end_tag
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise NotXml(error.lineno) from error
    return outline
