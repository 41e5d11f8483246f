"""Files in which each row is a record element (check-ins, deaths, births), written row after row.

Whoever writes a file knows where its records lie: such a file needs no first pass
(`bhyt.national.outline`). The limits are the same, and a test holds both outlines equal.
"""

import re
from array import array
from functools import lru_cache
from typing import IO
from xml.sax.saxutils import escape

from lxml import etree

from bhyt.errors import FileTooLarge, RecordTooLarge, TooManyRecords, Unwritable
from bhyt.national.first_pass import MAX_RECORD_BYTES, MAX_RECORDS
from bhyt.national.layouts import FILE_LAYOUTS, FileKind, Frame, facility_of_certificate
from bhyt.national.making import official_order
from bhyt.national.outline import MAX_FILE_BYTES, Outline, Pieces
from bhyt.records.row import Row
from bhyt.tables.generations import Generation

KEPT_TAGS = 256
"""For how many different rows of field names the tags are kept; the rows of one sheet share one."""

_DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n"
_MARKUP = re.compile("[&<>]")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) has no place for."""

_Tags = tuple[str, str, str]
"""A field's start tag, its end tag, and its tag when it is empty."""


class RowFile:
    """A file of one kind that is written into a stream, which is the caller's to close.

    With a generation, fields that a row lacks are written empty, as the official files have them.
    """

    def __init__(self, kind: FileKind, into: IO[bytes], *, generation: Generation | None = None) -> None:
        self._layout = next(layout for layout in FILE_LAYOUTS.values() if layout.kind == kind)
        self._into = into
        self._generation = generation
        self._starts = array("Q")
        self._sender: str | None = None
        self._size = 0
        self._head_end = self._write(_DECLARATION + "".join(f"<{name}>" for name in self._layout.path))
        self._tail_start = self._head_end

    def add(self, row: Row) -> None:
        """Write a row behind the others.

        Raises Unwritable: a text or name that XML cannot hold. TooManyRecords, RecordTooLarge,
        FileTooLarge: the file would not be read again.
        """
        if len(self._starts) == MAX_RECORDS:
            raise TooManyRecords(MAX_RECORDS)
        self._starts.append(self._size)
        if self._write(element(row, self._layout.record, self._generation)) > MAX_RECORD_BYTES:
            raise RecordTooLarge(len(self._starts), MAX_RECORD_BYTES)
        if self._sender is None:
            named = (text.strip() for name, text in row.fields if name == self._layout.facility)
            births = self._layout.kind == "births"
            self._sender = next(filter(None, map(facility_of_certificate, named) if births else named), None)

    def finish(self) -> None:
        """Write what stands behind the rows; the place of a signature is empty."""
        root, *inner = self._layout.path
        self._tail_start = self._size
        self._write("".join(f"</{name}>" for name in reversed(inner)) + f"<CHUKYDONVI/></{root}>")

    def outline(self) -> Outline:
        """Return the outline of the finished file; no facility where no row names one."""
        path = self._layout.path
        return Outline(
            layout=self._layout,
            frame=Frame(
                "".join(f"<{name}>" for name in path).encode(),
                "".join(f"</{name}>" for name in reversed(path)).encode(),
                len(path),
            ),
            head_end=self._head_end,
            tail_start=self._tail_start,
            pieces=Pieces(self._starts, self._tail_start),
            facility=self._sender,
            made_on=None,
            declared=None,
            signed=False,
            size=self._size,
        )

    def _write(self, text: str) -> int:
        """Write a text; return how many bytes it is. Raises FileTooLarge."""
        data = text.encode()
        self._size += len(data)
        if self._size > MAX_FILE_BYTES:
            raise FileTooLarge(MAX_FILE_BYTES)
        self._into.write(data)
        return len(data)


def element(row: Row, name: str, generation: Generation | None = None) -> str:
    """Return the row as an element of this name, in the official order of its table.

    Raises Unwritable: a text or name that XML cannot hold.
    """
    names, places = official_order(row.table, row.names, generation)
    texts = row.texts
    if places is not None:
        given = (*texts, "")
        texts = tuple(given[place] for place in places)
    together = "".join(texts)
    if not together.isprintable() or _MARKUP.search(together):
        texts = tuple(_escaped(row.table, *field) for field in zip(names, texts, strict=True))
    tags = _tags(row.table, names)
    fields = [
        f"{start}{text}{end}" if text else empty
        for (start, end, empty), text in zip(tags, texts, strict=True)
    ]
    return f"<{name}>{''.join(fields)}</{name}>" if fields else f"<{name}/>"


def _escaped(table: str, name: str, text: str) -> str:
    """Return a text as XML writes it. Raises Unwritable: it has a character that XML cannot hold."""
    if _FORBIDDEN.search(text):
        raise Unwritable(table, name)
    return escape(text, {"\r": "&#13;"})


@lru_cache(KEPT_TAGS)
def _tags(table: str, names: tuple[str, ...]) -> tuple[_Tags, ...]:
    """Return the tags of fields. Raises Unwritable: a name that XML cannot hold."""
    return tuple(_tag(table, name) for name in names)


def _tag(table: str, name: str) -> _Tags:
    try:
        empty = etree.tostring(etree.Element(name), encoding="unicode")
    except ValueError as error:
        raise Unwritable(table, name) from error
    inside = empty.removeprefix("<").removesuffix("/>")
    return f"<{inside}>", f"</{inside.partition(' ')[0]}>", empty
