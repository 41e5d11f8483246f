"""One HOSO of an envelope: its inner files to the letter, and the rows of the tables they hold."""

import binascii
import re
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from lxml import etree

from bhyt.errors import DoctypeFound, FileRefused, NotXml
from bhyt.national.inner import parse_base64, parse_inner
from bhyt.national.layouts import Frame, InnerLayout, inner_layout, official_name
from bhyt.national.rows import read_rows
from bhyt.national.shapes import shaped_rows
from bhyt.national.xml import START_TAG, parse_xml
from bhyt.problems import Findings, Severity
from bhyt.records.row import Row

_HOSO = re.compile(rb"<HOSO>\s*")
_WRAPPERS = {"HOSO", "DANHSACHFILEHOSO"}
_PARTS = {"LOAIHOSO", "NOIDUNGFILE"}
_FILE = re.compile(rb"<FILEHOSO>\s*<LOAIHOSO>([^<&]*)</LOAIHOSO>\s*<NOIDUNGFILE>")
_FILE_END = re.compile(rb"</NOIDUNGFILE>\s*</FILEHOSO>\s*")
_HOSO_END = re.compile(rb"</HOSO>\s*")


@dataclass(frozen=True, slots=True, repr=False)
class InnerFile:
    """One FILEHOSO: `table` is LOAIHOSO and `content` NOIDUNGFILE, both to the letter.

    `content` is what stands between the tags: base64 as it was wrapped, CDATA marks included, or,
    if `raw`, the inner XML itself. `rows` are empty for a table that nobody knows or could read.
    """

    table: str
    content: str
    raw: bool = False
    rows: tuple[Row, ...] = ()

    @property
    def layout(self) -> InnerLayout | None:
        """Return how such a file is built, None for an unknown LOAIHOSO."""
        return inner_layout(self.table)


@dataclass(frozen=True, slots=True, repr=False)
class Dossier:
    """One HOSO: its inner files in the order sent, and the `element` as it was read, None of one made anew.

    With other files the element keeps what stands beside them: `dataclasses.replace(dossier, files=...)`.
    """

    files: tuple[InnerFile, ...]
    element: bytes | None = field(default=None, compare=False)

    def tables(self) -> dict[str, tuple[Row, ...]]:
        """Return the rows of each known table by its official LOAIHOSO; of one sent twice, the first.

        Rows in which nothing stands are left out.
        """
        tables: dict[str, tuple[Row, ...]] = {}
        for file in self.files:
            if file.layout is not None:
                tables.setdefault(file.layout.loaihoso, tuple(row for row in file.rows if row.values))
        return tables

    @property
    def visit_id(self) -> str | None:
        """Return the MA_LK of the summary, or of whatever row has one."""
        tables = self.tables()
        for rows in (tables.get("XML1", ()), *tables.values()):
            for row in rows:
                if value := row.text("MA_LK"):
                    return value
        return None


def read_dossier(piece: bytes, frame: Frame, findings: Findings) -> Dossier:
    """Return the inner files of one HOSO.

    A fault of any inner file is an error of the whole dossier: half a dossier would be taken for
    a whole one. Tables that nobody knows are warnings.
    """
    try:
        parts = take_apart(piece, frame, findings)
    except ExpatError:
        findings.add("record.not-xml")
        return Dossier(())
    files = [_inner_file(name, content, frame, findings) for name, content in parts]
    _check_doubles(files, findings)
    dossier = Dossier(tuple(files), piece)
    _check_ids(dossier, findings)
    return dossier


def take_apart(piece: bytes, frame: Frame, findings: Findings) -> list[tuple[bytes, bytes]]:
    """Return what stands between the tags of each LOAIHOSO and its NOIDUNGFILE.

    Other elements are noted and passed over. Raises ExpatError: it is no XML any more.
    """
    found = _plain_parts(piece)
    return _any_parts(frame.around(piece), frame.depth, findings) if found is None else found


def _plain_parts(piece: bytes) -> list[tuple[bytes, bytes]] | None:
    """Return the parts of a HOSO in its usual form, which needs no parser, None for any other form.

    The usual form has bare tags in the usual order, blanks between them, and no mark-up in the contents.
    """
    opened = _HOSO.match(piece)
    found = []
    place = opened.end() if opened else 0
    while part := _FILE.match(piece, place):
        end = piece.find(b"<", part.end())
        closed = _FILE_END.match(piece, end)
        if not closed or piece.find(b"&", part.end(), end) >= 0:
            return None
        found.append((part[1], piece[part.end() : end]))
        place = closed.end()
    return found if opened and _HOSO_END.fullmatch(piece, place) else None


