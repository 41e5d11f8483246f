"""Inner files in their usual form, read without an XML parser.

One system writes the fields of a table in one order, a month's export of 3,000 claims in fifty
thousand rows. Once rows of one `Shape` came often enough through the parser (`bhyt.national.rows`),
an expression made for it takes further ones apart, in a third of the time. It vouches for the whole
document, from the XML declaration to the last end tag: bare tags in capitals, blanks between
them, texts without mark-up, references, carriage returns and what XML forbids. All else is the
parser's, and a test holds both to the same rows.
"""

import binascii
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final

from bhyt.national.layouts import InnerLayout
from bhyt.records.row import MAX_KEPT_NAMES, Row

LEARNED_AFTER: Final = 64
"""Rows that have a shape before an expression is made for it, which costs as much as reading so many."""

MAX_SHAPES: Final = 8
"""Shapes of one table that are known at once; the one that was longest out of use is forgotten."""

MAX_COUNTED: Final = 1024
"""Rows of field names that are counted, until all counts begin anew."""

MAX_SHAPED_BYTES: Final = 4_000_000
"""The largest document that is read by shape; the parser's own limits begin above it."""

_BLANKS = "[ \t\r\n]*"
_TEXT = "([^<>&\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*)"
_DECLARATION = (
    "\ufeff?(?:<\\?xml version=(?:\"1\\.0\"|'1\\.0')"
    "(?: encoding=(?:\"[Uu][Tt][Ff]-8\"|'[Uu][Tt][Ff]-8'))?"
    "(?: standalone=(?:\"(?:yes|no)\"|'(?:yes|no)'))? ?\\?>)?"
)
_NAME = re.compile("[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Shape:
    """The names of a row's fields, none of them twice, and the expression of such a row."""

    names: tuple[str, ...]
    row: re.Pattern[str]


_known: dict[str, tuple[Shape, ...]] = {}
_counts: dict[tuple[str, tuple[str, ...]], int] = {}


def shaped_rows(content: bytes, layout: InnerLayout) -> tuple[Row, ...] | None:
    """Return the rows of an inner file in base64 whose every row has a known shape, None for any other."""
    if layout.loaihoso not in _known:
        return None
    try:
        document = binascii.a2b_base64(content, strict_mode=True)
        text = document.decode() if len(document) <= MAX_SHAPED_BYTES else ""
    except (binascii.Error, UnicodeDecodeError):
        return None
    before, after = _frame(layout)
    opened = before.match(text)
    rows: list[Row] = []
    end = opened.end() if opened else len(text)
    while found := _match(text, end, layout.loaihoso):
        shape, row = found
        rows.append(Row.received(layout.table, len(rows) + 1, shape.names, row.groups("")))
        end = row.end()
    whole = rows and (layout.row or len(rows) == 1) and after.fullmatch(text, end)
    return tuple(rows) if whole else None


def shaped_row(piece: bytes, layout: InnerLayout, line: int) -> Row | None:
    """Return the row of a record element with the blanks behind it, None if it has no known shape."""
    if layout.loaihoso not in _known or len(piece) > MAX_SHAPED_BYTES:
        return None
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        return None
    found = _match(text, 0, layout.loaihoso)
    if found is None or text[found[1].end() :].strip(" \t\r\n"):
        return None
    return Row.received(layout.table, line, found[0].names, found[1].groups(""))


def learn(rows: Iterable[Row], layout: InnerLayout) -> None:
    """Count the shapes of rows that the parser read, very wide ones apart; know those that came often."""
    for row in rows:
        if len(row.names) > MAX_KEPT_NAMES:
            continue
        key = (layout.loaihoso, row.names)
        if len(_counts) >= MAX_COUNTED:
            _counts.clear()
        _counts[key] = _counts.get(key, 0) + 1
        if _counts[key] == LEARNED_AFTER and not row.has_doubles and all(map(_NAME.fullmatch, row.names)):
            _know(_shape(row.names, layout), layout.loaihoso)


def _match(text: str, start: int, table: str) -> tuple[Shape, re.Match[str]] | None:
    """Return the row that begins at `start` with its shape, which becomes the first to be tried."""
    for shape in _known[table]:
        if row := shape.row.match(text, start):
            if shape is not _known[table][0]:
                _know(shape, table)
            return shape, row
    return None


def _know(shape: Shape, table: str) -> None:
    """Put a shape before the others of its table; threads that read meanwhile see all or none of it."""
    others = tuple(known for known in _known.get(table, ()) if known.names != shape.names)
    _known[table] = (shape, *others)[:MAX_SHAPES]


def _shape(names: tuple[str, ...], layout: InnerLayout) -> Shape:
    """Return the shape of rows with these fields; `<A></A>`, `<A/>` and `<A />` are one empty field."""
    fields = _BLANKS.join(f"<{name}(?:>{_TEXT}</{name}>| ?/>)" for name in names)
    tag = layout.row or layout.root
    row = f"{_BLANKS}<{tag}>{_BLANKS}{fields}{_BLANKS}</{tag}>"
    return Shape(tuple(map(sys.intern, names)), re.compile(row))


@cache
def _frame(layout: InnerLayout) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the expressions of what stands before the first row of a document and behind the last."""
    if not layout.row:
        return re.compile(_DECLARATION), re.compile(_BLANKS)
    signature = f"(?:<CHUKYDONVI(?:>{_TEXT}</CHUKYDONVI>| ?/>){_BLANKS})?"
    before = f"{_DECLARATION}{_BLANKS}<{layout.root}>{_BLANKS}<{layout.list}>"
    after = f"{_BLANKS}</{layout.list}>{_BLANKS}{signature}</{layout.root}>{_BLANKS}"
    return re.compile(before), re.compile(after)
