"""What a NOIDUNGFILE holds, as a document.

The usual way comes first. What it cannot read is read as careless programs write it, where only
one reading is possible, each time with a warning. The letters of the file are never changed.
"""

import binascii
import re
from contextlib import suppress

from lxml import etree

from bhyt.errors import NotXml
from bhyt.national.layouts import official_name
from bhyt.national.xml import declaration_first, parse_xml, tag
from bhyt.problems import MAX_PROBLEMS, Findings

_SPACE = b" \t\r\n"
_INVISIBLE = re.compile(rb"\xc2\xa0|\xe2\x80[\x8b-\x8d]|\xe2\x81\xa0|\xef\xbb\xbf")
"""Blanks without width or that do not break, and the byte-order mark, in UTF-8."""

_RAW = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_FORBIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    rf"|&#x0*([0-9A-Fa-f]{{1,2}}|[Ff]{{3}}[EeFf]);|&#0*([0-9]{{1,2}}|6553[45]);|{_RAW}",
    re.DOTALL,
)
"""What XML 1.0 (section 2.2) forbids, as it is or as a reference; in comments and CDATA only as it is."""

_RAW_ONLY = re.compile(_RAW)
_ALLOWED = {0x9, 0xA, 0xD}
_MARKS = [chr(code) for code in range(0xE000, 0xE020)]
"""Characters for private use, one of which marks a place while a document is parsed."""


def parse_base64(content: bytes, table: str, findings: Findings, *, whole: bool = False) -> etree._Element:
    """Return the outermost element of an inner file in base64; see `parse_inner`.

    The base64 may be wrapped, unpadded, or have invisible characters in it.

    Raises binascii.Error: it is no base64, or its end is missing. FileRefused as `parse_xml` does.
    """
    data, odd = _decoded(content)
    try:
        root = parse_inner(data, table, findings, whole=whole)
    except NotXml as error:
        if odd:
            raise binascii.Error("the base64 is cut") from error
        raise
    if odd:
        findings.add("record.inner-odd-base64", severity="warning", table=table)
    return root


def parse_inner(data: bytes, table: str, findings: Findings, *, whole: bool = False) -> etree._Element:
    """Return the outermost element of an inner file; see `parse_xml`.

    UTF-16 is read, and characters that XML forbids are left out.

    Raises FileRefused as `parse_xml` does.
    """
    try:
        return parse_xml(data.lstrip(), whole=whole)
    except NotXml:
        root = _odd_document(data, table, findings, whole=whole)
        if root is None:
            raise
        return root


def rename(root: etree._Element) -> None:
    """Give all elements their official names, whatever namespace or case they are in."""
    for element in root.iter("*"):
        element.tag = official_name(tag(element))
    etree.cleanup_namespaces(root)


def _decoded(content: bytes) -> tuple[bytes, bool]:
    """Return what base64 stands for, and whether it had to be mended. Raises binascii.Error: it is none."""
    try:
        return binascii.a2b_base64(content, strict_mode=True), False
    except binascii.Error:
        letters = content.translate(None, _SPACE)
    try:
        return binascii.a2b_base64(letters, strict_mode=True), False
    except binascii.Error:
        letters = _INVISIBLE.sub(b"", letters).rstrip(b"=")
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4), strict_mode=True), True


def _odd_document(data: bytes, table: str, findings: Findings, *, whole: bool) -> etree._Element | None:
    """Return the outermost element of a document that is no XML as it stands, None if it is hopeless."""
    text, encoding = _text(data)
    mark = next((mark for mark in _MARKS if mark not in text), "")
    marked = _FORBIDDEN.sub(lambda found: _marked(found, mark), text) if mark else text
    document = declaration_first(marked.strip(f" \t\r\n\ufeff{mark}").encode())
    if document == data.lstrip():
        return None
    try:
        root = parse_xml(document, whole=whole)
    except NotXml:
        return None
    if encoding != "utf-8":
        findings.add(
            "record.inner-encoding", severity="warning", table=table, value=encoding, expected="utf-8"
        )
    if marked != text:
        _unmark(root, mark, table, findings)
    return root


def _text(data: bytes) -> tuple[str, str]:
    """Return the characters, none if they cannot be told, and their encoding, UTF-16 by its first bytes."""
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"<\x00"):
        encoding = "utf-16-le"
    elif data.startswith(b"\x00<"):
        encoding = "utf-16-be"
    with suppress(UnicodeDecodeError):
        return data.decode(encoding), encoding
    return "", encoding


def _marked(found: re.Match[str], mark: str) -> str:
    """Return the mark for a forbidden character; a comment or CDATA with marks in it; else what was found."""
    if found[0].startswith("<!"):
        return _RAW_ONLY.sub(mark, found[0])
    if not found[0].startswith("&"):
        return mark
    code = int(found[1], 16) if found[1] else int(found[2])
    return found[0] if code in _ALLOWED or 0x20 <= code < 0xFFFE else mark


def _unmark(root: etree._Element, mark: str, table: str, findings: Findings) -> None:
    """Take the marks out, and note the row and field of each value that had one, or the table if none had."""
    told = False
    for cell in root.iterdescendants("*"):
        row = cell.getparent()
        if row is None or mark not in (cell.text or ""):
            continue
        told = True
        if findings.warnings > MAX_PROBLEMS:  # only counted: to count the rows before it would take long
            _note(table, findings)
        else:
            line = 1 + sum(1 for _ in row.itersiblings(tag(row), preceding=True))
            _note(table, findings, line=line, name=official_name(tag(cell)))
    if not told:
        _note(table, findings)
    for node in root.iter():
        if mark in (node.text or ""):
            node.text = (node.text or "").replace(mark, "")
        if mark in (node.tail or ""):
            node.tail = (node.tail or "").replace(mark, "")
        for name in list(node.attrib):
            node.set(name, str(node.get(name)).replace(mark, ""))


def _note(table: str, findings: Findings, *, line: int | None = None, name: str | None = None) -> None:
    """Note a forbidden character, with its place if that is a value."""
    findings.add("record.control-character", severity="warning", table=table, line=line, name=name)
