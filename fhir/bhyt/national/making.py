"""Inner files and rows made anew, or changed: everything that was not changed stays where it was.

A row made anew has the official order of its table; a field that no list knows stays behind the
one it stood behind. In a file that was read, only the fields that differ are touched.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache

from lxml import etree

from bhyt.errors import FileRefused, Unwritable
from bhyt.national.dossier import InnerFile
from bhyt.national.envelopes import Envelope
from bhyt.national.inner import parse_base64, parse_inner
from bhyt.national.layouts import InnerLayout, inner_layout
from bhyt.national.rows import row_elements
from bhyt.national.xml import parse_xml
from bhyt.problems import Findings
from bhyt.records.row import Row
from bhyt.tables.fields import all_fields, profile
from bhyt.tables.generations import Generation

NAMESPACES = (
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
)
"""What the outermost element of an envelope declares, as the portal's own tools write it."""

KEPT_ORDERS = 1024
"""For how many different rows of field names the official order is kept."""


def namespaces(declared: Mapping[str, str]) -> str:
    """Return the official declarations of an envelope, and others behind them: prefixes with quoted names."""
    others = (f" xmlns:{name}={uri}" for name, uri in declared.items() if f"xmlns:{name}=" not in NAMESPACES)
    return NAMESPACES + "".join(others)


def inner_file(loaihoso: str, rows: Sequence[Row], *, generation: Generation | None = None) -> InnerFile:
    """Return a new inner file of these rows; with a generation, fields that they lack are there, empty.

    Raises Unwritable: a text or name that XML cannot hold, or a table whose layout is unknown.
    """
    layout = _layout(loaihoso)
    root = etree.Element(layout.root)
    if not layout.row:
        for row in rows[:1]:
            fill(root, ordered(row, generation))
    else:
        parent = etree.SubElement(root, layout.list)
        for row in rows:
            fill(etree.SubElement(parent, layout.row), ordered(row, generation))
    return InnerFile(loaihoso, _encoded(root), raw=False, rows=tuple(rows))


def changed_file(file: InnerFile, rows: Sequence[Row], *, around: Envelope | None = None) -> InnerFile:
    """Return the inner file with other rows: itself, to the letter, if they are the same.

    Fields are changed where they stand; comments, unknown elements and the order of the fields
    stay, as long as no row comes or goes. Raw XML becomes base64, as the official files have it; it may
    use prefixes that the envelope `around` it declares.

    Raises Unwritable: a text or name that XML cannot hold, or a file that could not be read.
    """
    if tuple(rows) == file.rows:
        return file
    if len(rows) != len(file.rows):
        return inner_file(file.table, rows)
    layout = _layout(file.table)
    try:
        root = _root(file, around.declarations() if around else {})
    except (binascii.Error, FileRefused) as error:
        raise Unwritable(file.table) from error
    for element, old, new in zip(row_elements(root, layout, Findings(0)), file.rows, rows, strict=False):
        if old != new:
            _change(element, old, new)
    return replace(file, content=_encoded(root), raw=False, rows=tuple(rows))


def ordered(row: Row, generation: Generation | None) -> Row:
    """Return the row in the official order; see `official_order`."""
    names, places = official_order(row.table, row.names, generation)
    if places is None:
        return row
    texts = (*row.texts, "")
    return Row.of(row.table, row.line, zip(names, (texts[place] for place in places), strict=True))


@lru_cache(KEPT_ORDERS)
def official_order(
    table: str, names: tuple[str, ...], generation: Generation | None
) -> tuple[tuple[str, ...], tuple[int, ...] | None]:
    """Return the names in the official order; a field that no list knows stays behind its neighbor.

    With a generation, the fields of its profile that are not among the names are there too.
    The second part tells for each name the place where its text stands among those of `names`, the
    place behind the last for one that is not there; it is None if all stand in order already.
    """
    official = {field.name: place for place, field in reversed(list(enumerate(all_fields(table))))}
    groups: list[tuple[int, list[tuple[str, int]]]] = [(-1, [])]
    for place, name in enumerate(names):
        if name in official:
            groups.append((official[name], []))
        groups[-1][1].append((name, place))
    if generation:
        lacking = (field.name for field in profile(table, generation) if field.name not in names)
        groups += [(official[name], [(name, len(names))]) for name in lacking]
    groups.sort(key=lambda group: group[0])
    found = [field for _, fields in groups for field in fields]
    places = tuple(place for _, place in found)
    return tuple(name for name, _ in found), None if places == tuple(range(len(names))) else places


def fill(element: etree._Element, row: Row) -> None:
    """Append the row's fields to an element. Raises Unwritable: a text or name that XML cannot hold."""
    for name, text in row.fields:
        try:
            etree.SubElement(element, name).text = text or None
        except ValueError as error:
            raise Unwritable(row.table, name) from error


def document(root: etree._Element) -> bytes:
    """Return the document as UTF-8."""
    return etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True)


def _change(element: etree._Element, old: Row, new: Row) -> None:
    """Make a row's element say `new` instead of `old`. Raises Unwritable, as `fill` does."""
    cells = [cell for cell in _elements(element) if not _elements(cell)]
    if old.names != new.names:
        for cell in cells:
            element.remove(cell)
        fill(element, new)
        return
    for cell, name, before, after in zip(cells, old.names, old.texts, new.texts, strict=True):
        if before != after:
            del cell[:]
            try:
                cell.text = after or None
            except ValueError as error:
                raise Unwritable(new.table, name) from error


def _root(file: InnerFile, declared: Mapping[str, str]) -> etree._Element:
    """Return the outermost element of what a file holds, comments and CDATA included.

    Raises binascii.Error, FileRefused: it cannot be read.
    """
    holder = parse_xml(f"<x {namespaces(declared)}>{file.content}</x>".encode(), whole=True)
    inner = _elements(holder)
    if inner:
        return deepcopy(inner[0])
    text = etree.tostring(holder, method="text", encoding="utf-8").strip()
    parse = parse_inner if file.raw else parse_base64
    return parse(text, file.table, Findings(0), whole=True)


def _elements(parent: etree._Element) -> list[etree._Element]:
    """Return the children that are elements, not comments."""
    return list(parent.iterchildren("*"))


def _layout(loaihoso: str) -> InnerLayout:
    """Return the layout of a known table. Raises Unwritable: nobody knows it."""
    layout = inner_layout(loaihoso)
    if layout is None or not layout.root:
        raise Unwritable(loaihoso)
    return layout


def _encoded(root: etree._Element) -> str:
    """Return the document in base64, unwrapped."""
    return base64.b64encode(document(root)).decode("ascii")
