"""The rows of one table, read by name from its XML."""

from collections.abc import Iterable, Iterator

from lxml import etree

from bhyt.national.inner import rename
from bhyt.national.layouts import InnerLayout, official_name
from bhyt.national.shapes import learn
from bhyt.national.xml import tag
from bhyt.problems import MAX_VALUE_LENGTH, Findings
from bhyt.records.row import Row

_SIGNATURE = "CHUKYDONVI"
# Does any field of a flat table, or of a table with a list, hold elements? Asked once for a whole file.
_BELOW_FIELDS = etree.XPath("boolean(*/*)")
_BELOW_LISTED_FIELDS = etree.XPath("boolean(*/*/*/*)")


def read_rows(root: etree._Element, layout: InnerLayout, findings: Findings) -> tuple[Row, ...]:
    """Return the rows of an inner file whose outermost element is `root`; see `row_elements`."""
    found = findings.errors + findings.warnings
    elements = enumerate(list(row_elements(root, layout, findings)), start=1)
    odd = findings.errors + findings.warnings > found
    if odd or (_BELOW_LISTED_FIELDS(root) if layout.row else _BELOW_FIELDS(root)):
        return tuple(read_row(element, layout.table, line, findings) for line, element in elements)
    rows = tuple(_plain_row(element, layout.table, line) for line, element in elements)
    learn(rows, layout)
    return rows


def read_row(element: etree._Element, table: str, line: int, findings: Findings) -> Row:
    """Return the fields of a row in order; fields that hold elements are noted and passed over."""
    for cell in [cell for cell in element if len(cell)]:
        _unknown(cell, table, line, findings)
        element.remove(cell)
    return _plain_row(element, table, line)


def _plain_row(element: etree._Element, table: str, line: int) -> Row:
    """Return the fields of a row of which none holds elements."""
    return Row.of(table, line, [(cell.tag, cell.text or "") for cell in element])


def row_elements(root: etree._Element, layout: InnerLayout, findings: Findings) -> Iterable[etree._Element]:
    """Return the elements that are rows of an inner file whose outermost element is `root`.

    Some systems wrap the single row of a flat table in a list, leave the list of a table or its root
    out, or write the list twice; some write names in a namespace or in small letters: where only one
    reading is possible the rows are read, with a warning. What is neither list nor row is noted and
    passed over. An outermost element of another table is an error.
    """
    name = tag(root)
    known = {layout.root, layout.list or layout.root}
    if name not in known and official_name(name) in known:
        findings.add(
            "record.odd-names", severity="warning", table=layout.loaihoso, value=name, expected=layout.root
        )
        rename(root)
        name = tag(root)
    if not layout.row:
        return _single(root, layout, findings)
    if name in known:
        return _listed(root, layout, findings)
    findings.add("record.inner-wrong-root", table=layout.loaihoso, value=name, expected=layout.root)
    return ()


def _single(root: etree._Element, layout: InnerLayout, findings: Findings) -> Iterable[etree._Element]:
    """Return the one row of a flat table: the root itself, or the only element of its name below."""
    if tag(root) == layout.root and not any(len(cell) for cell in root):
        return (root,)
    found = list(root.iterdescendants(layout.root))
    if not found and tag(root) == layout.root:
        return (root,)
    if not found:
        findings.add("record.inner-wrong-root", table=layout.loaihoso, value=tag(root), expected=layout.root)
    elif (
        _nested(found, root, layout)
        or len({etree.tostring(element, with_tail=False) for element in found}) > 1
    ):
        findings.add("record.table-twice", table=layout.loaihoso)
    else:
        findings.add("record.inner-layout", severity="warning", table=layout.loaihoso)
    return found[:1]


def _nested(elements: Iterable[etree._Element], root: etree._Element, layout: InnerLayout) -> bool:
    """Say whether one of the row elements below `root` lies in another one; then they cannot say the same."""
    above = int(tag(root) == layout.root)
    return any(sum(1 for _ in element.iterancestors(layout.root)) > above for element in elements)


def _listed(root: etree._Element, layout: InnerLayout, findings: Findings) -> Iterator[etree._Element]:
    """Yield the rows of a table that has a list, by which they stand below its root."""
    usual = True
    lists = [root]
    while lists:
        parent = lists.pop()
        within = parent.tag == layout.list
        usual = usual and (parent is root) != within
        deeper = []
        for child in parent:
            name = tag(child)
            if name == layout.row:
                usual = usual and within
                yield child
            elif name == layout.list:
                deeper.append(child)
            elif name != _SIGNATURE or within:
                _unknown(child, layout.loaihoso, None, findings)
        usual = usual and not (within and deeper)
        lists += reversed(deeper)
    if not usual:
        findings.add("record.inner-layout", severity="warning", table=layout.loaihoso)


def _unknown(element: etree._Element, table: str, line: int | None, findings: Findings) -> None:
    """Note an element that has no place in the table."""
    findings.add(
        "record.unknown-element",
        severity="warning",
        table=table,
        line=line,
        name=tag(element)[:MAX_VALUE_LENGTH],
    )