def _any_parts(document: bytes, depth: int, findings: Findings) -> list[tuple[bytes, bytes]]:
    """Return the parts of a HOSO, below `depth` elements, whatever its form.

    Names count without namespace and case, and a FILEHOSO also inside a second HOSO or a list of its kind.
    """
    files: list[dict[str, bytes]] = []
    path: list[str] = []
    records = begun = 0
    inside = 0  # the depth of the FILEHOSO that is open

    def opened(name: str, _attributes: dict[str, str]) -> None:
        nonlocal begun, inside, records
        official = official_name(name)
        path.append(official)
        below = len(path) - depth
        records += below == 1
        if below == 1 and official == "HOSO" and records == 1:
            return
        if official == "FILEHOSO" and below > 1 and records == 1 and _WRAPPERS.issuperset(path[depth:-1]):
            inside = len(path)
            files.append({})
        elif inside and len(path) == inside + 1 and official in _PARTS:
            begun = parser.CurrentByteIndex
        elif 0 < below <= 3 and (not inside or len(path) == inside + 1):
            findings.add("record.unknown-element", severity="warning", name=name)

    def closed(_name: str) -> None:
        nonlocal inside
        name = path.pop()
        if inside and len(path) == inside and name in _PARTS:
            start_tag = START_TAG.match(document, begun)
            start = start_tag.end() if start_tag else begun
            files[-1].setdefault(name, document[start : parser.CurrentByteIndex])
        elif len(path) == inside - 1:
            inside = 0

    parser = ParserCreate(encoding="UTF-8")
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.Parse(document, True)
    return [(file.get("LOAIHOSO", b""), file.get("NOIDUNGFILE", b"")) for file in files]


def _inner_file(name: bytes, content: bytes, frame: Frame, findings: Findings) -> InnerFile:
    """Return one inner file with its rows; what keeps it from being read goes to `findings`."""
    loaihoso = (_element(name, frame).text or "") if b"<" in name or b"&" in name else name.decode()
    layout = inner_layout(loaihoso)
    file = InnerFile(loaihoso, content.decode())
    if layout is None or not layout.root:
        findings.add("record.unknown-table", severity="warning", table=loaihoso.strip()[:20], value=loaihoso)
        return file
    table = layout.loaihoso
    if loaihoso.strip().upper() != table:
        findings.add("record.odd-names", severity="warning", table=table, value=loaihoso, expected=table)
    raw = False
    rows = shaped_rows(content, layout)
    if rows is None:
        root, raw = _noted_root(content, frame, table, findings)
        rows = read_rows(root, layout, findings) if root is not None else ()
    for row in rows:
        if not row.values:
            findings.add("record.blank-row", severity="warning", table=table, line=row.line)
    return InnerFile(loaihoso, file.content, raw, rows)


def _noted_root(
    content: bytes, frame: Frame, table: str, findings: Findings
) -> tuple[etree._Element | None, bool]:
    """Return the outermost element of an inner file, None if none can be read, and whether it was raw XML."""
    root, raw = None, False
    try:
        root, raw = _inner_root(content, frame, table, findings)
    except binascii.Error:
        findings.add("record.inner-broken-base64", table=table)
    except DoctypeFound:
        findings.add("record.inner-doctype", table=table)
    except NotXml as refused:
        place = f"{refused.line}:{refused.column}" if refused.line else None
        findings.add("record.inner-not-xml", table=table, value=place)
    except FileRefused:
        findings.add("record.inner-not-xml", table=table)
    else:
        if root is None:
            findings.add("record.inner-empty", severity="warning", table=table)
    if raw:
        findings.add("record.inner-not-base64", severity="warning", table=table)
    return root, raw


def _inner_root(
    content: bytes, frame: Frame, table: str, findings: Findings
) -> tuple[etree._Element | None, bool]:
    """Return the outermost element of an inner file, None if it is empty, and whether it was raw XML.

    Raises binascii.Error, DoctypeFound, FileRefused: it is neither base64 of XML nor XML.
    """
    if b"<" in content or b"&" in content:
        element = _element(content, frame)
        if len(element) > 1:
            raise NotXml
        if len(element):
            return element[0], True
        content = (element.text or "").encode()
        if content.lstrip().startswith(b"<"):
            return parse_inner(content.strip(), table, findings), True
    if content.isspace() or not content:
        return None, False
    return parse_base64(content, table, findings), False


def _element(content: bytes, frame: Frame) -> etree._Element:
    """Return an element that holds what was cut out of the file; prefixes that the frame declares count."""
    element = parse_xml(frame.around(b"<x>" + content + b"</x>"))
    for _ in range(frame.depth):
        element = element[-1]
    return element


def _check_doubles(files: list[InnerFile], findings: Findings) -> None:
    """Note tables that are there twice: an error, unless they say the same."""
    first: dict[str, InnerFile] = {}
    for file in files:
        if file.layout is None:
            continue
        known = first.setdefault(file.layout.loaihoso, file)
        if known is not file:
            same = known.rows == file.rows
            severity: Severity = "warning" if same else "error"
            findings.add("record.table-twice", severity=severity, table=file.layout.loaihoso)


def _check_ids(dossier: Dossier, findings: Findings) -> None:
    """Note every row whose MA_LK is not the dossier's own; rows without any are noted later."""
    expected = dossier.visit_id
    for file in dossier.files:
        for row in file.rows:
            value = row.values.get("MA_LK")
            if value is not None and value != expected:
                findings.add(
                    "record.visit-id-differs",
                    table=row.table,
                    line=row.line,
                    name="MA_LK",
                    value=value,
                    expected=expected,
                )
